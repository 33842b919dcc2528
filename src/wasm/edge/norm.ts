import * as tf from '@tensorflow/tfjs-core';
import type { WasmInstance } from '../instance';
import type { MapPlace } from './place';

/** Mean, variance and gain from the moments of a map. */
export function settleNorm(
  { functions }: WasmInstance,
  { mean, variance, gain, channels, pixels, norm: { epsilon } }: MapPlace,
  moments: number,
): void {
  functions.momentsEnd({ state: moments, c: channels, count: pixels, mean, variance });
  functions.normGain({ variance, epsilon, c: channels, gain });
}

/** What the way back through a norm needs: sums of dy and of dy (z - mean), by channel, and a factor. */
export interface NormSums {
  readonly sums: number;
  readonly products: number;
  readonly weight: number;
}

/** Lends three vectors: the backward map of a norm is a dy + b (z - mean) + d. */
export function withCoefficients(
  module: WasmInstance,
  { variance, channels: c, pixels, norm: { epsilon } }: MapPlace,
  { sums, products, weight }: NormSums,
  run: (a: number, b: number, d: number) => void,
): void {
  module.scratch(12 * c, (a) => {
    const [b, d] = [a + 4 * c, a + 8 * c];
    module.functions.normGradCoefficients({
      sums,
      products,
      variance,
      epsilon,
      count: pixels,
      weight,
      c,
      a,
      b,
      d,
    });
    run(a, b, d);
  });
}

/** Feeds the running statistics of a norm: in place, or as new tensors where somebody holds on to the old ones. */
export function updateRunning(
  module: WasmInstance,
  { mean, variance, channels, pixels, norm }: MapPlace,
): void {
  for (const [variable, batch, correction] of [
    [norm.mean, mean, 1],
    [norm.variance, variance, pixels / (pixels - 1)],
  ] as const) {
    const running = module.address(variable);
    const out = module.isShared(variable) ? module.output([channels]) : undefined;
    module.functions.runningUpdate({
      running,
      batch,
      c: channels,
      keep: 1 - norm.momentum,
      share: norm.momentum * correction,
      out: out ? module.address(out) : running,
    });
    if (out) tf.tidy(() => variable.assign(tf.engine().makeTensorFromTensorInfo(out)));
  }
}
