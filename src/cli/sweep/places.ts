import { Option } from 'commander';
import type { ClaimTimes } from 'noisydarts/sweep';
import { number, UsageError } from '../command-line';

/** What the commands of a sweep say of where it is and who lives. */
export interface PlaceOptions {
  readonly store?: string;
  readonly queue?: string;
  /** Seconds. */
  readonly stale: number;
}

/** Options of {@link PlaceOptions}. */
export const places = {
  queue: () => new Option('--queue <url>', 'queue of the jobs: redis://HOST, or postgres://HOST/DATABASE'),
  stale: () =>
    new Option('--stale <s>', 'seconds without a sign of life after which a worker counts as dead')
      .argParser(number('a number of seconds above 0', (value) => value > 0))
      .default(90),
};

/** The queue, where there is nothing without one; commander would ask for it before it looks at any other option. */
export function needQueue(queue: string | undefined): string {
  if (queue === undefined) throw new UsageError('--queue: a queue is needed, got none; pass redis://HOST');
  return queue;
}

/** Milliseconds of the signs of life, and of the times that a job's files are kept. */
export function timesOf({ stale }: Pick<PlaceOptions, 'stale'>): { times: ClaimTimes; keepEvery: number } {
  const heartbeat = Math.min(5000, (1000 * stale) / 10);
  return { times: { heartbeat, stale: 1000 * stale }, keepEvery: 2 * heartbeat };
}
