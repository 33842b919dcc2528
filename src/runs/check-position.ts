import { rangeError } from '../errors';
import type { RunPosition, RunRecord } from './position';

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
