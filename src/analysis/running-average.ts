import { rangeError } from '../errors';

/** What a {@link RunningAverage} has seen, as plain JSON. */
export interface RunningAverageState {
  /** Sum of value * count. */
  readonly sum: number;
  /** Number of observations. */
  readonly count: number;
}

/** A mean that grows batch by batch. */
export interface RunningAverage {
  /** Sum of value * count so far. */
  readonly sum: number;
  /** Number of observations so far. */
  readonly count: number;
  /** sum / count; NaN before the first observation. */
  readonly mean: number;
  /** Takes in `count` observations (default 1) whose mean is `value`. */
  add(value: number, count?: number): void;
  /** What it has seen so far. `runningAverage(state)` goes on from there. */
  state(): RunningAverageState;
}

/**
 * The mean of a loss or an accuracy over batches of unequal size: sum of value_i * count_i, over sum of count_i.
 *
 * @param state - Observations to start from; default none.
 */
export function runningAverage(state: RunningAverageState = { sum: 0, count: 0 }): RunningAverage {
  let { sum, count } = state;
  return {
    get sum() {
      return sum;
    },
    get count() {
      return count;
    },
    get mean() {
      return sum / count;
    },
    add(value, observations = 1) {
      if (!(observations > 0)) {
        throw rangeError(
          'runningAverage',
          'count must be positive',
          observations,
          'pass the size of the batch',
        );
      }
      sum += value * observations;
      count += observations;
    },
    state: () => ({ sum, count }),
  };
}

/** Means of several numbers that go by name, over batches of unequal size. */
export interface RunningMeans {
  /** The means so far, by name. */
  readonly means: Readonly<Record<string, number>>;
  /** Takes in numbers that are means over `count` observations. */
  add(values: Readonly<Record<string, number>>, count: number): void;
}

/** {@link runningAverage} of every name that is added. */
export function runningMeans(): RunningMeans {
  const averages = new Map<string, RunningAverage>();
  return {
    get means() {
      return Object.fromEntries([...averages].map(([name, { mean }]) => [name, mean]));
    },
    add(values, count) {
      for (const [name, value] of Object.entries(values)) {
        const average = averages.get(name) ?? runningAverage();
        averages.set(name, average);
        average.add(value, count);
      }
    },
  };
}
