import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import cliProgress from 'cli-progress';
import { type Command, InvalidArgumentError } from 'commander';
import { stopOnInterrupt } from 'noisydarts/node';
import {
  expandPlan,
  type JobResult,
  openRunStore,
  queueSweep,
  runSweep,
  type SweepPlan,
} from 'noisydarts/sweep';
import { createCommand, howToCall, STOPPED, shared, UsageError, whole, withOptions } from '../command-line';
import { createSearch, readSearch } from '../search/options';
import { createTrain } from '../train/options';
import { argsOf, runJob } from './job';
import { jobMemory } from './memory';
import { type PlaceOptions, places, timesOf } from './places';
import { sweepTable } from './table';

/** The plan in a file of JSON, or the default export of a module. */
async function readPlan(file: string): Promise<SweepPlan> {
  try {
    if (/\.json$/i.test(file)) return JSON.parse(await readFile(file, 'utf8'));
    return (await import(pathToFileURL(resolve(file)).href)).default;
  } catch (error) {
    throw new UsageError(
      `'${file}' holds no plan, got ${(error as Error).message}; see docs/sweeps.md for what one looks like`,
      { cause: error },
    );
  }
}

/** Refuses, before anything runs, options that a search or a training would refuse. */
async function checkJobs(plan: SweepPlan): Promise<void> {
  for (const { name, search, train } of expandPlan(plan)) {
    try {
      await readSearch(createSearch().parse(argsOf(search), { from: 'user' }));
      if (train) createTrain().parse(argsOf(train), { from: 'user' });
    } catch (error) {
      const { message } = error as Error;
      throw new UsageError(`the job ${name} cannot be run, got ${message}; correct the plan`, {
        cause: error,
      });
    }
  }
}

/** `2/8`, or `8` where a scheduler says which of them this is. */
function shard(text: string): readonly [number, number] {
  const [, index, of] = /^(?:(\d+)\/)?(\d+)$/.exec(text) ?? [];
  const { SLURM_ARRAY_TASK_ID, SLURM_ARRAY_TASK_MIN = '0', JOB_COMPLETION_INDEX } = process.env;
  const slurm = SLURM_ARRAY_TASK_ID && Number(SLURM_ARRAY_TASK_ID) - Number(SLURM_ARRAY_TASK_MIN);
  const given = index ?? (slurm || slurm === 0 ? slurm : JOB_COMPLETION_INDEX);
  const part = [Number(given ?? Number.NaN), Number(of)] as const;
  if (!(part[0] < part[1]))
    throw new InvalidArgumentError(
      'It must be i/n with i from 0 to below n, or n within an array job of Slurm or an indexed Job of Kubernetes.',
    );
  return part;
}

interface SweepOptions extends PlaceOptions {
  readonly jobs: number;
  readonly memory?: number;
  readonly shard?: readonly [number, number];
  readonly retryFailed?: true;
  readonly json: boolean;
}

async function run(
  file: string,
  { store: path, queue, stale, jobs, memory, shard, retryFailed, json }: SweepOptions,
): Promise<void> {
  const plan = await readPlan(file);
  await checkJobs(plan);
  const { times, keepEvery } = timesOf({ stale });
  const location = path ?? (queue !== undefined && /^redis/.test(queue) ? queue : join('runs', plan.name));
  const store = await openRunStore(location, { sweep: plan.name, times });
  const interrupt = stopOnInterrupt({
    onStop: () => console.error('\nStopping all searches after the step each is in.'),
  });
  const bar = new cliProgress.SingleBar({
    format: '{bar} {value} of {total} jobs | {duration_formatted}',
    noTTYOutput: true,
    notTTYSchedule: 60_000,
  });
  let results: readonly JobResult[] | undefined;
  try {
    const common = {
      store,
      ...(retryFailed && { retryFailed }),
      signal: interrupt.signal,
      onProgress: ({ finished, jobs }: { readonly finished: number; readonly jobs: number }) =>
        bar.isActive ? bar.update(finished) : bar.start(jobs, finished),
    };
    const total = memory === undefined ? 0.9 * process.availableMemory() : memory * 1e6;
    results =
      queue === undefined
        ? await runSweep(plan, {
            ...common,
            run: runJob,
            jobs,
            memory: { total, of: jobMemory() },
            keepEvery,
            ...(shard && { shard }),
          })
        : await queueSweep(plan, { ...common, queue });
  } finally {
    bar.stop();
    interrupt.dispose();
    await store.close();
  }
  if (!results) {
    console.error(`Go on with the same command: ${howToCall('sweep')} ${file}`);
    process.exitCode = STOPPED;
    return;
  }
  const failed = results.filter(({ status }) => status === 'failed');
  console.log(json ? JSON.stringify({ store: store.location, results }) : sweepTable(results));
  for (const { job, error } of failed) console.error(`${job.name} failed: ${error}`);
  if (failed.length === 0) return;
  console.error(`${failed.length} of ${results.length} jobs failed; --retry-failed tries them again`);
  process.exitCode = 1;
}

/** `sweep`. */
export function sweepCommand(): Command {
  const command = createCommand(
    'sweep',
    'Does the searches of a plan, together with all who were started on the same folder.',
    [
      ['plan.json', 'as many searches at a time as the machine has cores'],
      ['plan.json --store /shared/sweep', 'the same on every host that shares the disk'],
      ['plan.json --shard 4', 'a quarter of them, within an array job'],
      ['plan.json --queue redis://HOST', 'by all who run `noisydarts worker` there'],
    ],
  )
    .argument('<plan>', 'file of the plan: JSON, or a module that exports it by default')
    .option(
      '--store <where>',
      'store of the sweep: a folder, s3://BUCKET/PREFIX or redis://HOST (default: the Redis of the queue, or a folder of its name in runs)',
    )
    .addOption(places.queue().conflicts('shard'))
    .option('--jobs <n>', 'searches at a time, a process each', whole(1), availableParallelism())
    .option('--memory <MB>', 'what searches may take together (default: most of what is free)', whole(1))
    .option(
      '--shard <i/n>',
      'do every n-th job only, from the i-th on; n alone asks the scheduler for i',
      shard,
    )
    .option('--retry-failed', 'try jobs again that have failed');
  return withOptions(command, [places.stale(), shared.json()]).action((file, options) => run(file, options));
}
