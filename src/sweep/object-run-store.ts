import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../node/is-alive';
import { makeFolder } from '../node/make-folder';
import { missingIsFine } from '../node/missing-is-fine';
import type { ClaimTimes } from './claim';
import { JobFiles } from './job-files';
import { ObjectClaims } from './object-claims';
import type { ObjectStorage } from './objects';
import { CLAIM_TIMES, type JobResult, type RunStore } from './run-store';
import { nextHead, parseStored, type SweepHead } from './sweep-head';

const HEAD = 'sweep/sweep.json';
const bytesOf = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);

/** Where this process has the files of its jobs; those of processes that died are removed. */
async function workFolder(): Promise<string> {
  const all = join(tmpdir(), 'noisydarts-jobs');
  for (const name of (await readdir(all).catch(missingIsFine)) ?? [])
    if (!isAlive(Number.parseInt(name, 10))) await rm(join(all, name), { recursive: true, force: true });
  return join(all, `${process.pid}-${randomBytes(6).toString('hex')}`);
}

/** A sweep's runs in a store of objects. The files of a job lie in a temporary folder while it is worked on. */
export function objectRunStore(
  fn: string,
  objects: ObjectStorage,
  times: ClaimTimes = CLAIM_TIMES,
): RunStore {
  const { location } = objects;
  const claims = new ObjectClaims(objects, times);
  const files = new Map<string, JobFiles>();
  const head = async () => {
    const found = await objects.get(HEAD);
    const text = found && new TextDecoder().decode(found.bytes);
    return { stored: parseStored(fn, `${location}/${HEAD}`, text) as SweepHead | undefined, tag: found?.tag };
  };
  const resultName = (job: string) => `results/${job}`;
  let work: string | undefined;
  return {
    location,
    async open(plan) {
      for (;;) {
        const { stored, tag } = await head();
        const next = nextHead(fn, location, stored, plan);
        if (!next) return;
        const done =
          tag === undefined
            ? await objects.create(HEAD, bytesOf(next))
            : await objects.replace(HEAD, bytesOf(next), tag);
        // Otherwise another process wrote it at the same time.
        if (done !== undefined) return;
      }
    },
    async plan() {
      return (await head()).stored?.plan;
    },
    async folder(job) {
      work ??= await workFolder();
      const folder = join(work, job);
      await rm(folder, { recursive: true, force: true });
      await makeFolder(folder);
      const its = new JobFiles(objects, job, folder);
      files.set(job, its);
      await its.fetch();
      return folder;
    },
    keep: async (job) => files.get(job)?.keep(),
    claim: (job) => claims.take(job),
    async finish(result) {
      return (await objects.create(resultName(result.job.name), bytesOf(result))) !== undefined;
    },
    finished: async () => new Set(await objects.list('results')),
    running: async () => {
      const ended = new Set(await objects.list('results'));
      const open = (await objects.list('claims')).filter((name) => !ended.has(name));
      const states = await Promise.all(
        open.map(async (name) => [name, await objects.get(`claims/${name}`)] as const),
      );
      const taken = states.filter(([, found]) => found && new TextDecoder().decode(found.bytes) !== 'free');
      return new Set(taken.map(([name]) => name));
    },
    async result(job) {
      const found = await objects.get(resultName(job));
      const text = found && new TextDecoder().decode(found.bytes);
      return parseStored(fn, `${location}/${resultName(job)}`, text) as JobResult | undefined;
    },
    forget: (job) => objects.remove(resultName(job)),
    async close() {
      if (work !== undefined) await rm(work, { recursive: true, force: true });
      await objects.close();
    },
  };
}
