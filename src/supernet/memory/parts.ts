import * as tf from '@tensorflow/tfjs-core';
import { DenseCell, type MapShape } from '../../layers';
import { START } from '../../layers/call-options';
import { after, type Footprint, footprint } from '../../layers/footprint';
import { numbers } from '../../layers/work';
import type { SearchSpace } from '../../spaces';
import { strategyOf } from '../../strategies/strategy';
import type { DartsSupernet } from '../darts';
import type { MobileSupernet } from '../mobile';
import type { NasBench201Supernet } from '../nas-bench-201';
import type { Supernet } from '../supernet';
import { cellFootprints, denseCellFootprints } from './cell';
import { type EdgeMemory, edgeFootprint, layerParts } from './edge';
import { runTwice } from './peak';

interface Supernets {
  readonly darts: DartsSupernet;
  readonly 'nas-bench-201': NasBench201Supernet;
  readonly mobile: MobileSupernet;
}

/** The parts of a cell, or the cell as a whole if the supernet recomputes. */
function cellParts(
  { recompute }: Pick<Supernet, 'recompute'>,
  parts: readonly Footprint[],
  inputs: readonly MapShape[],
  output: MapShape,
): readonly Footprint[] {
  return recompute ? [runTwice(parts, numbers(output), inputs.map(numbers))] : parts;
}

const partsByKind: {
  readonly [K in SearchSpace['kind']]: (
    supernet: Supernets[K],
    image: MapShape,
    pass: EdgeMemory,
  ) => readonly Footprint[];
} = {
  darts(supernet, image, pass) {
    const { stem, cells, classifier } = supernet;
    let s0 = after(stem, image);
    let s1 = s0;
    const parts = layerParts(stem, image);
    for (const cell of cells) {
      const inputs = [s0, s1] as const;
      const output = cell.computeOutputShape(inputs);
      parts.push(...cellParts(supernet, cellFootprints(cell, inputs, pass), inputs, output));
      [s0, s1] = [s1, output];
    }
    return [...parts, classifier.footprint(s1)];
  },
  'nas-bench-201'(supernet, image, pass) {
    const { stem, blocks, norm, classifier } = supernet;
    let shape = after(stem, image);
    const parts = layerParts(stem, image);
    for (const block of blocks) {
      const output = after(block, shape);
      parts.push(
        ...(block instanceof DenseCell
          ? cellParts(supernet, denseCellFootprints(block, shape, pass), [shape], output)
          : layerParts(block, shape)),
      );
      shape = output;
    }
    // Behind the norm, before and after the ReLU.
    const head = footprint({ kept: 2 * numbers(shape), back: numbers(shape) });
    return [...parts, norm.footprint(shape), head, classifier.footprint(shape)];
  },
  mobile(supernet, image, pass) {
    const { stem, first, layers, head, classifier } = supernet;
    let shape = after(stem, image);
    const parts = [...layerParts(stem, image), ...layerParts(first, shape)];
    shape = after(first, shape);
    for (const layer of layers) {
      const output = after(layer, shape);
      const inside = [edgeFootprint(layer, shape, pass), footprint({ kept: numbers(output) })];
      parts.push(...cellParts(supernet, inside, [shape], output));
      shape = output;
    }
    return [...parts, ...layerParts(head, shape), classifier.footprint(after(head, shape))];
  },
};

/** What the parts of a training pass hold in memory, in order, for images of a shape. */
export function supernetFootprints(supernet: Supernet, image: MapShape): readonly Footprint[] {
  const pass = { ...supernet.edgePass, skipsTwice: weighsSkipsTwice(supernet) };
  return partsByKind[supernet.space.kind](supernet as never, image, pass);
}

/** Whether the strategy gives the skip connection of each edge one more weight. */
function weighsSkipsTwice(supernet: Supernet): boolean {
  const { weights } = strategyOf(supernet.strategy);
  const alphas = Object.entries({ ...supernet.alphas }) as [string, tf.Tensor2D][];
  return tf.tidy(() =>
    alphas.some(([name, alpha]) => {
      const pass = supernet.strategyPass(name, true, START);
      return weights(alpha, pass).shape[1] > alpha.shape[1];
    }),
  );
}
