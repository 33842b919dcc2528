import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, rangeError, requireObject, typeError } from '../errors';
import { lossGradients } from '../optimizers';
import { stream } from '../random';
import { type ArchGradientElement, type ArchGradientReport, report } from './arch-gradient-report';
import { requireModel } from './require-model';
import { disposeAll, tidy } from './tidy';
import { type ArchBatches, type Architect, type BilevelModel, passes } from './types';
import { setAside, withoutTrace, withValues } from './with-values';

/** Options of {@link checkArchGradient}. */
export interface CheckArchGradientOptions {
  /** How many elements of alpha to check, drawn without repetition. Default 16; `Infinity` checks all. */
  readonly elements?: number;
  /** Length of the differences, in units of alpha, above 0. Default 0.01. */
  readonly step?: number;
  /** Largest error that passes, and largest doubt to judge by, relative to the largest difference. Default 0.02. */
  readonly tolerance?: number;
  /** Which elements are drawn. Default 0. */
  readonly seed?: number;
}

/** The loss an architect descends, by its definition alone: nothing here is shared with the architects. */
function objective<B>(
  model: BilevelModel<B>,
  unroll: Architect<B>['unroll'],
  { train, valid, epoch = 0, step = 0 }: ArchBatches<B>,
): tf.Scalar {
  return withoutTrace(model, () =>
    tidy(() => {
      const validLoss = () =>
        model.loss(valid, { training: true, moment: { epoch, step, pass: passes.valid } });
      if (!unroll) return validLoss();
      const weights = model.weightVariables();
      const trainLoss = () =>
        model.loss(train, { training: true, moment: { epoch, step, pass: passes.train } });
      return withValues(weights, unroll.preview(weights, lossGradients(trainLoss, weights).grads), validLoss);
    }),
  );
}

async function read(tensor: tf.Tensor): Promise<Float32Array> {
  return ((await tensor.data()) as Float32Array).slice();
}

async function readLoss(loss: tf.Scalar): Promise<number> {
  const [value] = await loss.data();
  loss.dispose();
  return value!;
}

/** Bitwise comparison, so that NaN equals itself. */
function same(a: Float32Array, b: Float32Array): boolean {
  const [x, y] = [a, b].map((each) => new Uint32Array(each.buffer, each.byteOffset, each.length));
  return x!.every((bits, i) => bits === y![i]);
}

/**
 * Compares an architect's gradient over alpha with brute-force differences of the loss it descends: the validation loss
 * at the weights in first order, and at the weights after one step of the weight optimizer where `architect.unroll` is
 * set.
 *
 * Each element costs four evaluations of that loss: central differences D of length `step` and of half of it, combined
 * as (4 D(h/2) - D(h)) / 3, whose error falls as h^4. A wrong second-order term shows if the term is large against the
 * tolerance: check with a weight learning rate that makes it so. The model must draw the same noise for the same pass
 * ({@link LossOptions.moment}). Alpha, weights and running statistics are put back to the bit.
 *
 * @throws RangeError when an option is out of range.
 */
export async function checkArchGradient<B>(
  architect: Pick<Architect<B>, 'model' | 'unroll' | 'gradient'>,
  batches: ArchBatches<B>,
  options: CheckArchGradientOptions = {},
): Promise<ArchGradientReport> {
  const {
    elements = 16,
    step = 0.01,
    tolerance = 0.02,
    seed = 0,
  } = checkOptions('checkArchGradient', options, {
    elements: true,
    step: true,
    tolerance: true,
    seed: 'seed',
  });
  for (const [name, value] of Object.entries({ elements, step, tolerance }))
    if (!(value > 0)) throw rangeError('checkArchGradient', `${name} must be above 0`, value, 'leave it out');
  requireObject('checkArchGradient', 'the architect', architect, 'pass one of createArchitect()', 'gradient');
  const { model, unroll } = architect;
  requireModel('checkArchGradient', model);
  const arch = model.archVariables();
  const values = await Promise.all(arch.map(read));
  const { gradients, moved } = await ask(architect, batches);

  const all = arch.flatMap((variable, v) =>
    Array.from({ length: variable.size }, (_, index) => ({ v, index })),
  );
  const chosen = stream(seed, 'checkArchGradient').generator().shuffle(all).slice(0, elements);
  const checked: ArchGradientElement[] = [];
  for (const { v, index } of chosen) {
    const differ = (h: number) =>
      difference(arch[v]!, values[v]!, index, h, () => objective(model, unroll, batches));
    const [whole, half] = [await differ(step), await differ(step / 2)];
    checked.push({
      variable: arch[v]!.name,
      index,
      gradient: gradients[v]![index]!,
      difference: (4 * half - whole) / 3,
      doubt: Math.abs(whole - half),
    });
  }
  return report(checked, moved, tolerance);
}

/** The architect's gradient, and what it moved; that is put back. */
async function ask<B>(
  architect: Pick<Architect<B>, 'model' | 'gradient'>,
  batches: ArchBatches<B>,
): Promise<{ gradients: Float32Array[]; moved: string[] }> {
  const { model } = architect;
  const arch = model.archVariables();
  const variables = [...arch, ...model.weightVariables()];
  const before = await Promise.all(variables.map(read));
  const putBack = setAside([...variables, ...(model.stateVariables?.() ?? [])]);
  try {
    const { grads, validLoss, trainLoss } = architect.gradient(batches);
    disposeAll([validLoss, trainLoss]);
    const gradients = await Promise.all(arch.map((variable, i) => readGradient(variable, grads[i] ?? null)));
    disposeAll(grads);
    const after = await Promise.all(variables.map(read));
    const moved = variables.filter((_, i) => !same(before[i]!, after[i]!)).map((variable) => variable.name);
    return { gradients, moved };
  } finally {
    putBack();
  }
}

async function readGradient(variable: tf.Variable, grad: tf.Tensor | null): Promise<Float32Array> {
  if (!grad) return new Float32Array(variable.size);
  if (!tf.util.arraysEqual(grad.shape, variable.shape))
    throw typeError(
      'checkArchGradient',
      `the gradient of '${variable.name}' must have shape [${variable.shape}]`,
      grad.shape,
      'return the gradients in the order of archVariables()',
    );
  return read(grad);
}

/** The central difference of `loss` along one element of a variable that holds `values`. */
async function difference(
  variable: tf.Variable,
  values: Float32Array,
  index: number,
  h: number,
  loss: () => tf.Scalar,
): Promise<number> {
  const moved = [h, -h].map((offset) => {
    const copy = values.slice();
    copy[index]! += offset;
    return copy;
  });
  const losses: number[] = [];
  for (const copy of moved) {
    const value = tf.tensor(copy, variable.shape);
    const result = withValues([variable], [value], loss);
    value.dispose();
    losses.push(await readLoss(result));
  }
  // The step that float32 really made of h.
  return (losses[0]! - losses[1]!) / (moved[0]![index]! - moved[1]![index]!);
}
