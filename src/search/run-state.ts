import type { RunningAverageState } from '../analysis';
import { type LayerWeight, unpackOptions, variableOf } from '../layers';
import type { Optimizer } from '../optimizers';
import type { SearchSpace } from '../spaces';
import type { Supernet } from '../supernet';
import { decodeCheckpoint } from './checkpoint';
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

const storedParts = ({ supernet, optimizers }: RunParts, fn = 'search'): StoredParts => ({
  fn,
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

/**
 * Gives a supernet the weights, alphas and running statistics of a checkpoint of {@link search}, to look at what a run has
 * come to. Going on with the run is the option `resume`.
 *
 * @param supernet - Built, with the options of that run's.
 * @throws RangeError if the bytes are no checkpoint, or one of another supernet; nothing has changed then.
 */
export function restoreSupernet<S extends SearchSpace>(supernet: Supernet<S>, bytes: Uint8Array): void {
  const { settings } = decodeCheckpoint(bytes).meta as { settings: Record<string, unknown> };
  const own = unpackOptions(supernet.getConfig().options);
  unpackRun(
    bytes,
    storedParts({ supernet: supernet as unknown as Supernet, optimizers: {} }, 'restoreSupernet'),
    {
      ...settings,
      supernet: own,
    },
  );
}
