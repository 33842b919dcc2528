import type { layers } from '@tensorflow/tfjs-layers';
import { rangeError } from '../../errors';
import {
  BatchNorm,
  Cell,
  Classifier,
  ConvBN,
  DenseCell,
  DropPath,
  FactorizedReduce,
  Identity,
  InvertedBottleneck,
  type MapShape,
  MixedOp,
  NoiseSource,
  NoisyMixedOp,
  NoisyOp,
  Pool,
  ReluConvBN,
  ResidualBlock,
  SeparableBlock,
  SeparableBottleneck,
  SeparableConv,
  SqueezeExcite,
  Stem,
  Zero,
} from '../../layers';
import { DartsSupernet, MobileSupernet, NasBench201Supernet } from '../../supernet';
import { AuxiliaryHead } from '../auxiliary-head';
import { FeatureDropout } from '../feature-dropout';
import { NetworkCell } from '../network-cell';
import type { Work } from './cost';

/** Shapes of a layer's input and output, without unknowns beyond the batch. */
export interface LayerShapes {
  readonly input: MapShape;
  readonly output: readonly (number | null)[];
}

type WorkOf = (layer: layers.Layer, shapes: LayerShapes) => Work;
type LayerClass<L> = abstract new (...args: never[]) => L;

const known = new Map<unknown, WorkOf>();

/**
 * Tells {@link countCost} what a layer class computes by itself, without the layers inside it.
 *
 * @param layerClass - The class; classes derived from it are not covered.
 * @param work - Gives the work for one image, from the layer and its shapes; a layer that only moves or activates values
 * does none, `{}`.
 */
export function defineWork<L extends layers.Layer>(
  layerClass: LayerClass<L>,
  work: (layer: L, shapes: LayerShapes) => Work,
): void {
  known.set(layerClass, work as WorkOf);
}

/** What a layer computes by itself. @throws RangeError for a class that nothing is known about. */
export function workOf(layer: layers.Layer, shapes: LayerShapes): Work {
  const work = known.get(layer.constructor);
  if (!work) {
    throw rangeError(
      'countCost',
      'nothing is known about what this layer computes',
      layer.getClassName(),
      'tell with defineWork()',
    );
  }
  return work(layer, shapes);
}

/** Number of values an image, without the batch axis. */
const volume = ([, ...sides]: readonly (number | null)[]) =>
  sides.reduce<number>((all, side) => all * side!, 1);

const pixels = ([, height, width]: readonly (number | null)[]) => height! * width!;

for (const composite of [
  AuxiliaryHead,
  Cell,
  DartsSupernet,
  DenseCell,
  DropPath,
  FeatureDropout,
  Identity,
  InvertedBottleneck,
  MixedOp,
  MobileSupernet,
  NasBench201Supernet,
  NetworkCell,
  NoiseSource,
  NoisyMixedOp,
  NoisyOp,
  SeparableBottleneck,
  SeparableConv,
  Zero,
] as readonly LayerClass<layers.Layer>[]) {
  defineWork(composite, () => ({}));
}

defineWork(BatchNorm, (_, { output }) => ({ batchNorm: volume(output) }));

defineWork(Stem, ({ filters }, { input, output }) => ({
  convolution: 9 * input[3] * filters * pixels(output),
}));

defineWork(ConvBN, ({ kernelSize, depthwise }, { input, output }) => ({
  convolution: kernelSize ** 2 * (depthwise ? 1 : input[3]) * volume(output),
}));

defineWork(ReluConvBN, ({ kernels, stride, filters }, { input }) => {
  let [, height, width, channels] = input as [null, number, number, number];
  let convolution = 0;
  for (const [kernelHeight, kernelWidth] of kernels) {
    if (kernelHeight >= kernelWidth) height = Math.ceil(height / stride);
    if (kernelWidth >= kernelHeight) width = Math.ceil(width / stride);
    convolution += kernelHeight * kernelWidth * channels * filters * height * width;
    channels = filters;
  }
  return { convolution };
});

defineWork(SeparableBlock, ({ kernelSize, filters }, { input, output }) => ({
  convolution: (kernelSize ** 2 * input[3] + input[3] * filters) * pixels(output),
}));

defineWork(ResidualBlock, ({ filters, stride }, { input, output }) => ({
  convolution: input[3] * volume(output),
  ...(stride > 1 ? { averagePool: { window: stride, outputs: (volume(output) / filters) * input[3] } } : {}),
}));

defineWork(FactorizedReduce, (_, { input, output }) => ({ convolution: input[3] * volume(output) }));

defineWork(Pool, ({ kind, size }, { output }) =>
  kind === 'avg' ? { averagePool: { window: size, outputs: volume(output) } } : {},
);

defineWork(Classifier, ({ classes }, { input }) => ({
  linear: input[3] * classes,
  globalPool: { pixels: pixels(input), outputs: input[3] },
}));

defineWork(SqueezeExcite, ({ reduced }, { input }) => ({
  convolution: 2 * input[3] * reduced,
  convolutionBias: reduced + input[3],
  globalPool: { pixels: pixels(input), outputs: input[3] },
}));
