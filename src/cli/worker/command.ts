import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { stopOnInterrupt } from 'noisydarts/node';
import { openRunStore, queueWorker } from 'noisydarts/sweep';
import { createCommand, howToCall, STOPPED, whole, withOptions } from '../command-line';
import { runJob } from '../sweep/job';
import { jobMemory } from '../sweep/memory';
import { needQueue, type PlaceOptions, places, timesOf } from '../sweep/places';

interface WorkerOptions extends PlaceOptions {
  readonly queue: string;
  readonly name?: string;
  readonly jobs: number;
  readonly memory?: number;
}

async function run({
  queue,
  store: location = queue,
  name,
  jobs,
  memory,
  stale,
}: WorkerOptions): Promise<void> {
  const { times, keepEvery } = timesOf({ stale });
  const store = await openRunStore(location, { times, ...(name !== undefined && { sweep: name }) });
  const interrupt = stopOnInterrupt({
    onStop: () => console.error('\nStopping all searches after the step each is in; their jobs go back.'),
  });
  try {
    const total = memory === undefined ? 0.9 * process.availableMemory() : memory * 1e6;
    const ended = await queueWorker({
      queue,
      store,
      run: runJob,
      jobs,
      memory: { total, of: jobMemory() },
      signal: interrupt.signal,
      stale: 1000 * stale,
      keepEvery,
    });
    if (ended) return console.log('All jobs of the sweep have ended.');
    console.error(`Other workers go on; join them again with ${howToCall('worker')}`);
    process.exitCode = STOPPED;
  } finally {
    interrupt.dispose();
    await store.close();
  }
}

/** `worker`. */
export function workerCommand(): Command {
  const command = createCommand('worker', 'Does jobs of a sweep that has a queue, until all have ended.', [
    ['--queue redis://:PASSWORD@HOST', 'as many searches at a time as the machine has cores'],
    ['--queue redis://HOST --store s3://BUCKET/noise', 'with the runs where the sweep has them'],
  ])
    .option('--queue <url>', 'queue of the jobs: redis://HOST, or postgres://HOST/DATABASE')
    .option(
      '--store <where>',
      'store of the sweep: a folder, s3://BUCKET/PREFIX or redis://HOST (default: the Redis of the queue)',
    )
    .option('--name <sweep>', 'which sweep, of several in one Redis')
    .option('--jobs <n>', 'searches at a time, a process each', whole(1), availableParallelism())
    .option('--memory <MB>', 'what searches may take together (default: most of what is free)', whole(1));
  return withOptions(command, [places.stale()]).action(({ queue, ...options }) =>
    run({ ...options, queue: needQueue(queue) }),
  );
}
