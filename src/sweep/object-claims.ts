import { randomBytes } from 'node:crypto';
import type { Claim, ClaimTimes } from './claim';
import type { ObjectStorage } from './objects';

const FREE = 'free';
const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/**
 * Claims on jobs as objects: `claims/JOB` says who has it. A sign of life is a new text; who has seen the same one for long
 * enough, by its own clock, takes the job over by replacing that very state, in which one alone succeeds.
 */
export class ObjectClaims {
  /** When this process first saw a claim in the state that it is in. */
  private readonly seen = new Map<string, { readonly tag: string; readonly since: number }>();

  constructor(
    private readonly objects: ObjectStorage,
    private readonly times: ClaimTimes,
  ) {}

  /** Whether a claim is nobody's or a dead one's. */
  private isOpen(name: string, text: string, tag: string): boolean {
    if (text === FREE) return true;
    const before = this.seen.get(name);
    if (before?.tag === tag) return performance.now() - before.since > this.times.stale;
    this.seen.set(name, { tag, since: performance.now() });
    return false;
  }

  /** Claims a job; undefined if another process works on it. */
  async take(job: string): Promise<Claim | undefined> {
    const name = `claims/${job}`;
    const token = randomBytes(8).toString('hex');
    const found = await this.objects.get(name);
    if (found && !this.isOpen(name, textOf(found.bytes), found.tag)) return undefined;
    const text = bytesOf(`${token} 0`);
    const tag = found
      ? await this.objects.replace(name, text, found.tag)
      : await this.objects.create(name, text);
    return tag === undefined ? undefined : this.keep(name, token, tag);
  }

  private keep(name: string, token: string, first: string): Claim {
    const lost = new AbortController();
    let tag = first;
    let beats = 0;
    /** Writes one after the other: each needs the tag of the one before. */
    let writing: Promise<void> = Promise.resolve();
    const write = (text: string) => {
      writing = writing
        .catch(() => {})
        .then(async () => {
          if (lost.signal.aborted) return;
          const next = await this.objects.replace(name, bytesOf(text), tag);
          if (next !== undefined) {
            tag = next;
            return;
          }
          // A write whose answer was lost has changed the tag too.
          const now = await this.objects.get(name);
          if (now && textOf(now.bytes).startsWith(token)) tag = now.tag;
          else lost.abort();
        });
      return writing;
    };
    // A store that does not answer for a moment is no reason to give up; others will take a job that stays silent.
    const timer = setInterval(() => write(`${token} ${++beats}`).catch(() => {}), this.times.heartbeat);
    timer.unref();
    return {
      lost: lost.signal,
      release: async () => {
        clearInterval(timer);
        await write(FREE);
      },
    };
  }
}
