import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { runningAverage, runningMeans } from '../../analysis/running-average';
import { type Dataset, evaluationBatches, type Normalization } from '../../data';
import { checkDataset } from '../../data/check';
import { checkOptions } from '../../errors';
import { inputsIn } from '../../layers/flat-model';
import type { TaskBatch, TaskSettings } from '../../tasks';
import { readerOf } from '../../tasks/activation';
import { loadShares } from '../../tasks/load-shares';
import { plainTask, type Task, taskOf } from '../../tasks/task';
import { withoutAuxiliary } from '../auxiliary';
import { checkNetwork } from './check-network';

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
  const { batches, score, add, result } = await prepareEvaluation(network, dataset, options);
  for await (const batch of batches)
    add(await score(batch).finally(() => tf.dispose([batch.x, batch.y])), batch.size);
  return result();
}

/** The outputs of a network without an auxiliary head, in evaluation. */
export const outputsOf = (main: LayersModel, x: tf.Tensor): tf.Tensor =>
  tf.tidy(() => main.apply(inputsIn(main, x), { training: false }) as tf.Tensor);

/** What an evaluation adds up of a batch. */
export interface BatchEvaluation {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Of classification by labels: the class of each example and the one it was taken for. */
  readonly answers?: readonly (readonly [label: number, answer: number])[];
}

/**
 * How a network's batches are evaluated.
 *
 * @param main - It, without an auxiliary head.
 * @param classes - In classification by labels; 0 otherwise.
 */
export const batchEvaluation =
  (main: LayersModel, task: Task, classes: number) =>
  async ({ x, y }: TaskBatch): Promise<BatchEvaluation> => {
    const made: tf.Tensor[] = [];
    try {
      const output = outputsOf(main, x);
      made.push(output);
      const mean = task.loss(output, y);
      made.push(mean);
      if (classes === 0) {
        const { losses, metrics } = await task.scores([mean], output, y);
        return { loss: losses[0]!, metrics };
      }
      const { topKAccuracy } = await import('../../tasks/accuracy');
      const top = tf.argMax(output, 1);
      made.push(top);
      const [loss, [accuracy, top5], labels, answers] = await Promise.all([
        mean.data(),
        topKAccuracy(output as tf.Tensor2D, y as tf.Tensor1D, [1, Math.min(5, classes)]),
        y.data(),
        top.data(),
      ]);
      return {
        loss: loss[0]!,
        metrics: { accuracy: accuracy!, top5: top5! },
        answers: Array.from(labels, (label, i) => [label, answers[i]!] as const),
      };
    } finally {
      tf.dispose(made);
    }
  };

/** Everything that {@link evaluateNetwork} does, but for the order of the batches' evaluations. */
export async function prepareEvaluation(
  network: LayersModel,
  dataset: Dataset,
  options: EvaluateNetworkOptions,
) {
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
  return {
    classes,
    batchSize,
    batches: evaluationBatches(dataset, { batchSize, normalize }),
    score: batchEvaluation(main, task, classes),
    add(batch: BatchEvaluation, size: number): void {
      loss.add(batch.loss, size);
      means.add(batch.metrics, size);
      for (const [label, answer] of batch.answers ?? []) confusion[label]![answer]! += 1;
    },
    result(): TaskEvaluation | NetworkEvaluation {
      const raw = means.means;
      const all = { images: loss.count, loss: loss.mean };
      if (!isLabelled) return { ...all, metrics: task.told(raw) };
      return { ...all, metrics: raw, top1: raw.accuracy!, top5: raw.top5!, confusion };
    },
  };
}
