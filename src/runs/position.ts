import { type RunningAverageState, runningAverage } from '../analysis/running-average';
import { rangeError } from '../errors';

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

const isCount = (value: unknown, most: number) =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;

/**
 * The position in a checkpoint, checked.
 *
 * @throws RangeError that names the first field that no such run can have stored.
 */
export function checkPosition<R, Own>(
  fn: string,
  stored: unknown,
  { epochs, stepsPerEpoch }: { readonly epochs: number; readonly stepsPerEpoch: number },
): RunPosition<R, Own> {
  const position = (stored ?? {}) as RunPosition<RunRecord, Own>;
  const { epoch, step, stepInEpoch, means, seconds, history } = position;
  const group = (value: unknown): value is object => typeof value === 'object' && value !== null;
  const sound = {
    epoch: isCount(epoch, epochs),
    stepInEpoch: isCount(stepInEpoch, epoch < epochs ? stepsPerEpoch : 0),
    step: step === epoch * stepsPerEpoch + stepInEpoch,
    means:
      group(means) &&
      Object.values(means).every((mean) => Number.isFinite(mean?.sum) && Number.isFinite(mean.count)) &&
      Object.keys(means).length > 0 === stepInEpoch > 0,
    seconds: Number.isFinite(seconds),
    history:
      Array.isArray(history) &&
      history.length === epoch &&
      history.every((record: RunRecord | null, i) => record?.epoch === i),
  };
  for (const [field, holds] of Object.entries(sound)) {
    if (!holds)
      throw rangeError(
        fn,
        `the checkpoint's ${field} must be one of a run of ${epochs} epochs of ${stepsPerEpoch} steps`,
        position[field as keyof typeof sound],
        'use the checkpoint of such a run, or start the run anew',
      );
  }
  return position as unknown as RunPosition<R, Own>;
}
