import type * as tf from '@tensorflow/tfjs-core';
import { LayersModel, type layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { version } from '../../package.json';
import { checkOptions, type OptionKeys, rangeError, requireTensors, typeError } from '../errors';
import { disposeWeights } from '../layers/noisy-darts-layer';
import { toStandardLayers } from '../network';
import { Graph, valueInfo } from './graph';
import { forms, keepSteps } from './layers';
import { measureRanges, type Range } from './ranges';
import { elementType, modelProto } from './schema';
import { nameIn, quantised, stepsOf, type Target, type Value, type Weight } from './writing';

/** Options of {@link writeOnnx}. */
export interface WriteOnnxOptions {
  /**
   * Numbers of the file: `'float32'`; `'float16'`, which halves the file, inputs and outputs stay float32; or `'int8'`, filters
   * of whole numbers with a scale for each output and maps of whole numbers from 0 to 255. Default `'float32'`.
   */
  readonly precision?: 'float32' | 'float16' | 'int8';
  /**
   * For `'int8'`: inputs as the network will see them, [N, ...], one tensor for each input of the model. What the maps take
   * on them is what the whole numbers reach. Some hundred will do.
   */
  readonly calibration?: tf.Tensor | readonly tf.Tensor[];
}

const KEYS = {
  precision: ['float32', 'float16', 'int8'],
  calibration: true,
} satisfies OptionKeys<WriteOnnxOptions>;

const OPSET = 17;
const IR = 8;

/** Says in the file that it is one of this library's, and whole: it stands at the end. */
export const MARK = 'noisydarts';

const isContainer = (layer: layers.Layer): layer is LayersModel => layer instanceof LayersModel;

const isKnown = (layer: layers.Layer): boolean =>
  isContainer(layer)
    ? layer.layers.every(isKnown)
    : layer.getClassName() === 'InputLayer' || layer.getClassName() in forms;

/** All layers, those of models inside included. */
const layersIn = (model: LayersModel): layers.Layer[] =>
  model.layers.flatMap((layer) => (isContainer(layer) ? layersIn(layer) : [layer]));

async function readWeights(model: LayersModel): Promise<Map<layers.Layer, Map<string, Weight>>> {
  const read = new Map<layers.Layer, Map<string, Weight>>();
  for (const layer of layersIn(model)) {
    const own = new Map<string, Weight>();
    for (const weight of layer.weights) {
      const shape = weight.shape as number[];
      own.set(weight.originalName.split('/').at(-1)!, { shape, data: await weight.read().data() });
    }
    read.set(layer, own);
  }
  return read;
}

/** Writes a model's layers, from the outputs back to values that are there. */
function writeGraph(
  target: Target,
  outputs: readonly SymbolicTensor[],
  there: Map<SymbolicTensor, Value>,
): Value[] {
  const written = (tensor: SymbolicTensor): Value => {
    const known = there.get(tensor);
    if (known) return known;
    const inputs = tensor.inputs.map(written);
    const value = writeLayer(target, tensor, inputs);
    there.set(tensor, value);
    return value;
  };
  return outputs.map(written);
}

function writeLayer(target: Target, tensor: SymbolicTensor, inputs: readonly Value[]): Value {
  const layer = tensor.sourceLayer;
  if (isContainer(layer)) {
    const inside = new Map(layer.inputs.map((input, i) => [input, inputs[i]!]));
    return writeGraph(target, layer.outputs, inside)[tensor.outputTensorIndex ?? 0]!;
  }
  const form = forms[layer.getClassName()];
  if (!form)
    throw typeError(
      'writeOnnx',
      'nothing is known about how to write this layer in ONNX',
      layer.getClassName(),
      `write it in others: ${Object.keys(forms).join(', ')}`,
    );
  const shapes = tensor.inputs.map(({ shape }) => shape);
  const use = { target, layer, config: layer.getConfig(), inputs, shapes, outputShape: tensor.shape };
  const { name, order } = form(use);
  const rank = tensor.shape.length;
  const before = inputs[0]!;
  // What does nothing keeps its value.
  if (before.names[order] === name) return before;
  const range = target.ranges.get(tensor);
  if (!range) return { rank, names: { [order]: name } };
  const steps = keepSteps.has(layer.getClassName()) && before.steps ? before.steps : stepsOf(range);
  return { rank, names: { [order]: quantised(target, name, steps) }, steps };
}

/** The ranges of all maps but the outputs, which stay as exact as they come. */
async function calibrated(
  model: LayersModel,
  calibration: WriteOnnxOptions['calibration'],
): Promise<ReadonlyMap<SymbolicTensor, Range>> {
  const inputs = calibration === undefined ? [] : [calibration].flat();
  requireTensors('writeOnnx', 'calibration', inputs);
  const fits =
    inputs.length === model.inputs.length &&
    inputs.every(
      ({ shape: [examples, ...shape] }, i) =>
        examples === inputs[0]!.shape[0] &&
        examples > 0 &&
        shape.length === model.inputs[i]!.shape.length - 1 &&
        shape.every((size, axis) => size === (model.inputs[i]!.shape[axis + 1] ?? size)),
    );
  if (!fits)
    throw rangeError(
      'writeOnnx',
      `precision 'int8' needs examples to calibrate on, ${model.inputs.map(({ shape }) => `[N, ${shape.slice(1)}]`).join(' and ')}`,
      inputs.map(({ shape }) => shape),
      'pass calibration: some hundred inputs as the network will see them',
    );
  const ranges = new Map(await measureRanges(model, inputs as tf.Tensor[]));
  for (const output of model.outputs) ranges.delete(output);
  return ranges;
}

async function writeStandard(model: LayersModel, options: WriteOnnxOptions): Promise<Uint8Array> {
  const { precision = 'float32', calibration } = options;
  const graph = new Graph();
  const half = precision === 'float16';
  const target: Target = {
    graph,
    element: half ? 'float16' : 'float32',
    ranges: precision === 'int8' ? await calibrated(model, calibration) : new Map(),
    weights: await readWeights(model),
    written: new Map(),
  };
  const names = model.inputs.map(({ sourceLayer }) => graph.unique(sourceLayer.name));
  const inputs = model.inputs.map((input, i): [SymbolicTensor, Value] => {
    const name = half
      ? graph.node('Cast', `${names[i]}_half`, [names[i]!], { to: elementType.float16 })
      : names[i]!;
    const range = target.ranges.get(input);
    const rank = input.shape.length;
    if (!range) return [input, { rank, names: { last: name } }];
    const steps = stepsOf(range);
    return [input, { rank, names: { last: quantised(target, name, steps) }, steps }];
  });
  const outputNames = model.outputs.map((_, i) =>
    graph.unique(model.outputs.length === 1 ? 'output' : `output_${i + 1}`),
  );
  for (const [i, value] of writeGraph(target, model.outputs, new Map(inputs)).entries()) {
    const last = nameIn(target, value, 'last');
    const [op, attributes] = half
      ? (['Cast', { to: elementType.float32 }] as const)
      : (['Identity', {}] as const);
    graph.node(op, `${outputNames[i]}_node`, [last], attributes, outputNames[i]!);
  }
  const file = {
    irVersion: IR,
    producerName: 'noisydarts',
    producerVersion: version,
    graph: {
      node: graph.nodes,
      name: model.name,
      initializer: graph.constants,
      input: model.inputs.map(({ shape }, i) => valueInfo(names[i]!, shape)),
      output: model.outputs.map(({ shape }, i) => valueInfo(outputNames[i]!, shape)),
    },
    opsetImport: [{ domain: '', version: OPSET }],
    metadataProps: [{ key: MARK, value: precision }],
  };
  return modelProto.encode(modelProto.fromObject(file)).finish();
}

/**
 * Writes a network as a file of ONNX, opset 17, which runtimes for phones, browsers and servers read.
 *
 * Inputs and outputs are those of the model, [N, H, W, C] as in tfjs, N free: one Transpose at the input puts the channels
 * first, as ONNX has them; filters are turned once, here. The input has the model's name for it, the output is `output`, or
 * `output_1` and so on.
 *
 * @param network - A network in stock layers, or one that `toStandardLayers` can write in them; it stays as it is.
 * @returns The bytes of the file.
 * @throws TypeError for what is no network, or a layer that cannot be written; RangeError for settings of one that ONNX or
 * this function does not have, weights beyond float16, or calibration that does not fit.
 */
export async function writeOnnx(network: LayersModel, options: WriteOnnxOptions = {}): Promise<Uint8Array> {
  if (!(network instanceof LayersModel))
    throw typeError(
      'writeOnnx',
      'the network must be a tf.LayersModel',
      network,
      'pass a tf.model or a network',
    );
  checkOptions('writeOnnx', options, KEYS);
  if (isKnown(network)) return writeStandard(network, options);
  const standard = toStandardLayers(network);
  try {
    return await writeStandard(standard, options);
  } finally {
    disposeWeights(standard);
  }
}
