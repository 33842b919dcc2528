import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { stream } from '../../src/random';

/** A value and its gradients, detached from the tape. The caller disposes it. */
export interface Differentiated {
  readonly y: tf.Tensor;
  readonly grads: readonly tf.Tensor[];
}

/**
 * `f()` and the gradient of `sum(f() * dy)` with respect to `xs`; zeros where no gradient flows.
 *
 * @param dy - Default ones.
 */
export function differentiate(f: () => tf.Tensor, xs: readonly tf.Tensor[], dy?: tf.Tensor): Differentiated {
  return tf.tidy(() => {
    const { value, grads } = tf.engine().gradients(f, [...xs], dy as never, true);
    return { y: value, grads: xs.map((x, i) => grads[i] ?? tf.zerosLike(x)) };
  });
}

/** How {@link expectGradients} moves and judges. */
export interface DifferenceOptions {
  /** Length of the move on either side. Default 1e-3: more crosses kinks, less drowns in rounding. */
  readonly step?: number;
  /** Allowed error as a share of the gradient's norm. Default 0.01. */
  readonly tolerance?: number;
}

/**
 * Expects the gradient of `sum(f() * c)`, c random, to be its central difference, for each group of variables along
 * directions of length sqrt(2): half of each is the gradient itself, half is random.
 */
export function expectGradients(
  f: () => tf.Tensor,
  groups: Readonly<Record<string, readonly tf.Variable[]>>,
  { step = 1e-3, tolerance = 0.01 }: DifferenceOptions = {},
): void {
  const generator = stream('directions').generator();
  const gaussian = (n: number) => Float64Array.from({ length: n }, () => generator.normal());
  const shape = tf.tidy(() => f().shape);
  const c = gaussian(tf.util.sizeFromShape(shape));
  const dy = tf.tensor(Float32Array.from(c), shape);
  /** In double precision from the output on. */
  const loss = () =>
    tf.tidy(() =>
      Array.from(f().dataSync() as Float32Array).reduce((sum, value, i) => sum + value * c[i]!, 0),
    );

  for (const [name, variables] of Object.entries(groups)) {
    const { y, grads } = differentiate(f, variables, dy);
    const gradient = grads.flatMap((grad) => [...grad.dataSync()]);
    const norm = Math.hypot(...gradient);
    tf.dispose([y, ...grads]);
    expect(norm, `norm of the gradient of ${name}`).toBeGreaterThan(1e-3);
    for (let k = 0; k < 2; k++) {
      const random = gaussian(gradient.length);
      const length = Math.hypot(...random);
      const direction = random.map((value, i) => value / length + gradient[i]! / norm);
      const difference = (along(1) - along(-1)) / (2 * step);
      const slope = gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0);
      expect(Math.abs(difference - slope) / norm, `error of the gradient of ${name}`).toBeLessThan(tolerance);

      /** The loss a step along the direction. */
      function along(sign: number): number {
        const origins = variables.map((variable) => tf.clone(variable));
        let at = 0;
        for (const [i, variable] of variables.entries()) {
          const values = Float32Array.from(
            origins[i]!.dataSync(),
            (value, j) => value + sign * step * direction[at + j]!,
          );
          at += values.length;
          tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
        }
        const moved = loss();
        for (const [i, variable] of variables.entries()) variable.assign(origins[i]!);
        tf.dispose(origins);
        return moved;
      }
    }
  }
  dy.dispose();
}
