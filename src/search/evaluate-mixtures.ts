import type * as tf from '@tensorflow/tfjs-core';
import { passes } from '../architect';
import { type Dataset, subset } from '../data';
import type { CallOptions } from '../layers';
import type { AnySpace, ByAlpha } from '../spaces';
import type { Searchable } from '../supernet';
import { type Evaluable, type EvaluateOptions, type Evaluation, evaluate } from './evaluate';

/**
 * What evaluates a supernet without noise, while its mixtures have given weights or its own, on the first images of a data set
 * that fill whole batches. The supernet stays as it is.
 */
export function mixtureEvaluation<S extends AnySpace>(
  supernet: Searchable<S>,
  dataset: Dataset,
  {
    batchSize = 128,
    normalize,
    task,
    images = dataset.size,
    statistics = 'batch',
  }: Omit<EvaluateOptions, 'genotype'> & {
    readonly images?: number;
    readonly statistics?: 'batch' | 'running';
  },
): (weights?: ByAlpha<S, number[][]>) => Promise<Evaluation> {
  const used = Math.min(images, dataset.size);
  const size = Math.min(batchSize, used);
  const whole = subset(dataset, { to: used - (used % size) });
  const pass: CallOptions =
    statistics === 'running'
      ? { training: false }
      : {
          training: true,
          noise: false,
          updateStatistics: false,
          moment: { epoch: supernet.epoch ?? 0, step: 0, pass: passes.analysis },
        };
  const settings = { batchSize: size, ...(normalize && { normalize }), ...(task && { task }) };
  const { outputs, reads } = supernet;
  return (weights) =>
    evaluate(
      {
        outputs,
        reads,
        forward: (x: tf.Tensor) =>
          weights
            ? supernet.withMixtures(weights, () => supernet.forward(x, pass))
            : supernet.forward(x, pass),
        prepare: () => supernet.prepare(),
      } as Evaluable,
      whole,
      settings,
    );
}
