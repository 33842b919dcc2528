import type { FusedTerm } from '../../kernels/edge';
import { sizeOf, windowAttributes } from '../../kernels/geometry';
import { poolArguments } from '../kernels/pool';
import { settleNorm, withCoefficients } from './norm';
import type { TermPasses } from './passes';
import type { MapPlace, Place } from './place';

const SIZE = 3;

/** A 3x3 pool of the edge's input. */
export function poolPasses(
  { pool, stride }: Extract<FusedTerm, { kind: 'pool' }>,
  { module, input, x, maps }: Place,
): TermPasses {
  const { functions } = module;
  const map = maps[0] as MapPlace;
  const { z, mean, channels: c, pixels } = map;
  const sizes = poolArguments(input, {
    ...windowAttributes('fusedEdge', [SIZE, SIZE], { stride }),
    size: SIZE,
  });
  return {
    forward(moments) {
      const run = pool === 'max' ? functions.maxPoolForward : functions.avgPoolForward;
      run({ ...sizes, x, y: z, state: moments });
      settleNorm(module, map, moments);
    },
    summand: () => z,
    backward({ dy, dx, variables: _, ...normSums }) {
      withCoefficients(module, map, normSums, (coefficients) =>
        module.scratch(4 * sizeOf(map.shape), (dz) => {
          functions.normGrad({ dy, x: z, step: 4 * c, pixels, c, mean, ...coefficients, out: dz });
          if (pool === 'max') functions.maxPoolBackward({ ...sizes, dy: dz, x, y: z, dx, accumulate: true });
          else functions.avgPoolBackward({ ...sizes, dy: dz, dx, accumulate: true });
        }),
      );
    },
  };
}
