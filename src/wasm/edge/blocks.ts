import { blockVariables, type FusedBlock } from '../../kernels/edge';
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
    const { blockForward, denseForward } = module.functions;
    for (const [index, map] of maps.entries()) {
      const results = { z: map.z, state: moments };
      const separable = this.#separable(index);
      if (separable) blockForward({ ...this.#source(index), ...separable, ...results });
      else denseForward({ ...this.#source(index), ...this.#dense(index), ...results });
      settleNorm(module, map, moments);
    }
  }

  summand(): number {
    return this.#place.maps.at(-1)!.z;
  }

  backward(gradients: TermGradients): void {
    const rest = [...gradients.variables];
    const variables = this.#blocks.map((block) => rest.splice(0, blockVariables(block).length));
    this.#backward(this.#blocks.length - 1, gradients.dy, gradients, gradients, variables);
  }

  /** Last block first; the gradient of each goes through the norm of the one before. */
  #backward(
    index: number,
    dy: number,
    sums: NormSums,
    edge: Pick<TermGradients, 'dx' | 'accumulate'>,
    variables: readonly (readonly number[])[],
  ): void {
    const { module, maps } = this.#place;
    const { blockBackward, denseBackward } = module.functions;
    const map = maps[index]!;
    const before = maps[index - 1];
    const own = variables[index]!;
    const separable = this.#separable(index);
    const filters = separable ? 2 : 1;
    withCoefficients(module, map, sums, own.slice(filters), (a, b, d) => {
      const norm = { z: map.z, zMean: map.mean, a, b, d };
      const run = (dx: number, inner: number) => {
        const results = { ...norm, dy, dx, accumulate: !before && edge.accumulate, sums: inner };
        const [first, second] = own;
        if (separable)
          blockBackward({
            ...this.#source(index),
            ...separable,
            ...results,
            dDepthwise: first,
            dPointwise: second,
          });
        else denseBackward({ ...this.#source(index), ...this.#dense(index), ...results, dFilter: first });
      };
      if (!before) {
        run(edge.dx, 0);
        return;
      }
      const bytes = module.functions.sumsBytes(before.channels);
      module.scratch(4 * before.pixels * before.channels + 2 * bytes, (inner) => {
        const dx = inner + 2 * bytes;
        module.floats(inner, bytes / 2).fill(0);
        run(dx, inner);
        const products = inner + bytes;
        this.#backward(index - 1, dx, { sums: inner, products, weight: 1 }, edge, variables);
      });
    });
  }

  /** What a block reads, and how. */
  #source(index: number) {
    const { x, maps } = this.#place;
    const before = maps[index - 1];
    return {
      x: before?.z ?? x,
      mean: before?.mean,
      gain: before?.gain,
      offset: before?.offset,
      rectify: this.#blocks[index]!.rectify ?? true,
    };
  }

  #input(index: number) {
    return this.#place.maps[index - 1]?.shape ?? this.#place.input;
  }

  /** Filters and sizes of a depthwise convolution with a pointwise one behind it, if the block is one. */
  #separable(index: number) {
    const { module } = this.#place;
    const { depthwise, filter, stride, dilation = 1 } = this.#blocks[index]!;
    if (!depthwise) return undefined;
    const [height, width] = depthwise.shape;
    const window = windowAttributes('fusedEdge', [height, width], { stride, dilation });
    planBlock(module, module.desk, blockShape(this.#input(index), depthwise.shape, window, filter.shape[3]));
    return {
      block: module.desk,
      depthwise: module.address(depthwise),
      pointwise: module.address(filter),
    };
  }

  /** Filter and sizes of a dense convolution. */
  #dense(index: number) {
    const { filter } = this.#blocks[index]!;
    const [n, h, w, inputs] = this.#input(index);
    const [k, , , outputs] = filter.shape;
    return { n, h, w, inputs, k, outputs, filter: this.#place.module.address(filter) };
  }
}
