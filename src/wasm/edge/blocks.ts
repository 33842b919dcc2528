import type { FusedBlock } from '../../kernels/edge';
import { windowAttributes } from '../../kernels/geometry';
import { blockShape, planBlock } from '../kernels/block';
import { type NormSums, settleNorm, withCoefficients } from './norm';
import type { TermGradients, TermPasses } from './passes';
import type { Place } from './place';

/** Blocks one after the other; each normalises what the one before gives. */
export class BlocksPasses implements TermPasses {
  readonly #blocks: readonly FusedBlock[];
  readonly #place: Place;

  constructor(blocks: readonly FusedBlock[], place: Place) {
    this.#blocks = blocks;
    this.#place = place;
  }

  forward(moments: number): void {
    const { module, maps } = this.#place;
    for (const [index, map] of maps.entries()) {
      module.functions.blockForward({ ...this.#arguments(index), z: map.z, state: moments });
      settleNorm(module, map, moments);
    }
  }

  summand(): number {
    return this.#place.maps.at(-1)!.z;
  }

  backward(gradients: TermGradients): void {
    this.#backward(this.#blocks.length - 1, gradients.dy, gradients, gradients);
  }

  /** Last block first; the gradient of each goes through the norm of the one before. */
  #backward(index: number, dy: number, sums: NormSums, gradients: TermGradients): void {
    const { module, maps } = this.#place;
    const map = maps[index]!;
    const before = maps[index - 1];
    withCoefficients(module, map, sums, (a, b, d) => {
      const run = (dx: number, own: number) =>
        module.functions.blockBackward({
          ...this.#arguments(index),
          dy,
          z: map.z,
          zMean: map.mean,
          a,
          b,
          d,
          dDepthwise: gradients.variables[2 * index],
          dPointwise: gradients.variables[2 * index + 1],
          dx,
          accumulate: before === undefined,
          sums: own,
        });
      if (!before) {
        run(gradients.dx, 0);
        return;
      }
      const bytes = module.functions.sumsBytes(before.channels);
      module.scratch(4 * before.pixels * before.channels + 2 * bytes, (own) => {
        const dx = own + 2 * bytes;
        module.floats(own, bytes / 2).fill(0);
        run(dx, own);
        this.#backward(index - 1, dx, { sums: own, products: own + bytes, weight: 1 }, gradients);
      });
    });
  }

  /** What both passes of a block take. */
  #arguments(index: number) {
    const { module, input, x, maps } = this.#place;
    const { depthwise, pointwise, stride, dilation } = this.#blocks[index]!;
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
}
