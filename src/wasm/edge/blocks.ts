import type { FusedBlock } from '../../kernels/edge';
import { windowAttributes } from '../../kernels/geometry';
import { blockShape, planBlock } from '../kernels/block';
import { type NormSums, settleNorm, withCoefficients } from './norm';
import type { TermPasses } from './passes';
import type { MapPlace, Place } from './place';

/** What both passes of block `index` take. */
function blockArguments({ module, input, x, maps }: Place, blocks: readonly FusedBlock[], index: number) {
  const { depthwise, pointwise, stride, dilation } = blocks[index]!;
  const before = maps[index - 1];
  const [height, width] = depthwise.shape;
  const window = windowAttributes('fusedEdge', [height, width], { stride, dilation });
  const shape = blockShape(before?.shape ?? input, depthwise.shape, window, pointwise.shape[3]);
  planBlock(module, module.desk, shape);
  return {
    block: module.desk,
    x: before?.z ?? x,
    mean: before?.mean,
    gain: before?.gain,
    rectify: true,
    depthwise: module.address(depthwise),
    pointwise: module.address(pointwise),
  };
}

/** Blocks one after the other; each normalises what the one before gives. */
export function blocksPasses(blocks: readonly FusedBlock[], place: Place): TermPasses {
  const { module, maps } = place;
  const { functions } = module;
  return {
    forward(moments) {
      for (const [index, map] of maps.entries()) {
        functions.blockForward({ ...blockArguments(place, blocks, index), z: map.z, state: moments });
        settleNorm(module, map, moments);
      }
    },
    summand: () => maps.at(-1)!.z,
    backward({ dy, dx, variables, ...normSums }) {
      // Last first; the gradient of each goes through the norm of the one before.
      const back = (index: number, above: number, aboveSums: NormSums): void => {
        const map = maps[index] as MapPlace;
        withCoefficients(module, map, aboveSums, (coefficients) => {
          const run = (own: { dx: number; accumulate?: boolean; sums?: number }) =>
            functions.blockBackward({
              ...blockArguments(place, blocks, index),
              ...coefficients,
              ...own,
              dy: above,
              z: map.z,
              zMean: map.mean,
              dDepthwise: variables[2 * index],
              dPointwise: variables[2 * index + 1],
            });
          const before = maps[index - 1];
          if (!before) return run({ dx, accumulate: true });
          const bytes = functions.sumsBytes(before.channels);
          module.scratch(4 * before.pixels * before.channels + 2 * bytes, (sums) => {
            const products = sums + bytes;
            const inner = products + bytes;
            module.floats(sums, bytes / 2).fill(0);
            run({ dx: inner, sums });
            back(index - 1, inner, { sums, products, weight: 1 });
          });
        });
      };
      back(blocks.length - 1, dy, normSums);
    },
  };
}
