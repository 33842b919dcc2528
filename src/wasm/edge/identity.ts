import type { FusedNoise } from '../../kernels/edge';
import { type Shape4, sizeOf } from '../../kernels/geometry';
import { type NoiseAttributes, noiseAttributes } from '../../kernels/noise';
import { disturb } from '../kernels/noise';
import type { TermGradients, TermPasses } from './passes';
import type { Place } from './place';

/** The edge's input itself, or with noise that is drawn again wherever it is needed. */
export class IdentityPasses implements TermPasses {
  readonly #noise: NoiseAttributes | undefined;
  readonly #place: Place;

  constructor(noise: FusedNoise | undefined, place: Place) {
    this.#noise = noise && noiseAttributes(noise.formula, noise.position);
    this.#place = place;
  }

  summand(newMap: (shape: Shape4) => number): number {
    const { module, input, x } = this.#place;
    if (!this.#noise) return x;
    const y = newMap(input);
    disturb(module, this.#noise, { x, of: x, y, size: sizeOf(input) });
    return y;
  }

  backward({ dy, dx, weight, accumulate }: TermGradients): void {
    const { module, input, x } = this.#place;
    const n = sizeOf(input);
    const noise = this.#noise;
    const pass = accumulate ? module.functions.addScaled : module.functions.scale;
    if (!noise?.multiplicative) {
      pass({ x: dy, y: dx, n, factor: weight });
      return;
    }
    module.scratch(4 * n, (y) => {
      disturb(module, noise, { x, of: dy, y, size: n });
      pass({ x: y, y: dx, n, factor: weight });
    });
  }
}
