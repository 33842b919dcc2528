import type { layers } from '@tensorflow/tfjs-layers';
import { type MapShape, numbers } from './work';

/** What a part of a training pass holds in memory, in numbers an image. */
export interface Footprint {
  /** Maps kept until its own way back is done. */
  readonly kept: number;
  /** What its way back needs besides, such as the gradients that it makes. */
  readonly back: number;
}

/** A footprint from what is not 0 of it. */
export function footprint(some: Partial<Footprint>): Footprint {
  return { kept: 0, back: 0, ...some };
}

/** Footprints of parts that go their ways back one after the other. */
export function together(parts: readonly Footprint[]): Footprint {
  return {
    kept: parts.reduce((sum, { kept }) => sum + kept, 0),
    back: Math.max(0, ...parts.map(({ back }) => back)),
  };
}

/** The shape of what a layer gives. */
export const after = (layer: layers.Layer, shape: MapShape): MapShape =>
  layer.computeOutputShape(shape) as MapShape;

/** The footprint of a layer that nothing is known about: as much as a convolution and a norm hold. */
export function unknownFootprint(layer: layers.Layer, inputs: readonly MapShape[]): Footprint {
  const shapes = (inputs.length === 1 ? inputs[0] : inputs) as unknown as number[];
  const output = numbers(layer.computeOutputShape(shapes) as number[]);
  return footprint({ kept: output, back: inputs.reduce((sum, input) => sum + numbers(input), output) });
}
