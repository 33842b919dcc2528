import * as tf from '@tensorflow/tfjs-core';
import type { BilevelModel, LossOptions } from '../../../src/architect';
import { expectClose, variable } from '../optimizers/support';

export { expectClose, variable };

/** A batch of the quadratic problem: which of its two losses to take. */
export type Side = 'train' | 'valid';

type Matrix = readonly (readonly number[])[];

export const times = (m: Matrix, x: readonly number[]) =>
  m.map((row) => row.reduce((sum, entry, i) => sum + entry * x[i]!, 0));
export const transpose = (m: Matrix) => m[0]!.map((_, j) => m.map((row) => row[j]!));
export const plus = (...terms: (readonly number[])[]) =>
  terms[0]!.map((_, i) => terms.reduce((sum, term) => sum + term[i]!, 0));
export const scaled = (factor: number, x: readonly number[]) => x.map((entry) => factor * entry);

/**
 * A bilevel problem whose second-order gradient has a closed form, over w in R^3 and alpha in R^2:
 * train = w A w / 2 - w B alpha, valid = |w - c|^2 / 2 + q |alpha|^2 / 2 + w D alpha.
 */
export const problem = {
  A: [
    [2, 0.3, -0.1],
    [0.3, 1, 0.2],
    [-0.1, 0.2, 1.5],
  ],
  B: [
    [1, -0.5],
    [0.4, 0.8],
    [-0.7, 0.2],
  ],
  c: [0.5, -1, 0.25],
  D: [
    [0.2, -0.6],
    [0.1, 0.3],
    [-0.4, 0.5],
  ],
  q: 0.7,
  w: [0.9, -0.4, 0.3],
  alpha: [0.6, -0.8],
} as const;

/** The gradient of the train loss over w. */
export const trainSlope = (w: readonly number[], alpha: readonly number[]) =>
  plus(times(problem.A, w), scaled(-1, times(problem.B, alpha)));

/** The gradient of valid over alpha at fixed w. */
export const firstOrderGradient = (w: readonly number[], alpha: readonly number[]) =>
  plus(scaled(problem.q, alpha), times(transpose(problem.D), w));

/** The gradient of valid(w'(alpha), alpha) over alpha, where dw' / dalpha = xi B. */
export const secondOrderGradient = (ahead: readonly number[], alpha: readonly number[], xi: number) => {
  const slope = plus(ahead, scaled(-1, problem.c), times(problem.D, alpha));
  return plus(firstOrderGradient(ahead, alpha), scaled(xi, times(transpose(problem.B), slope)));
};

export const validLoss = (w: readonly number[], alpha: readonly number[]) => {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, entry, i) => sum + entry * y[i]!, 0);
  const off = plus(w, scaled(-1, problem.c));
  return dot(off, off) / 2 + (problem.q * dot(alpha, alpha)) / 2 + dot(w, times(problem.D, alpha));
};

/** A model that remembers how it was asked and disposes of itself. */
export interface TestModel<B> extends BilevelModel<B> {
  readonly asked: (LossOptions & { batch: B })[];
  dispose(): void;
}

/** The problem as a model; w is split over two variables, and `passes` counts training passes as a running statistic. */
export function quadratic(): TestModel<Side> & {
  counter: tf.Variable;
  weights(): number[];
  alpha(): number[];
} {
  const alpha = variable(problem.alpha as never);
  const [w01, w2] = [variable([problem.w[0], problem.w[1]]), variable([problem.w[2]])];
  const counter = variable(0);
  const asked: (LossOptions & { batch: Side })[] = [];
  const matrix = (m: Matrix) => tf.tensor2d(m.map((row) => [...row]));
  return {
    asked,
    counter,
    archVariables: () => [alpha],
    weightVariables: () => [w01, w2],
    stateVariables: () => [counter],
    loss(batch, options) {
      asked.push({ batch, ...options });
      if (options.training) tf.tidy(() => counter.assign(tf.add(counter, 1)));
      const w = tf.reshape(tf.concat([w01, w2]), [3, 1]);
      const a = tf.reshape(alpha, [2, 1]);
      if (batch === 'train')
        return tf.sum(
          tf.sub(
            tf.mul(tf.mul(w, tf.matMul(matrix(problem.A), w)), 0.5),
            tf.mul(w, tf.matMul(matrix(problem.B), a)),
          ),
        ) as tf.Scalar;
      const off = tf.sub(w, tf.reshape(tf.tensor1d([...problem.c]), [3, 1]));
      return tf.add(
        tf.sum(tf.add(tf.mul(tf.square(off), 0.5), tf.mul(w, tf.matMul(matrix(problem.D), a)))),
        tf.mul(tf.sum(tf.square(a)), problem.q / 2),
      ) as tf.Scalar;
    },
    weights: () => [...w01.dataSync(), ...w2.dataSync()],
    alpha: () => [...alpha.dataSync()],
    dispose: () => tf.dispose([alpha, w01, w2, counter]),
  };
}

/** A batch of the smooth network: inputs and targets. */
export interface Points {
  readonly x: tf.Tensor2D;
  readonly y: tf.Tensor2D;
}

/**
 * A small smooth network whose hidden layer is a mixed operation, tanh, sine and identity weighted by softmax(alpha), so
 * that alpha and weights meet in products of every order. With `noise`, the identity carries draws of (step, pass).
 */
export function smoothNetwork({ noise = 0 } = {}): TestModel<Points> {
  const fill = (rows: number, columns: number, phase: number) =>
    Array.from({ length: rows }, (_, i) =>
      Array.from({ length: columns }, (_, j) => Math.sin(phase + 3 * i + 5 * j)),
    );
  const alpha = variable([0.3, -0.2, 0.5]);
  const alpha2 = variable([[0.1, -0.4]]);
  const [w1, b1, w2] = [variable(fill(3, 4, 1)), variable([0.1, -0.2, 0.3, 0.05]), variable(fill(4, 2, 2))];
  const asked: (LossOptions & { batch: Points })[] = [];
  return {
    asked,
    archVariables: () => [alpha, alpha2],
    weightVariables: () => [w1, b1, w2],
    loss(batch, options) {
      asked.push({ batch, ...options });
      const h = tf.add(tf.matMul(batch.x, w1 as tf.Variable<tf.Rank.R2>), b1);
      const draw = tf.randomNormal(
        h.shape,
        0,
        noise,
        'float32',
        1 + 10 * options.moment.step + options.moment.pass,
      );
      const share = tf.split(tf.softmax(alpha), 3);
      const mixed = tf.addN([
        tf.mul(tf.tanh(h), share[0]!),
        tf.mul(tf.sin(h), share[1]!),
        tf.mul(noise === 0 ? h : tf.add(h, draw), share[2]!),
      ]) as tf.Tensor2D;
      const out = tf.mul(tf.matMul(mixed, w2 as tf.Variable<tf.Rank.R2>), tf.add(1, tf.softmax(alpha2)));
      return tf.mean(tf.square(tf.sub(out, batch.y))) as tf.Scalar;
    },
    dispose: () => tf.dispose([alpha, alpha2, w1, b1, w2]),
  };
}

/** Two batches for {@link smoothNetwork}. */
export function points(): { train: Points; valid: Points; dispose(): void } {
  const batch = (phase: number): Points => ({
    x: tf.tensor2d(
      Array.from({ length: 15 }, (_, i) => Math.cos(phase + 2 * i)),
      [5, 3],
    ),
    y: tf.tensor2d(
      Array.from({ length: 10 }, (_, i) => Math.sin(phase - i)),
      [5, 2],
    ),
  });
  const [train, valid] = [batch(0.4), batch(1.9)];
  return { train, valid, dispose: () => tf.dispose([train.x, train.y, valid.x, valid.y]) };
}
