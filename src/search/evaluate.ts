import * as tf from '@tensorflow/tfjs-core';
import { batchScores } from '../analysis/batch-scores';
import { runningAverage } from '../analysis/running-average';
import { type Dataset, evaluationBatches, type ImageDataset, type Normalization } from '../data';
import { checkDataset, classesOf } from '../data/check';
import { checkOptions, typeError } from '../errors';
import type { GenotypeOf } from '../genotype';
import { crossEntropy } from '../kernels';
import type { AnySpace } from '../spaces';
import type { Searchable } from '../supernet';

/** Anything that gives logits for images in evaluation mode. */
export interface Evaluable {
  /** Logits [N, classes] of images [N, H, W, C]. */
  forward(x: tf.Tensor4D, options?: { readonly training?: boolean }): tf.Tensor2D;
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
}

/** What {@link evaluate} returns. */
export interface Evaluation {
  /** Mean cross-entropy over all images. */
  readonly loss: number;
  /** Share of right answers, percent. */
  readonly accuracy: number;
}

/**
 * Loss and accuracy over a whole data set, with running statistics and without noise.
 *
 * @throws TypeError for a model without `forward`, or a genotype for what is no supernet; RangeError for a bad batch size,
 * an image that is not usable, or a genotype of another space.
 */
export async function evaluate(
  model: Evaluable,
  dataset: Dataset,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  checkOptions('evaluate', options, { batchSize: true, normalize: true, genotype: true });
  const { batchSize = 128, normalize, genotype } = options;
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
      evaluate(model, dataset, { batchSize, ...(normalize && { normalize }) }),
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
  classesOf('evaluate', dataset);
  await model.prepare?.();
  const loss = runningAverage();
  const accuracy = runningAverage();
  for await (const { x, y, size } of evaluationBatches(dataset as ImageDataset, { batchSize, normalize })) {
    const made: tf.Tensor[] = [x, y];
    try {
      const logits = model.forward(x, { training: false });
      made.push(logits);
      const batchLoss = tf.tidy(() => crossEntropy(logits, y));
      made.push(batchLoss);
      const scores = await batchScores([batchLoss], logits, y);
      loss.add(scores.losses[0]!, size);
      accuracy.add(scores.accuracy, size);
    } finally {
      tf.dispose(made);
    }
  }
  return { loss: loss.mean, accuracy: accuracy.mean };
}
