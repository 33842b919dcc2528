import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { runningAverage, runningMeans } from '../../analysis/running-average';
import { type Dataset, evaluationBatches, type Normalization } from '../../data';
import { checkDataset } from '../../data/check';
import { checkOptions } from '../../errors';
import { inputsIn } from '../../layers/flat-model';
import type { TaskSettings } from '../../tasks';
import { readerOf } from '../../tasks/activation';
import { loadShares } from '../../tasks/load-shares';
import { plainTask, taskOf } from '../../tasks/task';
import { withoutAuxiliary } from '../auxiliary';
import { checkNetwork } from './settings';

/** Options of {@link evaluateNetwork}. */
export interface EvaluateNetworkOptions {
  /** Examples a batch. Default 128. */
  readonly batchSize?: number;
  /** The normalisation of the training examples. Default none. */
  readonly normalize?: Normalization | undefined;
  /** What the outputs are for. Default `classification()`. */
  readonly task?: TaskSettings;
}

/** What {@link evaluateNetwork} returns, whatever the task. */
export interface TaskEvaluation {
  /** Number of examples. */
  readonly images: number;
  /** The mean loss. */
  readonly loss: number;
  /** The task's metrics by name; of classification by labels `accuracy` and `top5`. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** What {@link evaluateNetwork} returns in classification by labels. */
export interface NetworkEvaluation extends TaskEvaluation {
  /** Share of examples whose class has the largest logit, percent. */
  readonly top1: number;
  /** Share of examples whose class is among the five largest logits (of fewer classes, among all), percent. */
  readonly top5: number;
  /** How many examples of class [row] were taken for class [column]. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * Loss and metrics of a network on a data set, in evaluation mode; in classification by labels also the confusion matrix.
 *
 * @throws TypeError for what is no network; RangeError if the data set has more classes than it, or a task is not known.
 */
export async function evaluateNetwork(
  network: LayersModel,
  dataset: Dataset,
  options?: EvaluateNetworkOptions & { readonly task?: never },
): Promise<NetworkEvaluation>;
export async function evaluateNetwork(
  network: LayersModel,
  dataset: Dataset,
  options: EvaluateNetworkOptions,
): Promise<TaskEvaluation | NetworkEvaluation>;
export async function evaluateNetwork(
  network: LayersModel,
  dataset: Dataset,
  options: EvaluateNetworkOptions = {},
): Promise<TaskEvaluation | NetworkEvaluation> {
  checkOptions('evaluateNetwork', options, { batchSize: 'count', normalize: 'object', task: 'object' });
  const { batchSize = 128, normalize } = options;
  checkNetwork('evaluateNetwork', network);
  checkDataset('evaluateNetwork', dataset);
  const main = withoutAuxiliary(network);
  const task = taskOf(options.task ?? plainTask, 'evaluateNetwork', readerOf(main));
  const outputs = main.outputs[0]!.shape.slice(1);
  task.fit({ fn: 'evaluateNetwork', what: `'${dataset.name}'`, subject: 'network', dataset, outputs });
  await loadShares(undefined, dataset);
  const isLabelled = task.settings.kind === 'classification' && dataset.classes !== undefined;
  const classes = isLabelled ? outputs[0]! : 0;
  const loss = runningAverage();
  const means = runningMeans();
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const { topKAccuracy } = await import('../../tasks/accuracy');
  const count = async (logits: tf.Tensor2D, y: tf.Tensor1D, size: number) => {
    const answers = tf.argMax(logits, 1);
    const [[first, five], given, labels] = await Promise.all([
      topKAccuracy(logits, y, [1, Math.min(5, classes)]),
      answers.data(),
      y.data(),
    ]).finally(() => answers.dispose());
    means.add({ accuracy: first!, top5: five! }, size);
    for (let i = 0; i < size; i++) confusion[labels[i]!]![given[i]!]! += 1;
  };
  for await (const { x, y, size } of evaluationBatches(dataset, { batchSize, normalize })) {
    const made: tf.Tensor[] = [x, y];
    try {
      const output = tf.tidy(() => main.apply(inputsIn(main, x), { training: false }) as tf.Tensor);
      made.push(output);
      const mean = task.loss(output, y);
      made.push(mean);
      if (isLabelled) {
        loss.add((await mean.data())[0]!, size);
        await count(output as tf.Tensor2D, y as tf.Tensor1D, size);
      } else {
        const { losses, metrics } = await task.scores([mean], output, y);
        loss.add(losses[0]!, size);
        means.add(metrics, size);
      }
    } finally {
      tf.dispose(made);
    }
  }
  const raw = means.means;
  const result = { images: loss.count, loss: loss.mean };
  if (!isLabelled) return { ...result, metrics: task.told(raw) };
  return { ...result, metrics: raw, top1: raw.accuracy!, top5: raw.top5!, confusion };
}
