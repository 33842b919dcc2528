import type { FusedTerm } from '../../kernels/edge';
import { type Shape4, sizeOf, strided } from '../../kernels/geometry';
import { settleNorm, withCoefficients } from './norm';
import type { TermGradients, TermPasses } from './passes';
import type { MapPlace, Place } from './place';

const SIZE = 3;

/** A 3x3 pool of the edge's input. */
export class PoolPasses implements TermPasses {
  readonly #isMax: boolean;
  readonly #sizes;
  readonly #place: Place;
  readonly #output: Shape4;
  /** What a norm follows is kept; the rest is made again. */
  readonly #map: MapPlace | undefined;

  constructor({ pool, stride }: Extract<FusedTerm, { kind: 'pool' }>, place: Place) {
    this.#isMax = pool === 'max';
    const [n, h, w, c] = place.input;
    const pad = (SIZE - 1) / 2;
    this.#sizes = { n, h, w, c, k: SIZE, strideH: stride, strideW: stride, padH: pad, padW: pad };
    this.#place = place;
    this.#output = strided(place.input, stride);
    this.#map = place.maps[0];
  }

  forward(moments: number): void {
    if (!this.#map) return;
    this.#run(this.#map.z, moments);
    settleNorm(this.#place.module, this.#map, moments);
  }

  summand(newMap: (shape: Shape4) => number): number {
    if (this.#map) return this.#map.z;
    const y = newMap(this.#output);
    this.#run(y, 0);
    return y;
  }

  backward(gradients: TermGradients): void {
    const { module } = this.#place;
    const { functions } = module;
    const { dy, weight } = gradients;
    const map = this.#map;
    const n = sizeOf(this.#output);
    module.scratch(4 * n, (dz) => {
      if (!map) {
        functions.scale({ x: dy, y: dz, n, factor: weight });
        if (!this.#isMax) this.#back(dz, 0, gradients);
        else
          module.scratch(4 * n, (y) => {
            this.#run(y, 0);
            this.#back(dz, y, gradients);
          });
        return;
      }
      const { z, mean, channels: c, pixels } = map;
      withCoefficients(module, map, gradients, [], (a, b, d) => {
        functions.normGrad({ dy, x: z, step: 4 * c, pixels, c, mean, a, b, d, out: dz });
        this.#back(dz, z, gradients);
      });
    });
  }

  #run(y: number, state: number): void {
    const { module, x } = this.#place;
    const run = this.#isMax ? module.functions.maxPoolForward : module.functions.avgPoolForward;
    run({ ...this.#sizes, x, y, state });
  }

  #back(dy: number, y: number, { dx, accumulate }: TermGradients): void {
    const { module, x } = this.#place;
    const { maxPoolBackward, avgPoolBackward } = module.functions;
    if (this.#isMax) maxPoolBackward({ ...this.#sizes, dy, x, y, dx, accumulate });
    else avgPoolBackward({ ...this.#sizes, dy, dx, accumulate });
  }
}
