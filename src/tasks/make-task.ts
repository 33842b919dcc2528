import * as tf from '@tensorflow/tfjs-core';
import { rangeError, typeError } from '../errors';
import { registerMetrics } from './metrics';
import { kinds, orderBy, type Task, type TaskDefinition, type TaskScores, type TaskSettings } from './task';

/** How a kind of task reads its scores where there is a shorter way than one scalar a metric. */
type Reader = (
  losses: readonly tf.Scalar[],
  outputs: tf.Tensor,
  targets: tf.Tensor,
) => Promise<TaskScores> | undefined;

/** Makes a kind of task known. */
export function registerTask<S extends TaskSettings>(definition: TaskDefinition<S>, reader?: Reader): void {
  registerMetrics(definition.kind, definition.metrics ?? {});
  const known = definition as unknown as TaskDefinition;
  kinds.set(definition.kind, (settings, fn) => makeTask(known, reader, settings, fn));
}

/** What a loss or a metric gives, unless it is no scalar. */
function scalarOf(kind: string, what: string, value: tf.Scalar): tf.Scalar {
  if (!(value instanceof tf.Tensor) || value.isDisposed || value.rank !== 0)
    throw typeError(
      `the task '${kind}'`,
      `its ${what} must give a tensor of rank 0`,
      value,
      'return for example tf.mean() of it',
    );
  return value;
}

function makeTask(
  definition: TaskDefinition,
  reader: Reader | undefined,
  settings: TaskSettings,
  fn: string,
): Task {
  const { metrics = {}, better = 'loss' } = definition;
  definition.check?.(settings);
  const names = Object.keys(metrics);
  return {
    settings,
    applies: definition.applies,
    accepts: definition.accepts,
    decides: better,
    metrics: names,
    loss: (outputs, targets) =>
      tf.tidy(() => scalarOf(definition.kind, 'loss', definition.loss(outputs, targets, settings))),
    async scores(losses, outputs, targets) {
      const read = reader?.(losses, outputs, targets);
      if (read) return read;
      const numbers = tf.tidy(() =>
        tf.stack(
          [
            ...losses,
            ...names.map((name) =>
              scalarOf(definition.kind, `metric ${name}`, metrics[name]!.of(outputs, targets)),
            ),
            definition.accepts?.(targets) ?? tf.scalar(1),
          ].map((value) => tf.reshape(tf.cast(value, 'float32'), [])),
        ),
      );
      const values = Array.from(await numbers.data().finally(() => numbers.dispose()));
      if (values.at(-1) === 0)
        throw rangeError(
          fn,
          `a batch has targets that are none of the task '${settings.kind}'`,
          targets.shape,
          'correct them, or pass the task they are for',
        );
      return {
        losses: values.slice(0, losses.length),
        metrics: Object.fromEntries(names.map((name, i) => [name, values[losses.length + i]!])),
      };
    },
    told: (means) =>
      Object.fromEntries(
        names.map((name) => [name, (metrics[name]!.finish ?? ((mean: number) => mean))(means[name]!)]),
      ),
    fit: (meeting) => definition.fit?.(meeting, settings),
    isBetter: orderBy(better, metrics[better]?.better ?? 'lower'),
  };
}
