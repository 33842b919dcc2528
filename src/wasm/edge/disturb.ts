import type { DrawPosition, NoiseFormula } from '../../kernels';
import type { WasmInstance } from '../instance';

/**
 * Writes to `y` the map `of`, with n added to it or multiplied by it, where n is the noise of the map `x`.
 *
 * The forward pass disturbs x itself; the backward pass of multiplicative noise multiplies dy by the same n.
 */
export function disturb(
  module: WasmInstance,
  { formula, position }: { readonly formula: NoiseFormula; readonly position: DrawPosition },
  { x, of, y, size }: { readonly x: number; readonly of: number; readonly y: number; readonly size: number },
): void {
  const { functions } = module;
  const uniform = formula.distribution === 'uniform';
  const multiply = formula.mixture === 'multiplicative';
  let scale = formula.std * (uniform ? Math.sqrt(3) : 1);
  if (formula.relative) {
    const mean = functions.sum(x, size) / size;
    scale *= Math.sqrt(functions.squares(x, size, mean) / (size - 1));
  }
  // 1 + rate (n - 1) = rate n + (1 - rate)
  const rest = multiply && !formula.shrink ? 1 - formula.rate : 0;
  const [k0, k1] = position.key;
  module.scratch(functions.perturbBytes(), (scratch) =>
    functions.perturb(
      of,
      y,
      size,
      scale,
      formula.mean,
      formula.rate,
      rest,
      multiply,
      k0,
      k1,
      position.counter,
      uniform,
      scratch,
    ),
  );
}
