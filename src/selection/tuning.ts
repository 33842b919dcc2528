import * as tf from '@tensorflow/tfjs-core';
import { cyclingBatches, type EpochBatchesOptions, epochBatches } from '../data';
import type { adam, sgd } from '../optimizers';
import { stream } from '../random';
import { alphaStep, localEngine, weightStep } from '../search';
import type { AnySpace } from '../spaces';
import type { TaskBatch } from '../tasks';
import type { ResolvedSelection } from './options';
import type { SelectionRequest } from './plan';

type TuneRequest = Extract<SelectionRequest, { readonly kind: 'tune' }>;

/** What moves weights and alpha. */
export interface Optimizers {
  readonly weights: ReturnType<typeof sgd>;
  readonly alpha: ReturnType<typeof adam>;
}

/** Steps are counted from here in the streams of noise, so that none shares its draws with a step of the search. */
const AFTER_SEARCH = 2 ** 28;

/** The steps of tuning. */
export function tuning<S extends AnySpace>(
  { supernet, train, valid, task, seed, weights, epoch }: ResolvedSelection<S> & { readonly epoch: number },
  optimizers: Optimizers,
  batching: Pick<EpochBatchesOptions, 'batchSize' | 'dropLast' | 'augment'>,
  stepsPerEpoch: number,
) {
  const engine = localEngine(supernet, task.settings);
  const held = cyclingBatches(valid, { ...batching, stream: stream(seed, 'selection', 'valid') });
  return {
    /** Training batches from a step on, without end. */
    async *batches(from: number) {
      let skip = from % stepsPerEpoch;
      for (let pass = Math.floor(from / stepsPerEpoch); ; pass++, skip = 0)
        yield* epochBatches(train, {
          ...batching,
          stream: stream(seed, 'selection', 'train'),
          epoch: pass,
          skip,
        });
    },
    async step(
      { weights: mixtures, left }: TuneRequest,
      batch: TaskBatch,
      step: number,
    ): Promise<{ trainLoss: number; validLoss: number | null }> {
      const moment = { epoch, step: AFTER_SEARCH + step };
      let validLoss: number | null = null;
      if (left) {
        const other = await held.at(step);
        validLoss = await alphaStep(engine, optimizers.alpha, other, moment).finally(() =>
          tf.dispose([other.x, other.y]),
        );
      }
      const take = () => weightStep(engine, optimizers.weights, batch, { ...moment, clip: weights.clip });
      const { loss: trainLoss } = await (mixtures ? supernet.withMixtures(mixtures as never, take) : take());
      return { trainLoss, validLoss };
    },
  };
}
