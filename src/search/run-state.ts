import type { RunningAverageState } from '../analysis';
import { type LayerWeight, variableOf } from '../layers';
import type { Optimizer } from '../optimizers';
import type { Supernet } from '../supernet';
import type { EpochRecord } from './events';
import { packRun, type StoredParts, unpackRun } from './stored-run';

/** Where a run stands, apart from tensors. */
export interface RunPosition {
  /** Epoch in progress, from 0. */
  epoch: number;
  /** Iterations done, over the whole run. */
  step: number;
  /** Iterations done in the epoch in progress. */
  stepInEpoch: number;
  /** Loss of the epoch in progress. */
  loss: RunningAverageState;
  /** Accuracy of the epoch in progress. */
  accuracy: RunningAverageState;
  /** Seconds spent in the epoch in progress. */
  seconds: number;
  /** Epochs done. */
  history: EpochRecord[];
}

/** What a run consists of, beside its settings and position. */
export interface RunParts {
  readonly supernet: Supernet;
  readonly optimizers: Readonly<Record<string, Optimizer>>;
}

/** A weight's name below the supernet; the supernet's own name differs from run to run. */
const nameBelow = (weight: LayerWeight) => weight.originalName.slice(weight.originalName.indexOf('/') + 1);

const storedParts = ({ supernet, optimizers }: RunParts): StoredParts => ({
  fn: 'search',
  subject: 'supernet',
  variables: new Map(supernet.weights.map((weight) => [nameBelow(weight), variableOf(weight)])),
  optimizers,
});

/** Takes the whole state of a run: weights, alphas, running statistics, optimizers, position, history. */
export function saveRun(
  parts: RunParts,
  settings: Record<string, unknown>,
  position: RunPosition,
): Promise<Uint8Array> {
  return packRun(storedParts(parts), settings, position);
}

/**
 * Puts a stored state back and returns the position.
 *
 * Everything is checked before anything changes.
 *
 * @throws RangeError if the bytes are no checkpoint, or one of a run with other settings.
 */
export function restoreRun(
  bytes: Uint8Array,
  parts: RunParts,
  settings: Record<string, unknown>,
): RunPosition {
  return unpackRun<RunPosition>(bytes, storedParts(parts), settings).position;
}
