import { blockVariables, type FusedBlock } from '../../kernels/edge';
import { planBlock } from '../kernels/block';
import { ExcitedBody } from './excited';
import { type NormSums, settleNorm, withCoefficients } from './norm';
import type { TermGradients, TermPasses } from './passes';
import type { MapPlace, Place } from './place';

/** What the gradient of a block's map is made from, and where that of its input goes. */
interface BlockGradient {
  readonly dy: number;
  readonly a: number;
  readonly b: number;
  readonly d: number;
  readonly dx: number;
  readonly accumulate: boolean;
  readonly sums: number;
}

/** The norm in front of a block that reads the edge's input. */
const NONE: Pick<MapPlace, 'mean' | 'gain' | 'offset'> = { mean: 0, gain: 0, offset: 0 };

/**
 * Blocks one after the other; each normalises what the one before gives.
 *
 * The calls name all their arguments: to join objects takes longer than some of the kernels run.
 */
export class BlocksPasses implements TermPasses {
  readonly #blocks: readonly FusedBlock[];
  readonly #place: Place;

  constructor(blocks: readonly FusedBlock[], place: Place) {
    this.#blocks = blocks;
    this.#place = place;
  }

  forward(moments: number): void {
    const { module, maps } = this.#place;
    maps.forEach((map, index) => {
      this.#map(index, map.z, moments);
      settleNorm(module, map, moments);
    });
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
    const map = maps[index]!;
    const before = maps[index - 1];
    const own = variables[index]!;
    const affine = own.slice(Math.max(0, own.length - map.norm.affine.length));
    withCoefficients(module, map, sums, affine, (a, b, d) => {
      if (!before) {
        this.#gradients(index, { dy, a, b, d, dx: edge.dx, accumulate: edge.accumulate, sums: 0 }, own);
        return;
      }
      const bytes = module.functions.sumsBytes(before.channels);
      module.scratch(4 * before.pixels * before.channels + 2 * bytes, (inner) => {
        const dx = inner + 2 * bytes;
        module.floats(inner, bytes / 2).fill(0);
        this.#gradients(index, { dy, a, b, d, dx, accumulate: false, sums: inner }, own);
        const products = inner + bytes;
        this.#backward(index - 1, dx, { sums: inner, products, weight: 1 }, edge, variables);
      });
    });
  }

  /** The map of a block before its norm. */
  #map(index: number, z: number, state: number): void {
    const { module, x: input, maps } = this.#place;
    const excited = this.#excited(index);
    if (excited) {
      excited.forward({ z, state });
      return;
    }
    const { depthwise, filter, activation = 'relu' } = this.#blocks[index]!;
    const rectify = activation === 'relu';
    const x = maps[index - 1]?.z ?? input;
    const { mean, gain, offset } = maps[index - 1] ?? NONE;
    const last = filter && module.address(filter);
    if (depthwise) {
      const block = this.#plan(index);
      const first = module.address(depthwise);
      module.functions.blockForward({
        block,
        x,
        mean,
        gain,
        offset,
        rectify,
        swish: activation === 'swish',
        depthwise: first,
        pointwise: last,
        z,
        state,
      });
      return;
    }
    const [n, h, w, inputs] = this.#input(index);
    const [k, , , outputs] = filter!.shape;
    module.functions.denseForward({
      x,
      n,
      h,
      w,
      inputs,
      mean,
      gain,
      offset,
      rectify,
      filter: last!,
      k,
      outputs,
      z,
      state,
    });
  }

  /** The gradients of a block's input and of its filters, if these are given. */
  #gradients(
    index: number,
    { dy, a, b, d, dx, accumulate, sums }: BlockGradient,
    own: readonly number[],
  ): void {
    const { module, x: input, maps } = this.#place;
    const { depthwise, filter, activation = 'relu' } = this.#blocks[index]!;
    const rectify = activation === 'relu';
    const { z, mean: zMean } = maps[index]!;
    const excited = this.#excited(index);
    if (excited) {
      excited.backward({ dy, z, zMean, a, b, d, dx, sums }, own);
      return;
    }
    const x = maps[index - 1]?.z ?? input;
    const { mean, gain, offset } = maps[index - 1] ?? NONE;
    const last = filter && module.address(filter);
    if (depthwise) {
      module.functions.blockBackward({
        block: this.#plan(index),
        dy,
        z,
        zMean,
        a,
        b,
        d,
        x,
        mean,
        gain,
        offset,
        rectify,
        swish: activation === 'swish',
        depthwise: module.address(depthwise),
        pointwise: last,
        dDepthwise: own[0],
        dPointwise: filter && own[1],
        dx,
        accumulate,
        sums,
      });
      return;
    }
    const [n, h, w, inputs] = this.#input(index);
    const [k, , , outputs] = filter!.shape;
    module.functions.denseBackward({
      dy,
      z,
      zMean,
      a,
      b,
      d,
      x,
      n,
      h,
      w,
      inputs,
      mean,
      gain,
      offset,
      rectify,
      filter: last!,
      k,
      outputs,
      dFilter: own[0],
      dx,
      accumulate,
      sums,
    });
  }

  /** The block, if it is a pointwise convolution that Swish or squeeze-and-excitation comes before. */
  #excited(index: number): ExcitedBody | undefined {
    const { module, maps } = this.#place;
    const block = this.#blocks[index]!;
    const isOne = !block.depthwise && (block.excitation || block.activation === 'swish');
    return isOne ? new ExcitedBody(module, block, maps[index - 1]!, maps[index]!.excited) : undefined;
  }

  #input(index: number) {
    return this.#place.maps[index - 1]?.shape ?? this.#place.input;
  }

  /** Sizes of a depthwise convolution, and of the pointwise one behind it if there is one; windows keep the size of a map, but for the stride. */
  #plan(index: number): number {
    const { module } = this.#place;
    const { depthwise, filter, stride, dilation = 1 } = this.#blocks[index]!;
    const [images, height, width, channels] = this.#input(index);
    const [kernelHeight, kernelWidth] = depthwise!.shape;
    planBlock(module, module.desk, {
      images,
      height,
      width,
      channels,
      outputs: filter?.shape[3] ?? 0,
      kernelHeight,
      kernelWidth,
      strideHeight: stride,
      strideWidth: stride,
      dilation,
      padHeight: (dilation * (kernelHeight - 1)) / 2,
      padWidth: (dilation * (kernelWidth - 1)) / 2,
    });
    return module.desk;
  }
}
