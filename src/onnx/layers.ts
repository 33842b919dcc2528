import type { Attributes } from './graph';
import {
  add,
  filterConstants,
  nameIn,
  type Order,
  refuse,
  type Use,
  type Weight,
  type Written,
} from './writing';

/** How a stock layer is written in nodes of ONNX. */
type Form = (use: Use) => Written;

/** Elementwise activations as nodes. */
const activations: Readonly<Record<string, (use: Use, x: string, order: Order) => string>> = {
  linear: (_, x) => x,
  relu: (use, x) => add(use, 'Relu', [x], {}, '_relu'),
  relu6: (use, x) => {
    const bounds = [0, 6].map((bound) =>
      use.target.graph.constant(`${use.layer.name}_${bound}`, [bound], [], use.target.element),
    );
    return add(use, 'Clip', [x, ...bounds], {}, '_relu6');
  },
  sigmoid: (use, x) => add(use, 'Sigmoid', [x], {}, '_sigmoid'),
  hardSigmoid: (use, x) =>
    add(use, 'HardSigmoid', [x], { alpha: { f: 0.2 }, beta: { f: 0.5 } }, '_hard_sigmoid'),
  tanh: (use, x) => add(use, 'Tanh', [x], {}, '_tanh'),
  elu: (use, x) => add(use, 'Elu', [x], {}, '_elu'),
  softplus: (use, x) => add(use, 'Softplus', [x], {}, '_softplus'),
  softsign: (use, x) => add(use, 'Softsign', [x], {}, '_softsign'),
  swish: (use, x) => add(use, 'Mul', [x, add(use, 'Sigmoid', [x], {}, '_sigmoid')], {}, '_swish'),
  softmax: (use, x, order) => add(use, 'Softmax', [x], { axis: order === 'first' ? 1 : -1 }, '_softmax'),
};

function activated(use: Use, x: string, order: Order): Written {
  const name = String(use.config.activation ?? 'linear');
  const write = activations[name];
  if (!write) return refuse(use, `an activation among ${Object.keys(activations).join(', ')}`, name);
  return { name: write(use, x, order), order };
}

/** An input in the order that it is there in already. */
function asItIs({ target, inputs: [x] }: Use): Written {
  const order = x!.names.first === undefined ? 'last' : 'first';
  return { name: nameIn(target, x!, order), order };
}

const pairOf = (value: unknown): [number, number] =>
  Array.isArray(value) ? (value as [number, number]) : [Number(value), Number(value)];

const weightOf = ({ target, layer }: Use, name: string): Weight | undefined =>
  target.weights.get(layer)?.get(name);

/**
 * A window's settings. Paddings are written out, since tfjs puts the odd one of 'same' at the end: of sides n, stride s
 * and window k there are `max((ceil(n / s) - 1) s + k - n, 0)`.
 */
function windowOf(
  use: Use,
  size: unknown,
  strides: unknown,
  dilations: readonly [number, number] = [1, 1],
): Attributes {
  const { config, shapes } = use;
  if (config.dataFormat === 'channelsFirst') refuse(use, 'its channels last', config.dataFormat);
  const kernel = pairOf(size);
  const steps = pairOf(strides);
  const pads = kernel.map((k, axis): [number, number] => {
    if (config.padding !== 'same') return [0, 0];
    const [step, side] = [steps[axis]!, shapes[0]![axis + 1]!];
    const extent = dilations[axis]! * (k - 1) + 1;
    if (side === null && step > 1)
      refuse(use, 'an input of known size, as its padding depends on it', shapes[0]);
    const all = step === 1 ? extent - 1 : Math.max((Math.ceil(side! / step) - 1) * step + extent - side!, 0);
    return [Math.floor(all / 2), Math.ceil(all / 2)];
  });
  return {
    kernel_shape: kernel,
    strides: steps,
    pads: [...pads.map(([before]) => before), ...pads.map(([, after]) => after)],
  };
}

/** An array [h, w, in, out] as [out, in, h, w]. */
function filtersFirst({ shape, data }: Weight): Weight {
  const [height, width, inputs, outputs] = shape as [number, number, number, number];
  const pixels = height * width;
  const moved = new Float32Array(data.length);
  for (let pixel = 0; pixel < pixels; pixel++)
    for (let i = 0; i < inputs; i++)
      for (let out = 0; out < outputs; out++)
        moved[(out * inputs + i) * pixels + pixel] = data[(pixel * inputs + i) * outputs + out]!;
  return { shape: [outputs, inputs, height, width], data: moved };
}

const conv2d: Form = (use) => {
  const { config, target, layer, inputs } = use;
  const dilations = pairOf(config.dilationRate);
  const filter = filtersFirst(weightOf(use, 'kernel')!);
  const constants = filterConstants(target, layer.name, filter, weightOf(use, 'bias'), inputs[0]!);
  const y = add(use, 'Conv', [nameIn(target, inputs[0]!, 'first'), ...constants], {
    ...windowOf(use, config.kernelSize, config.strides, dilations),
    dilations,
    group: 1,
  });
  return activated(use, y, 'first');
};

/** tfjs takes no notice of its dilationRate, and nor does this. */
const depthwiseConv2d: Form = (use) => {
  const { config, target, layer, inputs } = use;
  const kernel = weightOf(use, 'depthwise_kernel')!;
  const [height, width, channels, multiplier] = kernel.shape as [number, number, number, number];
  const { data } = filtersFirst({ shape: [height, width, 1, channels * multiplier], data: kernel.data });
  const filter = { shape: [channels * multiplier, 1, height, width], data };
  const constants = filterConstants(target, layer.name, filter, weightOf(use, 'bias'), inputs[0]!);
  const y = add(use, 'Conv', [nameIn(target, inputs[0]!, 'first'), ...constants], {
    ...windowOf(use, [height, width], config.strides),
    group: channels,
  });
  return activated(use, y, 'first');
};

const dense: Form = (use) => {
  const { target, layer, inputs } = use;
  if (inputs[0]!.rank !== 2) refuse(use, 'an input [N, C]', use.shapes[0]);
  const kernel = weightOf(use, 'kernel')!;
  const { data } = filtersFirst({ shape: [1, 1, ...kernel.shape], data: kernel.data });
  const filter = { shape: [...kernel.shape].reverse(), data };
  const constants = filterConstants(target, layer.name, filter, weightOf(use, 'bias'), inputs[0]!);
  const y = add(use, 'Gemm', [nameIn(target, inputs[0]!, 'last'), ...constants], { transB: 1 });
  return activated(use, y, 'last');
};

/** `y = gamma (x - mean) / sqrt(variance + epsilon) + beta`. */
const batchNorm: Form = (use) => {
  const { config, target, layer, inputs } = use;
  const { rank } = inputs[0]!;
  const axis = Number(config.axis);
  if ((rank !== 2 && rank !== 4) || (axis !== -1 && axis !== rank - 1))
    refuse(use, 'an input [N, C] or [N, H, W, C] and its last axis', { axis, shape: use.shapes[0] });
  const order = rank === 4 ? 'first' : 'last';
  const mean = weightOf(use, 'moving_mean')!;
  const constant = (name: string, value: number) => {
    const { data, shape } = weightOf(use, name) ?? {
      data: Array(mean.data.length).fill(value),
      shape: mean.shape,
    };
    return target.graph.constant(`${layer.name}_${name}`, data, shape, target.element);
  };
  const parameters = [
    constant('gamma', 1),
    constant('beta', 0),
    constant('moving_mean', 0),
    constant('moving_variance', 1),
  ];
  const epsilon = { f: Number(config.epsilon) };
  return {
    name: add(use, 'BatchNormalization', [nameIn(target, inputs[0]!, order), ...parameters], { epsilon }),
    order,
  };
};

const pool =
  (op: string): Form =>
  (use) => ({
    name: add(
      use,
      op,
      [nameIn(use.target, use.inputs[0]!, 'first')],
      windowOf(use, use.config.poolSize, use.config.strides),
    ),
    order: 'first',
  });

const globalPool =
  (op: string): Form =>
  (use) => {
    const y = add(use, op, [nameIn(use.target, use.inputs[0]!, 'first')], {}, '_map');
    return { name: add(use, 'Flatten', [y], { axis: 1 }), order: 'last' };
  };

/** All inputs in one order, for what takes several. */
function together(use: Use): { names: string[]; order: Order } {
  const { inputs, target, shapes } = use;
  if (inputs.some(({ rank }) => rank !== inputs[0]!.rank)) refuse(use, 'inputs of one rank', shapes);
  const order = inputs[0]!.rank === 4 ? 'first' : 'last';
  return { names: inputs.map((value) => nameIn(target, value, order)), order };
}

const merge =
  (op: string): Form =>
  (use) => {
    const { names, order } = together(use);
    return { name: names.slice(1).reduce((sum, x) => add(use, op, [sum, x]), names[0]!), order };
  };

const concatenate: Form = (use) => {
  const { names, order } = together(use);
  const { rank } = use.inputs[0]!;
  const axis = (Number(use.config.axis) + rank) % rank;
  return { name: add(use, 'Concat', names, { axis: order === 'first' ? [0, 2, 3, 1][axis]! : axis }), order };
};

const reshape: Form = (use) => {
  const { target, layer, inputs, outputShape } = use;
  const unknown = outputShape.slice(1).includes(null);
  if (unknown) refuse(use, 'an output of known size', outputShape);
  const sizes = [-1, ...(outputShape.slice(1) as number[])];
  const shape = target.graph.constant(`${layer.name}_shape`, sizes, [sizes.length], 'int64');
  return { name: add(use, 'Reshape', [nameIn(target, inputs[0]!, 'last'), shape]), order: 'last' };
};

const zeroPadding: Form = (use) => {
  const [[top, bottom], [left, right]] = use.config.padding as [[number, number], [number, number]];
  const { graph } = use.target;
  const pads = graph.constant(`${use.layer.name}_pads`, [0, 0, top, left, 0, 0, bottom, right], [8], 'int64');
  return { name: add(use, 'Pad', [nameIn(use.target, use.inputs[0]!, 'first'), pads]), order: 'first' };
};

/** Whole factors and the nearest pixel, which Resize takes where nothing else is said. */
const upSampling: Form = (use) => {
  const { config, target, layer, inputs } = use;
  if (config.dataFormat === 'channelsFirst') refuse(use, 'its channels last', config.dataFormat);
  if (config.interpolation !== 'nearest') refuse(use, "interpolation 'nearest'", config.interpolation);
  const scales = [1, 1, ...pairOf(config.size)];
  const factors = target.graph.constant(`${layer.name}_scales`, scales, [4], 'float32');
  return { name: add(use, 'Resize', [nameIn(target, inputs[0]!, 'first'), '', factors]), order: 'first' };
};

/** By the names of the layers' classes. */
export const forms: Readonly<Record<string, Form>> = {
  Activation: (use) => {
    const { name, order } = asItIs(use);
    return activated(use, name, order);
  },
  Add: merge('Add'),
  AveragePooling2D: pool('AveragePool'),
  BatchNormalization: batchNorm,
  Concatenate: concatenate,
  Conv2D: conv2d,
  Dense: dense,
  DepthwiseConv2D: depthwiseConv2d,
  Dropout: asItIs,
  Flatten: reshape,
  GlobalAveragePooling2D: globalPool('GlobalAveragePool'),
  GlobalMaxPooling2D: globalPool('GlobalMaxPool'),
  MaxPooling2D: pool('MaxPool'),
  Maximum: merge('Max'),
  Minimum: merge('Min'),
  Multiply: merge('Mul'),
  ReLU: (use) => {
    if (use.config.maxValue != null) refuse(use, 'no maxValue', use.config.maxValue);
    const { name, order } = asItIs(use);
    return { name: activations.relu!(use, name, order), order };
  },
  Reshape: reshape,
  SpatialDropout2D: asItIs,
  UpSampling2D: upSampling,
  ZeroPadding2D: zeroPadding,
};

/** Layers whose outputs are numbers of their inputs, or zero: they keep its steps. */
export const keepSteps: ReadonlySet<string> = new Set([
  'Flatten',
  'MaxPooling2D',
  'Reshape',
  'UpSampling2D',
  'ZeroPadding2D',
]);
