import type { FusedNoise } from '../../kernels/edge';
import { sizeOf } from '../../kernels/geometry';
import { noiseAttributes } from '../../kernels/noise';
import { disturb } from '../kernels/noise';
import type { TermPasses } from './passes';
import type { Place } from './place';

/** The edge's input itself, or with noise that is drawn again wherever it is needed. */
export function identityPasses(noise: FusedNoise | undefined, { module, input, x }: Place): TermPasses {
  const size = sizeOf(input);
  const drawn = noise && noiseAttributes(noise.formula, noise.position);
  return {
    summand(newMap) {
      if (!drawn) return x;
      const y = newMap();
      disturb(module, drawn, { x, of: x, y, size });
      return y;
    },
    backward({ dy, dx, weight }) {
      const add = (of: number) => module.functions.addScaled({ x: of, y: dx, n: size, factor: weight });
      if (!drawn?.multiplicative) return add(dy);
      module.scratch(4 * size, (y) => {
        disturb(module, drawn, { x, of: dy, y, size });
        add(y);
      });
    },
  };
}
