import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { topKAccuracy } from '../../analysis';
import { runningAverage } from '../../analysis/running-average';
import { type Dataset, evaluationBatches, type ImageDataset, type Normalization } from '../../data';
import { checkDataset, classesOf } from '../../data/check';
import { checkOptions, rangeError } from '../../errors';
import { crossEntropy } from '../../kernels';
import { withoutAuxiliary } from '../auxiliary';
import { checkNetwork } from './settings';

/** Options of {@link evaluateNetwork}. */
export interface EvaluateNetworkOptions {
  /** Images a batch. Default 128. */
  readonly batchSize?: number;
  /** The normalisation of the training images. Default none. */
  readonly normalize?: Normalization | undefined;
}

/** What {@link evaluateNetwork} returns. */
export interface NetworkEvaluation {
  /** Number of images. */
  readonly images: number;
  /** Mean cross-entropy. */
  readonly loss: number;
  /** Share of images whose class has the largest logit, percent. */
  readonly top1: number;
  /** Share of images whose class is among the five largest logits (of fewer classes, among all), percent. */
  readonly top5: number;
  /** How many images of class [row] were taken for class [column]. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * Loss, accuracies and confusion matrix of a network on a data set, in evaluation mode.
 *
 * @throws TypeError for what is no network; RangeError if the data set has more classes than it.
 */
export async function evaluateNetwork(
  network: LayersModel,
  dataset: Dataset,
  options: EvaluateNetworkOptions = {},
): Promise<NetworkEvaluation> {
  checkOptions('evaluateNetwork', options, { batchSize: true, normalize: true });
  const { batchSize = 128, normalize } = options;
  checkNetwork('evaluateNetwork', network);
  checkDataset('evaluateNetwork', dataset);
  const main = withoutAuxiliary(network);
  const classes = main.outputs[0]!.shape[1]!;
  if (classesOf('evaluateNetwork', dataset) > classes) {
    throw rangeError(
      'evaluateNetwork',
      `'${dataset.name}' has more classes than the network's ${classes}`,
      dataset.classes,
      'create the network with as many classes',
    );
  }
  const loss = runningAverage();
  const top1 = runningAverage();
  const top5 = runningAverage();
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for await (const { x, y, size } of evaluationBatches(dataset as ImageDataset, { batchSize, normalize })) {
    const made: tf.Tensor[] = [x, y];
    try {
      const logits = main.apply(x, { training: false }) as tf.Tensor2D;
      made.push(logits);
      const [mean, answers] = tf.tidy(() => [crossEntropy(logits, y), tf.argMax(logits, 1)] as const);
      made.push(mean, answers);
      const [[value], [first, five], given, labels] = await Promise.all([
        mean.data(),
        topKAccuracy(logits, y, [1, Math.min(5, classes)]),
        answers.data(),
        y.data(),
      ]);
      loss.add(value!, size);
      top1.add(first!, size);
      top5.add(five!, size);
      for (let i = 0; i < size; i++) confusion[labels[i]!]![given[i]!]! += 1;
    } finally {
      tf.dispose(made);
    }
  }
  return { images: loss.count, loss: loss.mean, top1: top1.mean, top5: top5.mean, confusion };
}
