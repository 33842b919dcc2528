import * as tf from '@tensorflow/tfjs-core';
import { input, LayersModel, layers, type SymbolicTensor, model as tfModel } from '@tensorflow/tfjs-layers';
import { typeError } from '../../errors';
import {
  type BatchNorm,
  type ConvBN,
  type FactorizedReduce,
  MixedOp,
  type NoisyDartsLayer,
  NoisyOp,
  type ReluConvBN,
  type ResidualBlock,
} from '../../layers';
import { layersWithin } from '../../layers/noisy-darts-layer';
import { layerClasses } from '../../layers/register';
import type { DenseNetworkCell } from '../nas-bench-201/dense-network-cell';
import type { NetworkCell } from '../network-cell';
import { rebuild, sharedLayers } from '../rebuild';
import { networkLayerClasses } from '../register';
import { dilate, fold, ownWeight } from './fold';
import { ownForm } from './own';
import { isOnSignals, ofSignals } from './signals';
import * as stock from './stock';

type Inputs = readonly SymbolicTensor[];

/** The layers that a network may hold. */
const classes = { ...layerClasses, ...networkLayerClasses };
type Classes = typeof classes;

/** How a class is written in stock layers; null for what only a search or its training needs. */
type StandardForm<L> = ((layer: L, name: string, inputs: Inputs) => SymbolicTensor) | null;

const through: StandardForm<layers.Layer> = (_, __, [x]) => x!;

const chain = (layer: NoisyDartsLayer, name: string, [x]: Inputs) =>
  layer.children.reduce((at, part, i) => rewrite(part, `${name}_${i + 1}`, [at]), x!);

const forms: { readonly [C in keyof Classes]: StandardForm<InstanceType<Classes[C]>> } = {
  AuxiliaryHead: null,
  BatchNorm: (layer, name, [x]) => batchNorm(layer, name, x!),
  Cell: null,
  Classifier: (layer, name, [x]) =>
    stock.classify(name, x!, { kernel: ownWeight(layer, 'kernel'), bias: ownWeight(layer, 'bias') }),
  ConvBN: (layer, name, [x]) => convBN(layer, name, x!),
  DenseCell: null,
  DenseNetworkCell: (layer, name, [x]) => denseCell(layer, name, x!),
  DropPath: through,
  FactorizedReduce: (layer, name, [x]) => factorizedReduce(layer, name, x!),
  FeatureDropout: through,
  Identity: through,
  InvertedBottleneck: ({ stages, residual }, name, [x]) => {
    const y = stages.reduce((at, stage) => rewrite(stage, `${name}_${stage.name}`, [at]), x!);
    return residual ? stock.add(`${name}_add`, x!, y) : y;
  },
  MixedOp: null,
  NetworkCell: cell,
  NoiseSource: null,
  NoisyMixedOp: null,
  NoisyOp: null,
  NormRelu: ({ norm }, name, [x]) => stock.relu(name, batchNorm(norm, name, x!)),
  Pool: (layer, name, [x]) => {
    const y = stock.pool(name, x!, layer);
    return layer.norm ? batchNorm(layer.norm, `${name}_norm`, y) : y;
  },
  ReluConvBN: (layer, name, [x]) => reluConvBN(layer, name, x!),
  ResidualBlock: (layer, name, [x]) => residualBlock(layer, name, x!),
  SeparableBlock: (layer, name, [x]) => {
    const { stride, dilation } = layer;
    const kernel = dilate(ownWeight(layer, 'depthwise_kernel'), dilation);
    const filter = fold(ownWeight(layer, 'pointwise_kernel'), layer.norm);
    const deep = stock.depthwise(
      `${name}_depthwise`,
      stock.relu(name, x!),
      { kernel },
      { stride: [stride, stride] },
    );
    return stock.conv(`${name}_pointwise`, deep, filter);
  },
  SeparableBottleneck: chain,
  SeparableConv: chain,
  SqueezeExcite: (layer, name, [x]) => {
    const filter = (which: string) => {
      const kernel = ownWeight(layer, `${which}_kernel`);
      const [, , inputs, outputs] = kernel.shape as [number, number, number, number];
      return { kernel: tf.reshape(kernel, [inputs, outputs]), bias: ownWeight(layer, `${which}_bias`) };
    };
    return stock.excite(name, x!, filter('reduce'), filter('expand'), layer.activation);
  },
  Stem: (layer, name, [x]) => stock.conv(name, x!, fold(ownWeight(layer, 'kernel'), layer.norm)),
  Zero: ({ stride }, name, [x]) => stock.everyOther(name, x!, stride, 0),
};

/** Stock layers, which stay as they are: those that tfjs makes. */
const stockClasses: ReadonlySet<string> = new Set(Object.keys(layers).map((maker) => maker.toLowerCase()));

const isStock = (layer: layers.Layer) =>
  layersWithin(layer).every((each) => stockClasses.has(each.getClassName().toLowerCase()));

const asArgument = (inputs: Inputs) => (inputs.length === 1 ? inputs[0]! : [...inputs]);

type Outputs = SymbolicTensor | SymbolicTensor[];

/** A stock layer of the same settings and weights, as a function. */
function copied(layer: layers.Layer, name: string): (inputs: Inputs) => Outputs {
  const { fromConfig } = layer.constructor as unknown as {
    fromConfig(cls: unknown, config: object): layers.Layer;
  };
  const copy = fromConfig(layer.constructor, { ...layer.getConfig(), name });
  return (inputs) => {
    const y = copy.apply(asArgument(inputs)) as Outputs;
    copy.setWeights(layer.getWeights());
    return y;
  };
}

/** A model that computes in stock layers what a layer does. */
function modelOf(layer: layers.Layer, name: string, inputs: Inputs): LayersModel {
  if (layer instanceof LayersModel) return standardModel(layer, name, `${name}_`);
  const own = inputs.map(({ shape: batchShape, dtype }) =>
    input({ batchShape, dtype } as Parameters<typeof input>[0]),
  );
  return tfModel({ name, inputs: own, outputs: rewrite(layer, name, own) });
}

/** What stands in a model for a layer, as a function that may be called more than once. */
function part(layer: layers.Layer, name: string, inputs: Inputs): (inputs: Inputs) => Outputs {
  if (isStock(layer) && !ownForm(layer)) return copied(layer, name);
  const model = modelOf(layer, name, inputs);
  return (given) => model.apply(asArgument(given)) as Outputs;
}

/**
 * A model in stock layers. What is used several times stays shared.
 *
 * @param path - What the names of its layers begin with: models inside others may have layers of the same names.
 */
export function standardModel(source: LayersModel, name: string, path = ''): LayersModel {
  const shared = sharedLayers(source);
  const parts = new Map<layers.Layer, Map<string, (inputs: Inputs) => Outputs>>();
  return rebuild(source, name, (layer, inputs) => {
    const own = `${path}${layer.name}`;
    if (!shared.has(layer) && !(layer instanceof LayersModel)) return rewrite(layer, own, inputs);
    const made = parts.get(layer) ?? new Map<string, (inputs: Inputs) => Outputs>();
    parts.set(layer, made);
    // A part in other layers goes by the shapes that it was written for.
    const key = isStock(layer) ? '' : JSON.stringify(inputs.map(({ shape }) => shape));
    const again = made.get(key) ?? part(layer, made.size === 0 ? own : `${own}_${made.size}`, inputs);
    made.set(key, again);
    return again(inputs);
  });
}

/** The layer inside a wrapper once for every step of time. */
function timeDistributed(layer: layers.Layer, name: string, [x]: Inputs): SymbolicTensor {
  const inner = innerOf(layer);
  const [batch, , ...rest] = x!.shape;
  const step = input({ batchShape: [batch!, ...rest] });
  const wrapper = layers.timeDistributed({ name, layer: modelOf(inner, `${name}_${inner.name}`, [step]) });
  return wrapper.apply(x!) as SymbolicTensor;
}

const formOf = (layer: layers.Layer): StandardForm<layers.Layer> | undefined => {
  const found = Object.entries(classes).find(([, layerClass]) => layer instanceof layerClass)?.[0];
  return found ? (forms[found as keyof Classes] as StandardForm<layers.Layer>) : undefined;
};

const innerOf = (wrapper: layers.Layer) => (wrapper as unknown as { readonly layer: layers.Layer }).layer;

/** Refuses a layer that cannot be written, or holds one, before anything is made. */
export function requireForms(layer: layers.Layer): void {
  if (ownForm(layer) || layer.getClassName() === 'InputLayer' || isStock(layer)) return;
  if (formOf(layer)) (layer as NoisyDartsLayer).children.forEach(requireForms);
  else if (layer instanceof LayersModel) layer.layers.forEach(requireForms);
  else if (layer.getClassName() === 'TimeDistributed') requireForms(innerOf(layer));
  else refused(layer);
}

/** Writes a layer in stock layers; `name` is the path to it. */
export function rewrite(layer: layers.Layer, name: string, inputs: Inputs): SymbolicTensor {
  const own = ownForm(layer);
  if (own) return own(layer, { name, inputs, write: rewrite });
  const form = formOf(layer);
  if (form) return ofSignals(name, inputs, (maps) => form(layer, name, maps));
  if (layer instanceof LayersModel || isStock(layer))
    return part(layer, name, inputs)(inputs) as SymbolicTensor;
  return layer.getClassName() === 'TimeDistributed' ? timeDistributed(layer, name, inputs) : refused(layer);
}

function refused(layer: layers.Layer): never {
  throw typeError(
    'toStandardLayers',
    'nothing is known about how to write this layer in stock layers',
    layer.getClassName(),
    layer instanceof MixedOp || layer instanceof NoisyOp
      ? 'pass what deriveModel() makes of the model'
      : 'pass a network from createNetwork() or createMobileNetwork(), or tell with defineStandard()',
  );
}

function cell(layer: NetworkCell, name: string, [s0, s1 = s0]: Inputs): SymbolicTensor {
  const states = [
    rewrite(layer.preprocess0, `${name}_preprocess0`, [s0!]),
    rewrite(layer.preprocess1, `${name}_preprocess1`, [s1!]),
  ];
  const along = (edge: number) =>
    rewrite(layer.ops[edge]!, `${name}_op_${edge}`, [states[layer.edges[edge]![1]]!]);
  for (let node = 0; node < layer.edges.length / 2; node++) {
    states.push(stock.add(`${name}_node_${node}`, along(2 * node), along(2 * node + 1)));
  }
  return stock.concatenate(
    `${name}_concat`,
    layer.concat.map((state) => states[state]!),
  );
}

/** From the output backwards, as what leads nowhere would be in no model. */
function denseCell({ sums }: DenseNetworkCell, name: string, x: SymbolicTensor): SymbolicTensor {
  const states = new Map([[0, x]]);
  const stateOf = (index: number): SymbolicTensor => {
    const known = states.get(index);
    if (known) return known;
    const state = sums[index - 1]!.map(([op, from]) =>
      rewrite(op, `${name}_${op.name}`, [stateOf(from)]),
    ).reduce((sum, y, i) => stock.add(`${name}_node_${index}_${i}`, sum, y));
    states.set(index, state);
    return state;
  };
  return stateOf(sums.length);
}

/** A mean over pixels and the pointwise convolution behind it are one convolution with the same filter for each pixel. */
function residualBlock(layer: ResidualBlock, name: string, x: SymbolicTensor): SymbolicTensor {
  const { stride } = layer;
  const window = { stride: [stride, isOnSignals(layer) ? 1 : stride], pad: [0, 0] } as const;
  const [height, width] = window.stride;
  const kernel = tf.tile(tf.div(ownWeight(layer, 'shortcut'), height * width), [height, width, 1, 1]);
  const [below, beside] = window.stride.map((side, axis) => (side - (x.shape[axis + 1]! % side)) % side);
  const shortcut = stock.conv(
    `${name}_shortcut`,
    stock.evenSides(name, x, below!, beside!),
    { kernel },
    window,
  );
  return stock.add(`${name}_add`, chain(layer, name, [x]), shortcut);
}

/** A norm without a convolution before it to fold it into. */
function batchNorm(norm: BatchNorm, name: string, x: SymbolicTensor): SymbolicTensor {
  const { kernel, bias } = fold(tf.ones([1, 1, 1, x.shape[3]!]), norm);
  return stock.depthwise(name, x, { kernel: tf.transpose(kernel, [0, 1, 3, 2]), ...(bias && { bias }) });
}

function reluConvBN(layer: ReluConvBN, name: string, x: SymbolicTensor): SymbolicTensor {
  const { kernels, stride, norm } = layer;
  const along = (side: number, other: number) => (side >= other ? stride : 1);
  return kernels.reduce(
    (at, _, i) => {
      const last = i === kernels.length - 1;
      const single = kernels.length === 1;
      const kernel = ownWeight(layer, single ? 'kernel' : `kernel_${i + 1}`);
      const [height, width] = kernel.shape as [number, number];
      return stock.conv(single ? name : `${name}_${i + 1}`, at, fold(kernel, last ? norm : undefined), {
        stride: [along(height, width), along(width, height)],
      });
    },
    stock.relu(name, x),
  );
}

/**
 * Both halves as one 2x2 convolution: the even half reads its upper left tap, the odd half its lower right one. On signals it
 * is 2x1.
 */
function factorizedReduce(layer: FactorizedReduce, name: string, x: SymbolicTensor): SymbolicTensor {
  const [even, odd] = [ownWeight(layer, 'kernel_even'), ownWeight(layer, 'kernel_odd')];
  const [, height, width] = x.shape as [null, number, number];
  const beside = isOnSignals(layer) ? 0 : 1;
  const at = (kernel: tf.Tensor, tap: number) =>
    tf.pad(kernel, [
      [tap, 1 - tap],
      [tap * beside, (1 - tap) * beside],
      [0, 0],
      [0, 0],
    ]);
  const filter = fold(tf.concat([at(even, 0), at(odd, 1)], 3), layer.norm);
  const whole = stock.evenSides(name, stock.relu(name, x), height % 2, (width % 2) * beside);
  return stock.conv(name, whole, filter, {
    stride: [2, 1 + beside],
    pad: [0, 0],
  });
}

function convBN(layer: ConvBN, name: string, x: SymbolicTensor): SymbolicTensor {
  const { stride, padding, activation, norm } = layer;
  const window = { stride: [stride, stride], pad: padding, activation } as const;
  if (!layer.depthwise) return stock.conv(name, x, fold(layer.filter(), norm), window);
  // The norm's factors belong to the channels, which are the third axis of a depthwise filter.
  const { kernel, bias } = fold(tf.transpose(layer.filter(), [0, 1, 3, 2]), norm);
  const filter = { kernel: tf.transpose(kernel, [0, 1, 3, 2]), ...(bias && { bias }) };
  return stock.depthwise(name, x, filter, window);
}
