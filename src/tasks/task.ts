import type * as tf from '@tensorflow/tfjs-core';
import { rangeError, requireObject } from '../errors';
import { crossEntropy } from '../kernels';
import { batchScores } from './batch-scores';
import { checkClasses, type Meeting } from './matching';
import type { Metric } from './metrics';

/** A task as plain JSON, so that checkpoints, threads and reports know it. */
export interface TaskSettings {
  /** What kind of task; `defineTask` makes further ones. */
  readonly kind: string;
}

/** Examples with their targets as tensors. */
export interface TaskBatch {
  /** Examples [N, ...]. */
  readonly x: tf.Tensor;
  /** Class indices [N], int32, or numbers [N, ...]. */
  readonly y: tf.Tensor;
}

/** What a model's outputs may go through last, and a loss may apply by itself. */
export type OutputActivation = 'softmax' | 'sigmoid';

/** What makes a kind of task. */
export interface TaskDefinition<S extends TaskSettings = TaskSettings> {
  /** Name of the kind. */
  readonly kind: S['kind'];
  /** The mean loss of a batch, a scalar made of differentiable operations. */
  loss(outputs: tf.Tensor, targets: tf.Tensor, settings: S): tf.Scalar;
  /** What else is told of outputs, by name. Default nothing. */
  readonly metrics?: Readonly<Record<string, Metric>>;
  /**
   * Which metric says what the best weights are; of equals those with the lower loss are. Default `'loss'`, of which less is
   * better.
   */
  readonly better?: string;
  /**
   * What the loss applies to outputs by itself: of a model that ends in it, loss and metrics are given what went into it.
   * Default nothing: outputs are given as they are.
   */
  readonly applies?: OutputActivation;
  /** Refuses bad settings. */
  check?(settings: S): void;
  /** Whether targets are of the task, a boolean scalar; looked at with every batch. Default: all are. */
  accepts?(targets: tf.Tensor): tf.Tensor;
  /** Refuses targets that the outputs cannot meet. Default: everything passes. */
  fit?(meeting: Meeting, settings: S): void;
}

/** What is read of a batch at once. */
export interface TaskScores {
  readonly losses: readonly number[];
  /** Means over the batch, by name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A task, ready for use. */
export interface Task {
  readonly settings: TaskSettings;
  /** What the loss applies to outputs by itself. */
  readonly applies?: OutputActivation | undefined;
  /** The mean loss of a batch. */
  loss(outputs: tf.Tensor, targets: tf.Tensor): tf.Scalar;
  /** Reads losses and metrics from the device in one go. */
  scores(losses: readonly tf.Scalar[], outputs: tf.Tensor, targets: tf.Tensor): Promise<TaskScores>;
  /** Names of what is told beside the loss. */
  readonly metrics: readonly string[];
  /** Means over a data set as the metrics are told; other numbers are left aside. */
  told(means: Readonly<Record<string, number>>): Readonly<Record<string, number>>;
  /** Refuses targets that the outputs cannot meet. */
  fit(meeting: Meeting): void;
  /** Whether numbers are targets of the task, a boolean scalar; undefined where all are. */
  accepts?: ((targets: tf.Tensor) => tf.Tensor) | undefined;
  /** Whether one evaluation is better than another: by the metric that decides, of equals by the loss. */
  isBetter(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean;
  /** The metric that decides, or `'loss'`. */
  readonly decides: string;
}

/** Makes a task of its settings; refuses bad ones. */
export type TaskFactory = (settings: TaskSettings, fn: string) => Task;

/** Kinds of tasks by name. */
export const kinds = new Map<string, TaskFactory>();

/** The task, of outputs that went through an activation; see `activation.ts`. */
export type OutputReader = (task: Task, fn: string) => Task;

/** Whether this library brings the kind, so that threads know it without being told. */
const brought = new Set(['classification', 'multi-label', 'regression']);

/** Whether a task is one of the user's own. */
export const isOwnTask = ({ kind }: TaskSettings): boolean => !brought.has(kind);

/** Whether two tasks are one. */
export const isSameTask = (a: TaskSettings, b: TaskSettings): boolean =>
  JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

/** The default: classification without options, of which checkpoints need not speak. */
export const plainTask: TaskSettings = { kind: 'classification' };

const isPlain = (settings: TaskSettings) =>
  settings.kind === plainTask.kind && Object.keys(settings).length === 1;

/** What a run stores of its task: nothing of the default, so that checkpoints written before there were tasks still load. */
export const taskSettings = ({ settings }: Task): { readonly task?: TaskSettings } =>
  isPlain(settings) ? {} : { task: settings };

/** What events and records say of training batches, from the means of their numbers. */
export const trainingMetrics = (
  { told }: Task,
  means: Readonly<Record<string, number>>,
): { readonly trainAccuracy: number | null; readonly trainMetrics: Readonly<Record<string, number>> } => ({
  trainAccuracy: means.accuracy ?? null,
  trainMetrics: told(means),
});

/** Classification whose targets may be shares; see `loadShares`. */
const withShares = () => kinds.get(plainTask.kind)!(plainTask, plainTask.kind);

/** Losses and accuracy of class indices, in one read. */
export async function labelScores(
  losses: readonly tf.Scalar[],
  outputs: tf.Tensor,
  labels: tf.Tensor,
): Promise<TaskScores> {
  const read = await batchScores(losses as [tf.Scalar], outputs as tf.Tensor2D, labels as tf.Tensor1D);
  return { losses: read.losses, metrics: { accuracy: read.accuracy } };
}

/** The order of evaluations by one of their numbers, of equals by the loss. */
export const orderBy =
  (name: string, better: Metric['better']): Task['isBetter'] =>
  (a, b) => {
    const gain = (better === 'higher' ? 1 : -1) * (a[name]! - b[name]!);
    return gain > 0 || (gain === 0 && a.loss! < b.loss!);
  };

/** Classification of class indices: what most runs are, and all that they load. */
const plain: Task = {
  settings: plainTask,
  applies: 'softmax',
  decides: 'accuracy',
  loss: (outputs, targets) =>
    targets.rank === 1
      ? crossEntropy(outputs as tf.Tensor2D, targets as tf.Tensor1D)
      : withShares().loss(outputs, targets),
  scores: (losses, outputs, targets) =>
    targets.rank === 1
      ? labelScores(losses, outputs, targets)
      : withShares().scores(losses, outputs, targets),
  metrics: ['accuracy'],
  told: ({ accuracy }) => ({ accuracy: accuracy! }),
  fit: checkClasses,
  isBetter: orderBy('accuracy', 'higher'),
};

function find(settings: TaskSettings, fn: string): Task {
  requireObject(fn, 'the task', settings, 'pass for example regression()', 'kind');
  if (isPlain(settings)) return plain;
  const found = kinds.get(settings.kind);
  if (!found)
    throw rangeError(
      fn,
      'there is no task of this kind',
      settings.kind,
      "take one of 'noisydarts/tasks', or define it with defineTask()",
    );
  return found(settings, fn);
}

/**
 * The task that settings name.
 *
 * @param reads - How outputs are read that went through an activation.
 * @throws TypeError for what is no task, or a model that ends in another activation than the loss applies; RangeError for a
 * kind that is not known or bad settings.
 */
export function taskOf(settings: TaskSettings, fn: string, reads?: OutputReader): Task {
  const task = find(settings, fn);
  return reads ? reads(task, fn) : task;
}
