import type { FusedTerm } from '../../kernels/edge';
import { windowAttributes } from '../../kernels/geometry';
import { poolArguments } from '../kernels/pool';
import { settleNorm, withCoefficients } from './norm';
import type { TermGradients, TermPasses } from './passes';
import type { MapPlace, Place } from './place';

const SIZE = 3;

/** A 3x3 pool of the edge's input. */
export class PoolPasses implements TermPasses {
  readonly #isMax: boolean;
  readonly #sizes: ReturnType<typeof poolArguments>;
  readonly #place: Place;
  readonly #map: MapPlace;

  constructor({ pool, stride }: Extract<FusedTerm, { kind: 'pool' }>, place: Place) {
    this.#isMax = pool === 'max';
    this.#sizes = poolArguments(place.input, {
      ...windowAttributes('fusedEdge', [SIZE, SIZE], { stride }),
      size: SIZE,
    });
    this.#place = place;
    this.#map = place.maps[0]!;
  }

  forward(moments: number): void {
    const { module, x } = this.#place;
    const { functions } = module;
    const run = this.#isMax ? functions.maxPoolForward : functions.avgPoolForward;
    run({ ...this.#sizes, x, y: this.#map.z, state: moments });
    settleNorm(module, this.#map, moments);
  }

  summand(): number {
    return this.#map.z;
  }

  backward(gradients: TermGradients): void {
    const { module, x } = this.#place;
    const { functions } = module;
    const { z, mean, channels: c, pixels } = this.#map;
    const { dy, dx } = gradients;
    withCoefficients(module, this.#map, gradients, (a, b, d) =>
      module.scratch(4 * pixels * c, (dz) => {
        functions.normGrad({ dy, x: z, step: 4 * c, pixels, c, mean, a, b, d, out: dz });
        if (this.#isMax) functions.maxPoolBackward({ ...this.#sizes, dy: dz, x, y: z, dx, accumulate: true });
        else functions.avgPoolBackward({ ...this.#sizes, dy: dz, dx, accumulate: true });
      }),
    );
  }
}
