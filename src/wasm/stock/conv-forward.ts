import * as tf from '@tensorflow/tfjs-core';
import type { WasmInstance } from '../instance';
import { planBlock } from '../kernels/block';
import { blockOf } from './depthwise-conv2d';
import { type FastBody, type StockKernel, stockKernel } from './kernel';
import { type Conv2DInfo, imageOf, sameWindows } from './windows';

type Attrs = Omit<tf.FusedConv2DAttrs, 'dataFormat'> & { readonly dataFormat?: 'NHWC' | 'NCHW' };
interface Inputs extends Readonly<Record<'x' | 'filter', tf.TensorInfo>> {
  readonly bias?: tf.TensorInfo;
}
type InfoOf = (inputs: Inputs, attrs: Attrs) => Conv2DInfo;

/** What becomes of the sums of a convolution, as the module's functions have it. */
interface Ending {
  readonly bias: number;
  readonly positive: boolean;
  readonly six: boolean;
}

/** The ending of a convolution with a bias and an activation; undefined of one that the module does not know. */
function endingOf(
  module: WasmInstance,
  bias: tf.TensorInfo | undefined,
  activation: string | undefined,
  channels: number,
): Ending | undefined {
  const isKnown = !activation || activation === 'linear' || activation === 'relu' || activation === 'relu6';
  if (!isKnown) return undefined;
  if (bias && (bias.dtype !== 'float32' || bias.shape.length !== 1 || bias.shape[0] !== channels))
    return undefined;
  return {
    bias: bias ? module.address(bias) : 0,
    positive: activation === 'relu' || activation === 'relu6',
    six: activation === 'relu6',
  };
}

/** A convolution whose windows XNNPACK counts otherwise: over the image that they read, without padding. */
function convolution(
  name: string,
  depthwise: boolean,
  fast: (module: WasmInstance, inputs: Inputs, info: Conv2DInfo, ending: Ending) => tf.TensorInfo | undefined,
): StockKernel {
  const infoOf: InfoOf = (inputs, { strides, dilations, pad, dimRoundingMode }) =>
    tf.backend_util.computeConv2DInfo(
      inputs.x.shape as tf.Tensor4D['shape'],
      inputs.filter.shape as tf.Tensor4D['shape'],
      strides,
      dilations ?? 1,
      pad,
      dimRoundingMode,
      depthwise,
    );
  const kernel = stockKernel<'x' | 'filter', Attrs>(
    name,
    (_, inputs, { dimRoundingMode: _mode, ...attrs }) => {
      const x = imageOf(infoOf(inputs, { ...attrs, dimRoundingMode: _mode }), inputs.x as tf.Tensor4D);
      return tf.engine().runKernel(name, { ...inputs, x }, { ...attrs, pad: 'valid' }) as tf.Tensor;
    },
    (inputs, attrs) => attrs.dataFormat === 'NCHW' || sameWindows(infoOf(inputs, attrs)),
  );
  const body: FastBody = (module, given, settings) => {
    const inputs = given as unknown as Inputs;
    const attrs = settings as unknown as Attrs;
    const isKnown =
      attrs.dataFormat !== 'NCHW' && inputs.x.dtype === 'float32' && inputs.filter.dtype === 'float32';
    if (!isKnown) return undefined;
    const info = infoOf(inputs, attrs);
    const ending = endingOf(module, inputs.bias, attrs.activation, info.outChannels);
    return ending && Math.min(...info.outShape) > 0 ? fast(module, inputs, info, ending) : undefined;
  };
  return { ...kernel, fast: body };
}

/** Channels below which most of a depthwise convolution's planes were empty. */
const CHANNELS = 4;

/** A depthwise convolution of one output a channel, some times as fast as XNNPACK's; its windows are tfjs's, whatever the padding. */
function depthwise(module: WasmInstance, { x, filter }: Inputs, info: Conv2DInfo): tf.TensorInfo | undefined {
  const { outChannels: channels, dilationHeight: dilation } = info;
  if (channels !== info.inChannels || channels < CHANNELS || dilation !== info.dilationWidth)
    return undefined;
  const { desk: block } = module;
  planBlock(module, block, {
    ...blockOf(info),
    kernelHeight: info.filterHeight,
    kernelWidth: info.filterWidth,
    dilation,
  });
  const y = module.output(info.outShape);
  module.functions.blockForward({
    block,
    x: module.address(x),
    depthwise: module.address(filter),
    z: module.address(y),
  });
  return y;
}

/** Pixels below which it takes longer to lay out the filter anew than XNNPACK needs, which keeps it laid out. */
const PIXELS = 64;

/** A dense convolution of odd side and stride 1 that keeps the size of the maps, or a pointwise one of any stride. */
function dense(
  module: WasmInstance,
  { x, filter }: Inputs,
  info: Conv2DInfo,
  ending: Ending,
): tf.TensorInfo | undefined {
  const { batchSize: n, inHeight: h, inWidth: w, inChannels: inputs, outChannels: outputs } = info;
  const { filterHeight: k, strideHeight: stride, padInfo } = info;
  const pixels = n * info.outHeight * info.outWidth;
  const isSquare = k === info.filterWidth && stride === info.strideWidth && filter.shape[2] === inputs;
  const pad = [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right];
  const isCentred = k % 2 === 1 && pad.every((zeros) => zeros === k >> 1);
  const isWhole = info.outHeight === Math.ceil(h / stride) && info.outWidth === Math.ceil(w / stride);
  const isDense = stride === 1 && (k === 1 || info.dilationHeight * info.dilationWidth === 1);
  if (!isSquare || !isCentred || !isWhole || !(isDense || k === 1) || (k > 1 && pixels < PIXELS))
    return undefined;
  const y = module.output(info.outShape);
  const given = { n, h, w, inputs, outputs, x: module.address(x), filter: module.address(filter) };
  if (isDense) module.functions.denseForward({ ...given, k, z: module.address(y), ...ending });
  else {
    module.functions.pointwiseForward({
      ...given,
      stride,
      offset: 0,
      y: module.address(y),
      yStep: 4 * outputs,
    });
    module.functions.finish({ y: module.address(y), pixels, c: outputs, ...ending });
  }
  return y;
}

export const convolutions = [
  convolution(tf.Conv2D, false, dense),
  convolution(tf.FusedConv2D, false, dense),
  convolution(tf.DepthwiseConv2dNative, true, depthwise),
  convolution(tf.FusedDepthwiseConv2D, true, (module, inputs, info, ending) => {
    const y = depthwise(module, inputs, info);
    if (y) {
      const pixels = info.batchSize * info.outHeight * info.outWidth;
      module.functions.finish({ y: module.address(y), pixels, c: info.outChannels, ...ending });
    }
    return y;
  }),
];
