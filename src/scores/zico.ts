import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkOptions, type OptionKeys, rangeError, requireList, requireTensor, typeError } from '../errors';
import { lossGradients } from '../optimizers';
import type { TaskBatch, TaskSettings } from '../tasks';
import { readerOf } from '../tasks/activation';
import { plainTask, taskOf } from '../tasks/task';
import { checkExamples, kernelsOf, outputOf, restoring } from './support';

/** Options of {@link zico}. */
export interface ZicoOptions {
  /** At least two batches of examples with their targets. */
  readonly batches: readonly TaskBatch[];
  /** What is learnt. Default classification. */
  readonly task?: TaskSettings;
}

const KEYS = { batches: 'list', task: 'object' } satisfies OptionKeys<ZicoOptions>;

/** Refuses targets that are not one an example, or no classes of the model. */
async function checkTargets(model: LayersModel, { x, y }: TaskBatch, { kind }: TaskSettings): Promise<void> {
  requireTensor('zico', 'y', y);
  const classes = model.outputs[0]!.shape.at(-1)!;
  const remedy = `pass a tensor of ${x.shape[0]} targets`;
  if (y.shape[0] !== x.shape[0])
    throw typeError('zico', 'y must have a target for every example', y.shape, remedy);
  if (kind !== 'classification' || (y.rank === 2 && y.shape[1] === classes)) return;
  if (y.rank !== 1 || y.dtype !== 'int32')
    throw typeError(
      'zico',
      'y must be classes, [N] of int32',
      `[${y.shape.join(', ')}] of ${y.dtype}`,
      remedy,
    );
  const wrong = Array.from(await y.data()).find((label) => !(label >= 0 && label < classes));
  if (wrong !== undefined)
    throw rangeError('zico', `labels must be classes from 0 to ${classes - 1}`, wrong, 'mend the labels');
}

/**
 * ZiCo: how steady and how large the gradients of a network are before training,
 *
 * `sum over kernels of log(sum over its numbers of mean_b |g_b| / std_b g_b)`,
 *
 * g_b the gradient of the loss of batch b in training mode; numbers whose gradient is the same in all batches, and kernels
 * without any other, are left out. More is better.
 *
 * The model is left as it was.
 *
 * @param model - Any tf.LayersModel of one input.
 * @throws TypeError for what is no model or no batch of it; RangeError for fewer than two batches, labels that are no classes, a
 * model without kernels, or gradients that are not finite.
 *
 * Source: Li et al. 2023, "ZiCo: zero-shot NAS via inverse coefficient of variation on gradients", eq. 15.
 */
export async function zico(model: LayersModel, options: ZicoOptions): Promise<number> {
  const { batches, task = plainTask } = checkOptions('zico', options, KEYS);
  requireList('zico', 'batches', batches, 'pass two batches { x, y }');
  if (batches.length < 2)
    throw rangeError('zico', 'there must be two batches', batches.length, 'pass one more');
  for (const batch of batches) checkExamples('zico', model, Object(batch).x);
  for (const batch of batches) await checkTargets(model, batch, task);
  const { loss: lossOf } = taskOf(task, 'zico', readerOf(model));
  const kernels = kernelsOf('zico', model);
  const gradients: (tf.Tensor | null)[][] = [];
  try {
    await restoring(model, () => {
      for (const { x, y } of batches) {
        const { loss, grads } = lossGradients(() => lossOf(outputOf(model, x, true), y), kernels);
        loss.dispose();
        gradients.push(grads);
      }
    });
    const sums = tf.tidy(() =>
      tf.stack(
        kernels.map((_, i) => {
          const all = gradients.flatMap((grads) => (grads[i] ? [grads[i]] : []));
          if (all.length < batches.length) return tf.scalar(0);
          const stacked = tf.stack(all);
          const deviation = tf.sqrt(tf.moments(stacked, 0).variance);
          const steady = tf.equal(deviation, 0);
          const ratio = tf.div(
            tf.mean(tf.abs(stacked), 0),
            tf.where(steady, tf.onesLike(deviation), deviation),
          );
          return tf.sum(tf.where(steady, tf.zerosLike(ratio), ratio));
        }),
      ),
    );
    const values = await sums.data().finally(() => sums.dispose());
    const broken = values.find((sum) => !Number.isFinite(sum));
    if (broken !== undefined)
      throw rangeError('zico', 'gradients must be finite', broken, 'look at the batches and the weights');
    return Array.from(values).reduce((score, sum) => (sum > 0 ? score + Math.log(sum) : score), 0);
  } finally {
    tf.dispose(gradients as tf.Tensor[][]);
  }
}
