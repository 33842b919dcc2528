import { sizeOf } from '../../kernels/geometry';
import type { CounterNoise, Draw, NoiseAttributes } from '../../kernels/noise';
import type { WasmInstance } from '../instance';
import type { WasmKernels } from './kernel';

/**
 * Writes to `y` the map `of`, with n added to it or multiplied by it, where n is the noise of the map `x`.
 *
 * The forward pass disturbs x itself; the backward pass of multiplicative noise multiplies dy by the same n.
 */
export function disturb(
  { functions }: WasmInstance,
  { uniform, multiplicative, mean, std, relative, rate, shrink, key0, key1, counter }: NoiseAttributes,
  { x, of, y, size }: { readonly x: number; readonly of: number; readonly y: number; readonly size: number },
): void {
  let scale = std * (uniform ? Math.sqrt(3) : 1);
  if (relative) {
    const centre = functions.sum(x, size) / size;
    scale *= Math.sqrt(functions.squares(x, size, centre) / (size - 1));
  }
  functions.perturb({
    x: of,
    y,
    n: size,
    scale,
    mean,
    rate,
    uniform,
    counter,
    // 1 + rate (n - 1) = rate n + (1 - rate)
    rest: multiplicative && !shrink ? 1 - rate : 0,
    multiply: multiplicative,
    k0: key0,
    k1: key1,
  });
}

export const noiseKernels: WasmKernels<Draw | CounterNoise> = {
  NoisyDartsDraw(module, _, { shape, key0, key1, counter, uniform }) {
    const out = module.output(shape);
    module.functions.fillNoise({
      out: module.address(out),
      n: sizeOf(shape),
      k0: key0,
      k1: key1,
      counter,
      uniform,
    });
    return out;
  },
  NoisyDartsCounterNoise(module, { x }, noise) {
    const from = module.address(x);
    const y = module.output(x.shape);
    disturb(module, noise, { x: from, of: from, y: module.address(y), size: sizeOf(x.shape) });
    return y;
  },
};
