import * as tf from '@tensorflow/tfjs-core';
import type { WasmInstance } from '../instance';
import type { MapPlace } from './place';

/** Mean, variance and gain from the moments of a map, or, where these are null, from the running statistics. */
export function settleNorm(
  module: WasmInstance,
  { mean, variance, gain, scale, channels: c, pixels, norm }: MapPlace,
  moments: number,
): void {
  const { functions } = module;
  if (moments !== 0) functions.momentsEnd({ state: moments, c, count: pixels, mean, variance });
  else {
    module.floats(mean, c).set(module.floats(module.address(norm.mean), c));
    module.floats(variance, c).set(module.floats(module.address(norm.variance), c));
  }
  functions.normGain({ variance, scale, epsilon: norm.epsilon, c, gain });
}

/** What the way back through a norm needs: sums of dy and of dy (z - mean), by channel, and a factor. */
export interface NormSums {
  readonly sums: number;
  readonly products: number;
  readonly weight: number;
}

/**
 * Lends three vectors: the backward map of a norm is a dy + b (z - mean) + d. Adds to the gradients of its scale and offset, if
 * these are given.
 */
export function withCoefficients(
  module: WasmInstance,
  { variance, scale, channels: c, pixels: count, norm: { epsilon } }: MapPlace,
  { sums, products, weight }: NormSums,
  [dScale, dOffset]: readonly number[],
  run: (a: number, b: number, d: number) => void,
): void {
  const { functions } = module;
  if (dScale && dOffset)
    functions.normParameterGrads({ sums, products, variance, epsilon, weight, c, dScale, dOffset });
  module.scratch(12 * c, (a) => {
    const b = a + 4 * c;
    const d = b + 4 * c;
    functions.normGradCoefficients({ sums, products, variance, scale, epsilon, count, weight, c, a, b, d });
    run(a, b, d);
  });
}

/** Feeds the running statistics of a norm: in place, or as new tensors where somebody holds on to the old ones. */
export function updateRunning(
  module: WasmInstance,
  { mean, variance, channels, pixels, norm }: MapPlace,
): void {
  const { momentum } = norm;
  move(module, norm.mean, { batch: mean, c: channels, momentum, share: momentum });
  move(module, norm.variance, {
    batch: variance,
    c: channels,
    momentum,
    share: momentum * (pixels / (pixels - 1)),
  });
}

function move(
  module: WasmInstance,
  variable: tf.Variable,
  {
    batch,
    c,
    momentum,
    share,
  }: {
    readonly batch: number;
    readonly c: number;
    readonly momentum: number;
    readonly share: number;
  },
): void {
  const running = module.address(variable);
  const own = module.isShared(variable) ? module.output([c]) : undefined;
  const out = own ? module.address(own) : running;
  module.functions.runningUpdate({ running, batch, c, keep: 1 - momentum, share, out });
  if (own) tf.tidy(() => variable.assign(tf.engine().makeTensorFromTensorInfo(own)));
}
