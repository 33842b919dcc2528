import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileAtomic } from '../node/atomic-write';
import { isAlive } from '../node/is-alive';
import { missingIsFine } from '../node/missing-is-fine';
import { thisHost } from '../node/this-host';

/** A job that this process alone works on. */
export interface Claim {
  /** Aborted when another process took the job over, which thought this one dead. */
  readonly lost: AbortSignal;
  /** Gives the job back, or ends the claim on one that has a result. */
  release(): Promise<void>;
}

/** How long a claim is good for. */
export interface ClaimTimes {
  /** Milliseconds between two signs of life. */
  readonly heartbeat: number;
  /** Milliseconds without one after which a worker counts as dead. */
  readonly stale: number;
}

/**
 * Claims on jobs as files in a folder that any number of processes and hosts share.
 *
 * A job's claim is the file `job.n` with the highest n. Who finds it stale creates `job.n+1`, which succeeds for one alone; no
 * file is ever removed to take a job over, so there is no moment at which two could. A worker of this host is dead when its
 * process is gone; one of another when its file has shown no sign of life for long enough by this process's own clock: clocks
 * of hosts are never compared.
 */
export class Claims {
  /** When this process first saw a claim in the state that it is in. */
  private readonly seen = new Map<string, { readonly state: string; readonly since: number }>();

  constructor(
    private readonly folder: string,
    private readonly times: ClaimTimes,
  ) {}

  private async generations(job: string): Promise<number[]> {
    const numbers = (await readdir(this.folder)).map((file) =>
      file.startsWith(`${job}.`) ? file.slice(job.length + 1) : '',
    );
    return numbers
      .filter((text) => /^\d+$/.test(text))
      .map(Number)
      .sort((a, b) => a - b);
  }

  private path = (job: string, generation: number) => join(this.folder, `${job}.${generation}`);

  /** What a claim says, if it is dead; undefined if it lives or is gone. */
  private async deadText(path: string): Promise<string | undefined> {
    const text = await readFile(path, 'utf8').catch(missingIsFine);
    const found = await stat(path).catch(missingIsFine);
    if (text === undefined || !found) return undefined;
    const { host, pid } = JSON.parse(text) as { host: string; pid: number };
    if (host === thisHost && !isAlive(pid)) return text;
    const state = `${found.mtimeMs} ${text}`;
    const before = this.seen.get(path);
    if (before?.state !== state) this.seen.set(path, { state, since: performance.now() });
    else if (performance.now() - before.since > this.times.stale) return text;
    return undefined;
  }

  /** Claims a job; undefined if another process works on it. */
  async take(job: string): Promise<Claim | undefined> {
    const last = (await this.generations(job)).at(-1) ?? 0;
    const dead = last === 0 ? undefined : await this.deadText(this.path(job, last));
    if (last > 0 && dead === undefined) return undefined;
    const mine = this.path(job, last + 1);
    const text = JSON.stringify({ host: thisHost, pid: process.pid, token: randomBytes(8).toString('hex') });
    if (!(await createFileAtomic(mine, text))) return undefined;
    // Meanwhile the dead one's job may have been done and claimed anew: then the claim that was looked at is another's.
    const now = last === 0 ? undefined : await readFile(this.path(job, last), 'utf8').catch(missingIsFine);
    if ((await this.generations(job)).at(-1) !== last + 1 || (now !== undefined && now !== dead)) {
      await unlink(mine).catch(missingIsFine);
      return undefined;
    }
    return this.keep(job, last + 1, text);
  }

  private keep(job: string, generation: number, text: string): Claim {
    const mine = this.path(job, generation);
    const lost = new AbortController();
    const beat = async () => {
      const held = await readFile(mine, 'utf8').catch(missingIsFine);
      if (held !== text || (await this.generations(job)).at(-1) !== generation) return lost.abort();
      const now = new Date();
      await utimes(mine, now, now).catch(missingIsFine);
    };
    // A disk that does not answer for a moment is no reason to give up; others will take a job that stays silent.
    const timer = setInterval(() => beat().catch(() => {}), this.times.heartbeat);
    timer.unref();
    return {
      lost: lost.signal,
      release: async () => {
        clearInterval(timer);
        if (lost.signal.aborted || (await readFile(mine, 'utf8').catch(missingIsFine)) !== text) return;
        const old = (await this.generations(job)).filter((number) => number < generation);
        for (const number of [...old, generation]) await unlink(this.path(job, number)).catch(missingIsFine);
      },
    };
  }
}
