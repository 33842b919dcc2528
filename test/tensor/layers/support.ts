import * as tf from '@tensorflow/tfjs-core';
import {
  initializers,
  input,
  type LayersModel,
  layers,
  loadLayersModel,
  model,
} from '@tensorflow/tfjs-layers';
import {
  BatchNorm,
  builtinCandidates,
  Cell,
  Classifier,
  ConvBN,
  DenseCell,
  DropPath,
  FactorizedReduce,
  gaussianNoise,
  Identity,
  InvertedBottleneck,
  identity,
  MixedOp,
  type Moment,
  NoiseSource,
  NoisyMixedOp,
  NoisyOp,
  noisy,
  Pool,
  ReluConvBN,
  ResidualBlock,
  SeparableBlock,
  SeparableBottleneck,
  SeparableConv,
  SqueezeExcite,
  Stem,
  uniformNoise,
  Zero,
} from '../../../src/layers';
import { AuxiliaryHead, DenseNetworkCell, FeatureDropout, NetworkCell, NormRelu } from '../../../src/network';
import { mobile, nasBench201, temporal } from '../../../src/spaces';
import { createSupernet } from '../../../src/supernet';
import { tinySpace } from '../search/support';

/** Of maps [N, H, W, C] or signals [N, T, C]. */
export type Shape = readonly number[];

/** One layer to test in every respect. */
export interface LayerCase {
  readonly what: string;
  readonly create: (seed: number) => layers.Layer;
  readonly shapes: readonly Shape[];
  /** Whether differences can tell its gradient: one flows to the input, and the weights are not too many. Default true. */
  readonly differentiable?: boolean;
}

// Noise of an absolute scale, so that differences of the output see what the gradient sees.
const noise = gaussianNoise({ std: 0.3, relative: false });

/** Weights of stock layers, which draw others every time where they are given no seed. */
const drawn = () => initializers.glorotUniform({ seed: 3 });

const odd: Shape = [3, 5, 7, 3];
const even: Shape = [3, 8, 6, 4];
const signal: Shape = [3, 7, 4];

const single: readonly LayerCase[] = [
  { what: 'BatchNorm', create: () => new BatchNorm(), shapes: [odd] },
  {
    what: 'BatchNorm without scale and offset',
    create: () => new BatchNorm({ affine: false }),
    shapes: [odd],
  },
  { what: 'Classifier', create: (seed) => new Classifier({ seed, classes: 5 }), shapes: [odd] },
  { what: 'DropPath', create: (seed) => new DropPath({ seed, rate: 0.3 }), shapes: [[6, 2, 3, 2]] },
  {
    what: 'FactorizedReduce',
    create: (seed) => new FactorizedReduce({ seed, filters: 6 }),
    shapes: [odd],
  },
  { what: 'Identity', create: () => new Identity(), shapes: [odd] },
  { what: 'Pool', create: () => new Pool({ kind: 'max', size: 5, stride: 2 }), shapes: [odd] },
  {
    what: 'Pool with a norm',
    create: () => new Pool({ kind: 'avg', normalize: true }),
    shapes: [odd],
  },
  {
    what: 'ReluConvBN',
    create: (seed) => new ReluConvBN({ seed, filters: 5, kernels: [[3, 3]], stride: 2 }),
    shapes: [odd],
  },
  {
    what: 'SeparableBlock',
    create: (seed) => new SeparableBlock({ seed, filters: 5, kernelSize: 3, stride: 2, dilation: 2 }),
    shapes: [odd],
  },
  {
    what: 'SeparableConv',
    create: (seed) => new SeparableConv({ seed, filters: 5, kernelSize: 3, affine: false }),
    shapes: [odd],
  },
  { what: 'Stem', create: (seed) => new Stem({ seed, filters: 5 }), shapes: [odd] },
  { what: 'Zero', create: () => new Zero({ stride: 2 }), shapes: [odd], differentiable: false },
  {
    what: 'NoisyOp around a tf layer',
    create: (seed) =>
      new NoisyOp({
        seed,
        layer: layers.dense({ units: 2, name: 'inner', kernelInitializer: drawn() }),
        noise,
      }),
    shapes: [odd],
  },
  {
    what: 'NoisyOp, multiplied',
    create: (seed) =>
      new NoisyOp({ seed, layer: identity(), noise: uniformNoise({ mixture: 'multiplicative', std: 0.5 }) }),
    shapes: [odd],
  },
  {
    what: 'MixedOp',
    create: (seed) =>
      new MixedOp({
        seed,
        candidates: ['none', 'max_pool_3x3', 'skip_connect', 'sep_conv_3x3', 'dil_conv_5x5'],
        stride: 2,
      }),
    shapes: [even],
  },
  {
    what: "MixedOp of the user's own layers",
    create: (seed) =>
      new MixedOp({
        seed,
        candidates: {
          dense: layers.dense({ units: 4, name: 'own_dense', kernelInitializer: drawn() }),
          skip: noisy(identity(), noise),
          tanh: layers.activation({ activation: 'tanh', name: 'own_tanh' }),
        },
      }),
    shapes: [even],
  },
  {
    what: 'MixedOp of partial channels',
    create: (seed) =>
      new MixedOp({ seed, candidates: ['skip_connect', 'sep_conv_3x3'], stride: 2, channelShare: 2 }),
    shapes: [even],
  },
  {
    what: 'NoisyMixedOp',
    create: (seed) =>
      new NoisyMixedOp({
        seed,
        candidates: ['skip_connect', 'avg_pool_3x3', 'dil_conv_3x3'],
        noise: { skip_connect: noise, dil_conv_3x3: uniformNoise({ std: 0.1, relative: false }) },
        skipDropPath: 0.3,
      }),
    shapes: [even],
  },
];

/** Whether an operation is one of signals, by its name. */
const isOfSignals = (primitive: string) => /_\d$/.test(primitive);

const candidates: readonly LayerCase[] = builtinCandidates.flatMap(({ primitive, create }) =>
  (isOfSignals(primitive)
    ? ([
        [1, signal],
        [2, signal],
      ] as const)
    : ([
        [1, [3, 5, 7, 4]],
        [2, even],
      ] as const)
  ).map(([stride, shape]) => ({
    what: `${primitive} of stride ${stride}`,
    create: (seed: number) =>
      create({ name: primitive, seed, filters: 4, stride, affine: stride === 1, mixed: stride === 2 }),
    shapes: [shape],
    differentiable: primitive !== 'none' && primitive !== 'noise',
  })),
);

const cell = {
  filters: 2,
  nodes: 2,
  candidates: Array.from({ length: 5 }, () => ['skip_connect', 'sep_conv_3x3']),
};

const cells: readonly LayerCase[] = [
  {
    what: 'Cell',
    create: (seed) =>
      new Cell({ ...cell, seed, noise: [{ skip_connect: noise }, null, { skip_connect: noise }] }),
    shapes: [
      [2, 4, 5, 3],
      [2, 4, 5, 4],
    ],
  },
  {
    what: 'reduction Cell after a reduction Cell',
    create: (seed) => new Cell({ ...cell, seed, reduction: true, reductionPrev: true, multiplier: 1 }),
    shapes: [
      [2, 7, 8, 3],
      [2, 4, 4, 4],
    ],
  },
];

const denseCells: readonly LayerCase[] = [
  {
    what: 'DenseCell',
    create: (seed) =>
      new DenseCell({
        seed,
        filters: 3,
        nodes: 2,
        candidates: ['none', 'skip_connect', 'nor_conv_3x3', 'avg_pool_3x3'],
        noise: [{ skip_connect: noise }],
      }),
    shapes: [[2, 4, 5, 3]],
  },
  {
    what: 'ResidualBlock',
    create: (seed) => new ResidualBlock({ seed, filters: 5 }),
    shapes: [odd],
  },
  {
    what: 'ResidualBlock of stride 1',
    create: (seed) => new ResidualBlock({ seed, filters: 5, stride: 1 }),
    shapes: [odd],
  },
];

const mobiles: readonly LayerCase[] = [
  {
    what: 'ConvBN',
    create: (seed) => new ConvBN({ seed, filters: 5, stride: 2, activation: 'swish' }),
    shapes: [odd],
  },
  {
    what: 'ConvBN, depthwise without a norm',
    create: (seed) => new ConvBN({ seed, kernelSize: 2, pad: 0, depthwise: true, normalize: false }),
    shapes: [odd],
  },
  {
    what: 'InvertedBottleneck',
    create: (seed) =>
      new InvertedBottleneck({ seed, filters: 3, expansion: 2, squeezeRatio: 0.5, activation: 'swish' }),
    shapes: [odd],
  },
  { what: 'NoiseSource', create: (seed) => new NoiseSource({ seed }), shapes: [odd], differentiable: false },
  {
    what: 'SeparableBottleneck',
    create: (seed) => new SeparableBottleneck({ seed, filters: 5, stride: 2 }),
    shapes: [odd],
  },
  {
    what: 'SqueezeExcite',
    create: (seed) => new SqueezeExcite({ seed, reduced: 2 }),
    shapes: [odd],
  },
];

const networks: readonly LayerCase[] = [
  {
    what: 'AuxiliaryHead',
    create: (seed) => new AuxiliaryHead({ seed, classes: 3, stride: 2 }),
    shapes: [[2, 7, 8, 3]],
    differentiable: false,
  },
  {
    what: 'DenseNetworkCell',
    create: (seed) =>
      new DenseNetworkCell({
        seed,
        filters: 3,
        edges: [
          [['none', 0]],
          [
            ['skip_connect', 0],
            ['nor_conv_1x1', 1],
          ],
          [
            ['skip_connect', 0],
            ['none', 1],
            ['avg_pool_3x3', 2],
          ],
        ],
      }),
    shapes: [[2, 4, 5, 3]],
  },
  { what: 'NormRelu', create: () => new NormRelu(), shapes: [odd] },
  {
    what: 'FeatureDropout',
    create: (seed) => new FeatureDropout({ seed, rate: 0.3 }),
    shapes: [[6, 2, 3, 4]],
  },
  {
    what: 'NetworkCell',
    create: (seed) =>
      new NetworkCell({
        seed,
        filters: 2,
        edges: [
          ['skip_connect', 0],
          ['sep_conv_3x3', 1],
        ],
        concat: [2],
        dropPath: 0.3,
      }),
    shapes: [
      [2, 4, 5, 3],
      [2, 4, 5, 4],
    ],
  },
];

/** Layers that do something else on signals than on maps. */
const ofSignals: readonly LayerCase[] = [
  { what: 'Stem', create: (seed) => new Stem({ seed, filters: 5 }), shapes: [signal] },
  {
    what: 'FactorizedReduce',
    create: (seed) => new FactorizedReduce({ seed, filters: 6 }),
    shapes: [signal],
  },
  { what: 'ResidualBlock', create: (seed) => new ResidualBlock({ seed, filters: 5 }), shapes: [signal] },
  {
    what: 'ReluConvBN',
    create: (seed) => new ReluConvBN({ seed, filters: 5, kernels: [[3, 3]], stride: 2 }),
    shapes: [signal],
  },
  {
    what: 'InvertedBottleneck',
    create: (seed) => new InvertedBottleneck({ seed, filters: 4, kernelSize: 5, squeezeRatio: 0.5 }),
    shapes: [signal],
  },
  {
    what: 'AuxiliaryHead',
    create: (seed) => new AuxiliaryHead({ seed, classes: 3, stride: 2 }),
    shapes: [[2, 8, 3]],
    differentiable: false,
  },
  { what: 'FeatureDropout', create: (seed) => new FeatureDropout({ seed }), shapes: [[6, 3, 4]] },
  {
    what: 'NoisyMixedOp',
    create: (seed) =>
      new NoisyMixedOp({
        seed,
        candidates: ['none', 'skip_connect', 'max_pool_3', 'avg_pool_3', 'sep_conv_9', 'dil_conv_5'],
        noise,
        stride: 2,
        skipDropPath: 0.3,
      }),
    shapes: [signal],
  },
  {
    what: 'MixedOp of partial channels',
    create: (seed) =>
      new MixedOp({ seed, candidates: ['skip_connect', 'sep_conv_3'], stride: 2, channelShare: 2 }),
    shapes: [[3, 6, 4]],
  },
  {
    what: "MixedOp of the user's own layers",
    create: (seed) =>
      new MixedOp({
        seed,
        candidates: {
          dense: layers.dense({ units: 4, name: 'own_dense', kernelInitializer: drawn() }),
          skip: noisy(identity(), noise),
        },
      }),
    shapes: [signal],
  },
  {
    what: 'NetworkCell',
    create: (seed) =>
      new NetworkCell({
        seed,
        filters: 2,
        edges: [
          ['skip_connect', 0],
          ['sep_conv_5', 1],
        ],
        concat: [2],
        reduction: true,
        reductionPrev: true,
      }),
    shapes: [
      [2, 7, 3],
      [2, 4, 4],
    ],
  },
  {
    what: 'DartsSupernet',
    create: (seed) =>
      createSupernet({
        classes: 3,
        noise,
        seed,
        space: { ...tinySpace, primitives: ['skip_connect', 'sep_conv_3'] },
        channels: 2,
        cells: 2,
      }),
    shapes: [[3, 7, 2]],
  },
  {
    what: 'MobileSupernet',
    create: (seed) =>
      createSupernet({
        classes: 3,
        noise,
        seed,
        space: temporal({ stem: 2, first: 2, layers: [{ filters: 2, stride: 1 }], features: 4 }),
      }),
    shapes: [[3, 7, 2]],
  },
];

const onSignals = ofSignals.map((one) => ({ ...one, what: `${one.what} on signals` }));

const common = { classes: 3, noise } as const;

const supernets: readonly LayerCase[] = [
  {
    what: 'DartsSupernet',
    create: (seed) => createSupernet({ ...common, seed, space: tinySpace, channels: 2, cells: 2 }),
    shapes: [[2, 6, 6, 2]],
  },
  {
    what: 'NasBench201Supernet',
    create: (seed) => createSupernet({ ...common, seed, space: nasBench201(), channels: 2, cells: 1 }),
    shapes: [[8, 8, 8, 2]],
  },
  {
    what: 'MobileSupernet',
    create: (seed) =>
      createSupernet({
        ...common,
        seed,
        space: mobile({ stem: 2, first: 2, layers: [{ filters: 2, stride: 1 }], features: 4 }),
      }),
    shapes: [[2, 6, 6, 2]],
  },
];

/** Every layer class that is exported, the candidates at both strides. */
export const layerCases: readonly LayerCase[] = [
  ...single,
  ...candidates,
  ...cells,
  ...denseCells,
  ...mobiles,
  ...networks,
  ...supernets,
  ...onSignals,
];

export const moment: Moment = { epoch: 0, step: 3, pass: 0 };

/** Applies a layer to one tensor or several. */
export function applied(layer: layers.Layer, xs: readonly tf.Tensor[], options: object = {}): tf.Tensor {
  return layer.apply(xs.length === 1 ? xs[0]! : [...xs], { ...options }) as tf.Tensor;
}

/** A model of one layer. */
export function modelOf(layer: layers.Layer, shapes: readonly Shape[]): LayersModel {
  const inputs = shapes.map((shape) => input({ shape: shape.slice(1) }));
  const outputs = layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as ReturnType<typeof input>;
  return model({ inputs, outputs });
}

/** Saves a model and loads it again, its topology having been JSON text in between. */
export async function reloaded(saved: LayersModel): Promise<LayersModel> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await saved.save(
    tf.io.withSaveHandler(async (received) => {
      artifacts = received;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const { modelTopology, weightSpecs, weightData } = artifacts!;
  return loadLayersModel(
    tf.io.fromMemory({
      modelTopology: JSON.parse(JSON.stringify(modelTopology)),
      weightSpecs: weightSpecs!,
      weightData: weightData!,
    }),
  );
}

/** Values of a layer's weights, in order. */
export const valuesOf = (layer: layers.Layer | LayersModel): number[][] =>
  layer.weights.map((weight) => [...(weight.read() as tf.Tensor).dataSync()]);
