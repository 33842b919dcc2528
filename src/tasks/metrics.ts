import type * as tf from '@tensorflow/tfjs-core';

/** What there is to know of a metric without the task. */
export interface MetricInfo {
  /** Which way is better. */
  readonly better: 'higher' | 'lower';
  /** What progress and reports call it. Default: its name. */
  readonly label?: string;
  /** Its unit, such as `%`. Default none. */
  readonly unit?: string;
}

/** A number that says how good outputs are, beside the loss. */
export interface Metric extends MetricInfo {
  /**
   * Its mean over a batch, a scalar. Over a data set it is the mean over the batches, weighed by their examples.
   *
   * @param outputs - What the model gives, [N, ...].
   * @param targets - Class indices [N], or [N, ...targets.shape].
   */
  of(outputs: tf.Tensor, targets: tf.Tensor): tf.Scalar;
  /** What the mean over a data set stands for, such as its root. Default: itself. */
  finish?(mean: number): number;
}

const known = new Map<string, Required<MetricInfo> & { readonly kind: string }>([
  // Evaluations of networks tell it beside the task's metrics.
  ['top5', { better: 'higher', label: 'top 5', unit: '%', kind: 'classification' }],
]);

/** What is known of a metric, by its name; of one that no task has told of that more is better. */
export function metricInfo(name: string): Required<MetricInfo> & { readonly kind?: string } {
  return known.get(name) ?? { better: 'higher', label: name, unit: '' };
}

/** Makes the metrics of a kind of task known to progress and reports. */
export function registerMetrics(kind: string, metrics: Readonly<Record<string, Metric>>): void {
  for (const [name, { better, label = name, unit = '' }] of Object.entries(metrics))
    known.set(name, { better, label, unit, kind });
}
