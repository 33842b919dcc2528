import { readdir, readFile, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { requireText } from '../errors';
import { createFileAtomic, writeFileAtomic } from '../node/atomic-write';
import { makeFolder } from '../node/make-folder';
import { missingIsFine } from '../node/missing-is-fine';
import { type Claim, Claims, type ClaimTimes } from './claim';
import type { SweepJob, SweepPlan } from './plan';
import { nextHead, parseStored, type SweepHead } from './sweep-head';

/** How a job ended: plain JSON. */
export interface JobResult {
  readonly job: SweepJob;
  /** Hash of the plan that it was run for. */
  readonly plan: string;
  readonly status: 'done' | 'failed';
  /** What the runner returned, of one that is done. */
  readonly result?: unknown;
  /** Why, of one that failed. */
  readonly error?: string;
}

/** Where the runs of a sweep live, for any number of workers. */
export interface RunStore {
  /** Where it is, for messages. */
  readonly location: string;
  /**
   * Keeps the plan, so that the store is of this sweep from then on.
   *
   * @throws RangeError if it holds another sweep, or one of another version of the library.
   */
  open(plan: SweepPlan): Promise<void>;
  /** The plan that it holds, if any. */
  plan(): Promise<SweepPlan | undefined>;
  /** A folder on this machine with the files of a job, its checkpoint among them; asked for once a claim, by its owner. */
  folder(job: string): Promise<string>;
  /** Keeps what lies in the job's folder now, so that another worker can go on with it. */
  keep(job: string): Promise<void>;
  /** Takes a job for this process; undefined if another one works on it. */
  claim(job: string): Promise<Claim | undefined>;
  /** Keeps how a job ended; false, and nothing is changed, if that is known already. */
  finish(result: JobResult): Promise<boolean>;
  /** Names of jobs that have ended. */
  finished(): Promise<ReadonlySet<string>>;
  /** Names of jobs that somebody works on, or worked on when it died. */
  running(): Promise<ReadonlySet<string>>;
  /** How a job ended, if it has. */
  result(job: string): Promise<JobResult | undefined>;
  /** Forgets how a job ended, so that it is run again. */
  forget(job: string): Promise<void>;
  /** Ends its connections and removes temporary files. */
  close(): Promise<void>;
}

/** Forgets how those jobs ended that failed, so that they are run again. */
export async function forgetFailed(store: RunStore, jobs: readonly SweepJob[]): Promise<void> {
  for (const { name } of jobs) if ((await store.result(name))?.status === 'failed') await store.forget(name);
}

/** 5 s and 90 s, which is longer than NFS keeps what it knows of a file. */
export const CLAIM_TIMES: ClaimTimes = { heartbeat: 5000, stale: 90_000 };

/**
 * A sweep's runs in a folder, which hosts may share: `sweep.json`, the plan; `jobs/NAME`, what a job leaves; `claims`, who works
 * on what; `results/NAME.json`, how a job ended. Every file is written whole or not at all. The file system must know hard
 * links, as those of Linux, macOS, Windows and NFS do.
 *
 * @param path - The folder; made if it is missing.
 * @param times - Milliseconds between signs of life of a worker, and without one until it counts as dead. Default 5 s and 90 s,
 * which is longer than NFS keeps what it knows of a file; a worker of the same host counts as dead once its process is gone.
 */
export function folderRunStore(path: string, times: ClaimTimes = CLAIM_TIMES): RunStore {
  requireText('folderRunStore', 'the path', path, 'pass that of a folder');
  const root = resolve(path);
  const claims = new Claims(join(root, 'claims'), times);
  const resultFile = (job: string) => join(root, 'results', `${job}.json`);
  const read = async (file: string): Promise<unknown> =>
    parseStored('folderRunStore', file, await readFile(file, 'utf8').catch(missingIsFine));
  const head = join(root, 'sweep.json');
  const names = async (folder: string, ending: RegExp) =>
    ((await readdir(join(root, folder)).catch(missingIsFine)) ?? [])
      .filter((name) => !name.startsWith('.') && ending.test(name))
      .map((name) => name.replace(ending, ''));
  return {
    location: path,
    async open(plan) {
      const next = nextHead('folderRunStore', path, await read(head), plan);
      for (const folder of ['jobs', 'claims', 'results']) await makeFolder(join(root, folder));
      if (next) await writeFileAtomic(head, `${JSON.stringify(next, null, 2)}\n`);
    },
    async plan() {
      return ((await read(head)) as SweepHead | undefined)?.plan;
    },
    async folder(job) {
      const folder = join(root, 'jobs', job);
      await makeFolder(folder);
      return folder;
    },
    async keep() {},
    claim: (job) => claims.take(job),
    finish: (result) => createFileAtomic(resultFile(result.job.name), `${JSON.stringify(result, null, 2)}\n`),
    finished: async () => new Set(await names('results', /\.json$/)),
    running: async () => new Set(await names('claims', /\.\d+$/)),
    result: async (job) => (await read(resultFile(job))) as JobResult | undefined,
    async forget(job) {
      await unlink(resultFile(job)).catch(missingIsFine);
    },
    async close() {},
  };
}
