import * as tf from '@tensorflow/tfjs-core';
import { requireList, requireObject, requireTensor } from '../errors';
import { fillNormal, fillUniform, type StreamKey } from '../random';
import { bounded } from './bounded';
import { defineKernel, type KernelType, type NoAttributes } from './kernel';

/** What the noise kernels need to know: the settings of one operation at one moment of the schedule. */
export interface NoiseFormula {
  /** Law of the unit draw d: standard normal, or uniform with standard deviation 1. */
  readonly distribution: 'gaussian' | 'uniform';
  /** `x + n` or `x * n`. */
  readonly mixture: 'additive' | 'multiplicative';
  /** Mean of n, absolute. */
  readonly mean: number;
  /** Standard deviation of n: absolute, or as a share of that of the map. */
  readonly std: number;
  /** Whether `std` is a share of the standard deviation of the map. */
  readonly relative: boolean;
  /** Current rate of the schedule, 1 for full noise. */
  readonly rate: number;
  /** Whether the schedule scales the product `x * n` itself, as the official code does, instead of fading n to 1. */
  readonly shrink: boolean;
}

/** Which numbers to draw: they are a function of these alone. */
export interface DrawPosition {
  /** Key of the stream. */
  readonly key: StreamKey;
  /** Position in the stream; each draw of a stream takes its own. */
  readonly counter: number;
}

/** A draw as kernels are given it: key and counter of its position, and its law. */
export type DrawAttributes = { key0: number; key1: number; counter: number; uniform: boolean };
/** A formula as kernels are given it. */
export type FormulaAttributes = {
  uniform: boolean;
  multiplicative: boolean;
  mean: number;
  std: number;
  relative: boolean;
  rate: number;
  shrink: boolean;
};

const SQRT3 = Math.sqrt(3);

/** Noise as kernels are given it: a formula and the draw it is made from. */
export type NoiseAttributes = FormulaAttributes & DrawAttributes;

export type Draw = KernelType<
  'NoisyDartsDraw',
  NoAttributes,
  DrawAttributes & { shape: readonly number[] },
  tf.Tensor
>;
export type Perturb = KernelType<
  'NoisyDartsPerturb',
  { x: tf.Tensor; draw: tf.Tensor },
  FormulaAttributes,
  tf.Tensor
>;
export type CounterNoise = KernelType<'NoisyDartsCounterNoise', { x: tf.Tensor }, NoiseAttributes, tf.Tensor>;

const drawKernel = defineKernel<Draw>({
  name: 'NoisyDartsDraw',
  body: (_, { shape, key0, key1, counter, uniform }) => {
    const values = new Float32Array(tf.util.sizeFromShape([...shape]));
    (uniform ? fillUniform : fillNormal)(values, [key0, key1], counter);
    return tf.tensor(values, [...shape]);
  },
});

/** Unbiased standard deviation over all elements: a scalar. */
function deviation(x: tf.Tensor): tf.Tensor {
  const flat = tf.reshape(x, [1, x.size]);
  const centred = tf.sub(flat, tf.mean(flat));
  const squares = tf.matMul(bounded(centred, x.size), centred, false, true);
  return tf.sqrt(tf.div(tf.reshape(squares, []), x.size - 1));
}

/** n of the formula, from a unit draw. */
function noiseFrom(x: tf.Tensor, draw: tf.Tensor, attrs: FormulaAttributes): tf.Tensor {
  const unit = attrs.uniform ? SQRT3 : 1;
  const scale = attrs.relative ? tf.mul(deviation(x), attrs.std * unit) : attrs.std * unit;
  const n = tf.add(tf.mul(draw, scale), attrs.mean);
  if (!attrs.multiplicative || attrs.shrink) return tf.mul(n, attrs.rate);
  // 1 + rate (n - 1), written so that full noise is n to the bit.
  return tf.add(tf.mul(n, attrs.rate), 1 - attrs.rate);
}

const perturbKernel = defineKernel<Perturb>({
  name: 'NoisyDartsPerturb',
  body: ({ x, draw }, attrs) => {
    const n = noiseFrom(x, draw, attrs);
    return attrs.multiplicative ? tf.mul(x, n) : tf.add(x, n);
  },
  saveInputs: ['x', 'draw'],
  gradient: (dy, [x, draw], attrs) => ({
    x: () => (attrs.multiplicative ? tf.mul(dy, noiseFrom(x!, draw!, attrs)) : tf.clone(dy)),
  }),
});

const drawFor = (x: tf.Tensor, attrs: NoiseAttributes) =>
  drawKernel(
    {},
    { shape: x.shape, key0: attrs.key0, key1: attrs.key1, counter: attrs.counter, uniform: attrs.uniform },
  );

const counterKernel = defineKernel<CounterNoise>({
  name: 'NoisyDartsCounterNoise',
  body: ({ x }, attrs) => perturbKernel({ x, draw: drawFor(x, attrs) }, attrs),
  saveInputs: ['x'],
  gradient: (dy, [x], attrs) => ({
    x: () => (attrs.multiplicative ? tf.mul(dy, noiseFrom(x!, drawFor(x!, attrs), attrs)) : tf.clone(dy)),
  }),
});

function checkedPosition(fn: string, position: DrawPosition): DrawPosition {
  requireObject(fn, 'the position', position, 'pass { key, counter }', 'key', 'counter');
  return position;
}

const formulaAttributes = (formula: NoiseFormula): FormulaAttributes => {
  requireObject(
    'perturb',
    'the formula',
    formula,
    'pass { distribution, mixture, ... }',
    'distribution',
    'std',
  );
  return {
    uniform: formula.distribution === 'uniform',
    multiplicative: formula.mixture === 'multiplicative',
    mean: formula.mean,
    std: formula.std,
    relative: formula.relative,
    rate: formula.rate,
    shrink: formula.shrink,
  };
};

/**
 * Unit draws of a distribution: standard normal, or uniform on (-1, 1).
 *
 * The numbers depend on the position and the index alone, so every backend gives the same.
 *
 * @param shape - Shape of the result.
 * @param distribution - `'gaussian'` or `'uniform'`.
 * @param position - Key and counter.
 */
export function unitDraw<R extends tf.Rank>(
  shape: tf.ShapeMap[R],
  distribution: NoiseFormula['distribution'],
  position: DrawPosition,
): tf.Tensor<R> {
  requireList('unitDraw', 'the shape', shape, 'pass for example [2, 8, 8, 3]');
  const { key, counter } = checkedPosition('unitDraw', position);
  return drawKernel(
    {},
    { shape, key0: key[0], key1: key[1], counter, uniform: distribution === 'uniform' },
  ) as tf.Tensor<R>;
}

/**
 * Adds to `x`, or multiplies it by, noise made from a given unit draw d.
 *
 * `n = mean + scale * d`, where `scale = std` (times sqrt(3) for uniform d, so that std is n's standard deviation),
 * times the unbiased standard deviation of all of `x` if relative. Additive: `x + rate * n`. Multiplicative:
 * `x * (1 + rate * (n - 1))`, or `x * rate * n` if `shrink`.
 *
 * Noise is not differentiated: the gradient of additive noise is that of x, of multiplicative noise the factor drawn.
 *
 * Source: paper, section 3.2; official code, model_search.py.
 */
export function perturb<T extends tf.Tensor>(x: T, draw: tf.Tensor, formula: NoiseFormula): T {
  requireTensor('perturb', 'x', x);
  requireTensor('perturb', 'the draw', draw);
  return perturbKernel({ x, draw }, formulaAttributes(formula)) as T;
}

/** A formula and the position of its draw, as fast kernels are given them. */
export const noiseAttributes = (formula: NoiseFormula, position: DrawPosition): NoiseAttributes => {
  const { key, counter } = checkedPosition('noiseAttributes', position);
  return { ...formulaAttributes(formula), key0: key[0], key1: key[1], counter };
};

/** {@link perturb} with the unit draw at `position`; nothing but `x` is kept for the gradient. */
export function counterNoise<T extends tf.Tensor>(x: T, formula: NoiseFormula, position: DrawPosition): T {
  requireTensor('counterNoise', 'x', x);
  return counterKernel({ x }, noiseAttributes(formula, position)) as T;
}
