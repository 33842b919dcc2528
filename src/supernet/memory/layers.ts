import type { layers } from '@tensorflow/tfjs-layers';
import {
  BatchNorm,
  Classifier,
  ConvBN,
  FactorizedReduce,
  InvertedBottleneck,
  type MapShape,
  Pool,
  ReluConvBN,
  ResidualBlock,
  SeparableBottleneck,
  SqueezeExcite,
  Stem,
} from '../../layers';
import { type Footprint, footprint, together } from './footprint';

/** Numbers in the map of one image. */
export const numbers = ([, height, width, channels]: MapShape): number => height! * width! * channels;

/** The shape of what a layer gives. */
export const after = (layer: layers.Layer, shape: MapShape): MapShape =>
  layer.computeOutputShape(shape) as MapShape;

type FootprintOf<L> = (layer: L, input: MapShape) => Footprint;
type LayerClass<L> = abstract new (...args: never[]) => L;

const known = new Map<unknown, FootprintOf<never>>();

function define<L extends layers.Layer>(layerClass: LayerClass<L>, of: FootprintOf<L>): void {
  known.set(layerClass, of as FootprintOf<never>);
}

/**
 * What a layer holds where no kernel of its edge computes it, without its output, which counts for what comes next, but
 * with the gradient of its input.
 */
export function layerFootprint(layer: layers.Layer, input: MapShape): Footprint {
  const of = known.get(layer.constructor) as FootprintOf<layers.Layer> | undefined;
  if (of) return of(layer, input);
  // A layer this library knows nothing about: as much as a convolution and a norm.
  const output = numbers(after(layer, input));
  return footprint({ kept: output, back: output + numbers(input) });
}

/** Layers one after the other, each of which keeps what the one before gives. */
export function chainFootprint(chain: readonly layers.Layer[], input: MapShape): Footprint {
  let shape = input;
  return together(
    chain.flatMap((layer, i) => {
      const own = layerFootprint(layer, shape);
      shape = after(layer, shape);
      return i + 1 < chain.length ? [own, footprint({ kept: numbers(shape) })] : [own];
    }),
  );
}

define(Stem, (layer, input) => {
  const output = numbers(after(layer, input));
  // Nobody asks for the gradient of the image.
  return footprint({ kept: numbers(input) + output, back: output });
});

define(Classifier, (_, input) => footprint({ back: numbers(input) }));

define(BatchNorm, (_, input) => footprint({ back: numbers(input) }));

define(Pool, (layer, input) => {
  const norm = layer.norm ? numbers(after(layer, input)) : 0;
  return footprint({ kept: norm, back: norm + numbers(input) });
});

define(ReluConvBN, (layer, input) => {
  const output = numbers(after(layer, input));
  const [height, width] = layer.kernels[0]!;
  // The rectified map and its gradient, which a pointwise convolution does without.
  const rectified = height * width > 1 ? numbers(input) : 0;
  const between = (layer.kernels.length - 1) * output;
  return footprint({
    kept: rectified + between + output,
    back: output + between + rectified + numbers(input),
  });
});

define(FactorizedReduce, (layer, input) => {
  const output = numbers(after(layer, input));
  return footprint({ kept: output, back: 2 * output + 2 * numbers(input) });
});

define(ResidualBlock, (layer, input) => {
  const output = numbers(after(layer, input));
  const shrunk = numbers(input) / layer.stride ** 2;
  const [first, second] = layer.children as [layers.Layer, layers.Layer];
  return together([
    chainFootprint([first, second], input),
    // Both sides of the sum, and the way of the shortcut.
    footprint({ kept: 2 * output + shrunk, back: shrunk + numbers(input) }),
  ]);
});

/** Maps beside input and output that an activation keeps, and that its gradient makes. */
const activations = {
  linear: { kept: 0, back: 0 },
  relu: { kept: 1, back: 1 },
  swish: { kept: 2, back: 3 },
} as const;

define(ConvBN, (layer, input) => {
  const output = numbers(after(layer, input));
  const { kept, back } = activations[layer.activation];
  return footprint({ kept: (1 + kept) * output, back: (1 + back) * output + numbers(input) });
});

define(SqueezeExcite, (_, input) => footprint({ back: 2 * numbers(input) }));

define(SeparableBottleneck, ({ depthwise, project }, input) => chainFootprint([depthwise, project], input));

define(InvertedBottleneck, (layer, input) => {
  const sum = layer.residual ? numbers(input) : 0;
  return together([chainFootprint(layer.stages, input), footprint({ kept: sum })]);
});
