import { checkOptions, type OptionKeys, rangeError, requireText, typeError } from '../errors';
import { registerTask } from './make-task';
import { type Metric, metricInfo } from './metrics';
import { isOwnTask, type TaskDefinition, type TaskSettings } from './task';

const KEYS = {
  kind: true,
  loss: true,
  metrics: true,
  better: true,
  applies: true,
  check: true,
  accepts: true,
  fit: true,
} satisfies OptionKeys<TaskDefinition>;

const METRIC_KEYS = {
  better: true,
  label: true,
  unit: true,
  of: true,
  finish: true,
} satisfies OptionKeys<Metric>;

function checkMetric(kind: string, name: string, metric: Metric): void {
  checkOptions(`defineTask, metrics.${name}`, metric, METRIC_KEYS);
  const { better, unit = '', of } = metric;
  if (typeof of !== 'function')
    throw typeError(
      'defineTask',
      `metrics.${name}.of must be a function`,
      of,
      'pass (outputs, targets) => scalar',
    );
  if (better !== 'higher' && better !== 'lower')
    throw rangeError('defineTask', `metrics.${name}.better must be 'higher' or 'lower'`, better, 'say which');
  const { kind: other = kind, ...info } = metricInfo(name);
  if (name === 'loss' || (other !== kind && (info.better !== better || info.unit !== unit)))
    throw rangeError('defineTask', 'another metric has this name', name, 'give it a name of its own');
}

/**
 * Makes a kind of task of one's own known: its loss, what else is told of its outputs, and which of that says what is best.
 *
 * ```ts
 * const segmentation = defineTask({
 *   kind: 'segmentation',
 *   loss: (outputs, targets) => tf.losses.sigmoidCrossEntropy(targets, outputs),
 *   metrics: { overlap: { better: 'higher', unit: '%', of: (outputs, targets) => ... } },
 *   better: 'overlap',
 * });
 * ```
 *
 * Outputs and targets may be of any shape. The threads of `threadedEngine` know it when a module of their `setup` calls this.
 *
 * @returns The task as searches and trainings take it: plain JSON, `{ kind }`. Further keys are settings that the loss is
 *   given.
 * @throws TypeError or RangeError for a definition that cannot be.
 */
export function defineTask<S extends TaskSettings = TaskSettings>(
  definition: TaskDefinition<S>,
): TaskSettings {
  const {
    kind,
    loss,
    metrics = {},
    better = 'loss',
    applies,
  } = checkOptions('defineTask', definition, KEYS as OptionKeys<TaskDefinition<S>>);
  requireText('defineTask', 'kind', kind, 'name the kind of task');
  if (!isOwnTask(definition))
    throw rangeError('defineTask', 'the library brings a task of this kind', kind, 'choose another name');
  if (typeof loss !== 'function')
    throw typeError('defineTask', 'loss must be a function', loss, 'pass (outputs, targets) => scalar');
  for (const [name, metric] of Object.entries(metrics)) checkMetric(kind, name, metric);
  if (better !== 'loss' && !Object.hasOwn(metrics, better))
    throw rangeError(
      'defineTask',
      "better must be 'loss' or the name of a metric",
      better,
      `use ${['loss', ...Object.keys(metrics)].join(', ')}`,
    );
  if (applies !== undefined && applies !== 'softmax' && applies !== 'sigmoid')
    throw rangeError(
      'defineTask',
      "applies must be 'softmax' or 'sigmoid'",
      applies,
      'leave it out for none',
    );
  registerTask(definition);
  return { kind };
}
