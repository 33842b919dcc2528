import * as tf from '@tensorflow/tfjs-core';
import { runningAverage, runningMeans } from '../analysis/running-average';
import { type Dataset, evaluationBatches, type Normalization } from '../data';
import { checkDataset } from '../data/check';
import { checkOptions, typeError } from '../errors';
import type { GenotypeOf } from '../genotype';
import type { AnySpace } from '../spaces';
import type { Searchable } from '../supernet';
import type { TaskSettings } from '../tasks';
import { loadShares } from '../tasks/load-shares';
import { plainTask, taskOf } from '../tasks/task';

/** Anything that gives outputs for examples in evaluation mode. */
export interface Evaluable {
  /** Outputs for examples, such as logits [N, classes] of images [N, H, W, C]. */
  forward(x: tf.Tensor4D, options?: { readonly training?: boolean }): tf.Tensor;
  /** What it has to read from the device before, without making it wait. */
  prepare?(): Promise<void>;
}

/** Options of {@link evaluate}. */
export interface EvaluateOptions {
  /** Images a batch. Default 128. */
  readonly batchSize?: number;
  /** The normalisation of the training images. Default none. */
  readonly normalize?: Normalization;
  /**
   * Of a supernet, or of `modelSupernet(model)`, only the operations that this genotype keeps, with the shared weights. Batch norms still go by the running
   * statistics of the mixtures; `discretisationGap` can go by those of each batch. Default: the mixtures.
   */
  readonly genotype?: GenotypeOf<AnySpace>;
  /** What the outputs are for. Default `classification()`. */
  readonly task?: TaskSettings;
}

/** What {@link evaluate} returns. */
export interface Evaluation {
  /** The mean loss over all examples. */
  readonly loss: number;
  /** Share of right answers, percent; null in a task that has none. */
  readonly accuracy: number | null;
  /** The task's metrics by name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Loss and metrics over a whole data set, with running statistics and without noise.
 *
 * @throws TypeError for a model without `forward`, or a genotype for what is no supernet; RangeError for a bad batch size,
 * an image that is not usable, or a genotype of another space.
 */
export async function evaluate(
  model: Evaluable,
  dataset: Dataset,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  checkOptions('evaluate', options, {
    batchSize: 'count',
    normalize: 'object',
    genotype: true,
    task: 'object',
  });
  const { batchSize = 128, normalize, genotype, task = plainTask } = options;
  if (genotype !== undefined) {
    const { space } = Object(model) as Searchable;
    if (!space)
      throw typeError(
        'evaluate',
        'a genotype chooses among the operations of a supernet, and the model must be one',
        (model as object | undefined)?.constructor,
        'leave the genotype out',
      );
    const { genotypeMixture } = await import('../genotype/mixture');
    return (model as Searchable).withMixtures(genotypeMixture<AnySpace>(space, genotype) as never, () =>
      evaluate(model, dataset, { batchSize, task, ...(normalize && { normalize }) }),
    );
  }
  if (typeof model?.forward !== 'function')
    throw typeError(
      'evaluate',
      'the model must have forward(), as supernets do',
      (model as object | undefined)?.constructor,
      'evaluate a network with evaluateNetwork()',
    );
  checkDataset('evaluate', dataset);
  const goal = taskOf(task, 'evaluate', (model as Partial<Searchable>).reads);
  const { outputs: shape } = Object(model) as Partial<Searchable>;
  if (shape)
    goal.fit({ fn: 'evaluate', what: `'${dataset.name}'`, subject: 'supernet', dataset, outputs: shape });
  await loadShares(undefined, dataset);
  await model.prepare?.();
  const loss = runningAverage();
  const means = runningMeans();
  for await (const { x, y, size } of evaluationBatches(dataset, { batchSize, normalize })) {
    const made: tf.Tensor[] = [x, y];
    try {
      const outputs = model.forward(x as tf.Tensor4D, { training: false });
      made.push(outputs);
      const batchLoss = goal.loss(outputs, y);
      made.push(batchLoss);
      const { losses, metrics } = await goal.scores([batchLoss], outputs, y);
      loss.add(losses[0]!, size);
      means.add(metrics, size);
    } finally {
      tf.dispose(made);
    }
  }
  const metrics = goal.told(means.means);
  return { loss: loss.mean, accuracy: metrics.accuracy ?? null, metrics };
}
