import { type RunningAverageState, runningAverage } from '../analysis/running-average';

/** One line of a run's history. */
export interface RunRecord {
  /** Epoch from 0. */
  readonly epoch: number;
  /** Seconds the epoch took, evaluation included, pauses between runs not. */
  readonly seconds: number;
}

/** Where a run stands, apart from tensors: plain JSON. */
export interface RunPosition<R = RunRecord, Own = unknown> {
  /** Epoch in progress, from 0. */
  readonly epoch: number;
  /** Iterations done, over the whole run. */
  readonly step: number;
  /** Iterations done in the epoch in progress. */
  readonly stepInEpoch: number;
  /** What is averaged over the epoch in progress, by name. */
  readonly means: Readonly<Record<string, RunningAverageState>>;
  /** Seconds spent in the epoch in progress. */
  readonly seconds: number;
  /** Epochs done. */
  readonly history: readonly R[];
  /** What a run of its kind remembers besides. */
  readonly own: Own;
}

/** Means with the values of one more batch of `size` examples. */
export function addToMeans(
  means: RunPosition['means'],
  values: Readonly<Record<string, number>>,
  size: number,
): RunPosition['means'] {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const mean = runningAverage(means[name]);
      mean.add(value, size);
      return [name, mean.state()];
    }),
  );
}

/** The means themselves. */
export function meansOf(means: RunPosition['means']): Record<string, number> {
  return Object.fromEntries(Object.entries(means).map(([name, { sum, count }]) => [name, sum / count]));
}
