import { readdir, readFile, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { version } from '../../package.json';
import { rangeError, requireText } from '../errors';
import { createFileAtomic, writeFileAtomic } from '../node/atomic-write';
import { makeFolder } from '../node/make-folder';
import { missingIsFine } from '../node/missing-is-fine';
import { type Claim, Claims, type ClaimTimes } from './claim';
import { planHash, type SweepJob, type SweepPlan } from './plan';

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
  /** A folder on this machine for the files of a job, its checkpoint among them. */
  folder(job: string): Promise<string>;
  /** Takes a job for this process; undefined if another one works on it. */
  claim(job: string): Promise<Claim | undefined>;
  /** Keeps how a job ended; false, and nothing is changed, if that is known already. */
  finish(result: JobResult): Promise<boolean>;
  /** Names of jobs that have ended. */
  finished(): Promise<ReadonlySet<string>>;
  /** How a job ended, if it has. */
  result(job: string): Promise<JobResult | undefined>;
  /** Forgets how a job ended, so that it is run again. */
  forget(job: string): Promise<void>;
}

const HEAD = { format: 'noisydarts-sweep', version: 1 } as const;

/**
 * A sweep's runs in a folder, which hosts may share: `sweep.json`, the plan; `jobs/NAME`, what a job leaves; `claims`, who works
 * on what; `results/NAME.json`, how a job ended. Every file is written whole or not at all. The file system must know hard
 * links, as those of Linux, macOS, Windows and NFS do.
 *
 * @param path - The folder; made if it is missing.
 * @param times - Milliseconds between signs of life of a worker, and without one until it counts as dead. Default 5 s and 90 s,
 * which is longer than NFS keeps what it knows of a file; a worker of the same host counts as dead once its process is gone.
 */
export function folderRunStore(
  path: string,
  times: ClaimTimes = { heartbeat: 5000, stale: 90_000 },
): RunStore {
  requireText('folderRunStore', 'the path', path, 'pass that of a folder');
  const root = resolve(path);
  const claims = new Claims(join(root, 'claims'), times);
  const resultFile = (job: string) => join(root, 'results', `${job}.json`);
  const read = async (file: string): Promise<unknown> => {
    const text = await readFile(file, 'utf8').catch(missingIsFine);
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw rangeError('folderRunStore', `'${file}' is damaged`, error.message, 'remove it');
    }
  };
  return {
    location: path,
    async open(plan) {
      const hash = planHash(plan);
      const file = join(root, 'sweep.json');
      const stored = Object((await read(file)) ?? {}) as {
        plan?: SweepPlan;
        hash?: string;
        library?: string;
      };
      if (stored.plan && stored.plan.name !== plan.name)
        throw rangeError(
          'folderRunStore',
          `'${path}' holds another sweep`,
          stored.plan.name,
          'name another folder',
        );
      if (stored.plan && stored.library !== version)
        throw rangeError(
          'folderRunStore',
          `'${path}' holds a sweep of another version of noisydarts than ${version}`,
          stored.library,
          'go on with that version, or name another folder',
        );
      for (const folder of ['jobs', 'claims', 'results']) await makeFolder(join(root, folder));
      if (stored.hash !== hash)
        await writeFileAtomic(
          file,
          `${JSON.stringify({ ...HEAD, library: version, hash, plan }, null, 2)}\n`,
        );
    },
    async folder(job) {
      const folder = join(root, 'jobs', job);
      await makeFolder(folder);
      return folder;
    },
    claim: (job) => claims.take(job),
    finish: (result) => createFileAtomic(resultFile(result.job.name), `${JSON.stringify(result, null, 2)}\n`),
    async finished() {
      const files = await readdir(join(root, 'results'));
      return new Set(files.filter((name) => /^[^.].*\.json$/.test(name)).map((name) => name.slice(0, -5)));
    },
    result: async (job) => (await read(resultFile(job))) as JobResult | undefined,
    async forget(job) {
      await unlink(resultFile(job)).catch(missingIsFine);
    },
  };
}
