import * as tf from '@tensorflow/tfjs-core';
import type { WasmInstance } from '../instance';
import { planBlock } from '../kernels/block';
import { blockOf } from './depthwise-conv2d';
import { type FastBody, type StockKernel, stockKernel } from './kernel';
import { type Conv2DInfo, imageOf, sameWindows } from './windows';

type Attrs = Omit<tf.FusedConv2DAttrs, 'dataFormat'> & { readonly dataFormat?: 'NHWC' | 'NCHW' };
type Inputs = Readonly<Record<'x' | 'filter', tf.TensorInfo>>;
type InfoOf = (inputs: Inputs, attrs: Attrs) => Conv2DInfo;

/** A convolution whose windows XNNPACK counts otherwise: over the image that they read, without padding. */
function convolution(
  name: string,
  depthwise: boolean,
  fast?: (module: WasmInstance, inputs: Inputs, info: Conv2DInfo) => tf.TensorInfo | undefined,
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
    const inputs = given as Inputs;
    const attrs = settings as unknown as Attrs;
    const isKnown =
      attrs.dataFormat !== 'NCHW' && inputs.x.dtype === 'float32' && inputs.filter.dtype === 'float32';
    return isKnown ? fast?.(module, inputs, infoOf(inputs, attrs)) : undefined;
  };
  return { ...kernel, fast: fast && body };
}

/** Channels below which most of a depthwise convolution's planes were empty. */
const CHANNELS = 4;

/** A depthwise convolution of one output a channel, some times as fast as XNNPACK's; its windows are tfjs's, whatever the padding. */
function depthwise(module: WasmInstance, { x, filter }: Inputs, info: Conv2DInfo): tf.TensorInfo | undefined {
  const { batchSize: images, outHeight, outWidth, outChannels: channels, dilationHeight: dilation } = info;
  if (channels !== info.inChannels || channels < CHANNELS || dilation !== info.dilationWidth)
    return undefined;
  if (images * outHeight * outWidth === 0) return undefined;
  const { desk: block } = module;
  planBlock(module, block, {
    ...blockOf(info),
    kernelHeight: info.filterHeight,
    kernelWidth: info.filterWidth,
    dilation,
  });
  const y = module.output([images, outHeight, outWidth, channels]);
  module.functions.blockForward({
    block,
    x: module.address(x),
    depthwise: module.address(filter),
    z: module.address(y),
  });
  return y;
}

export const convolutions = [
  convolution(tf.Conv2D, false),
  convolution(tf.FusedConv2D, false),
  convolution(tf.DepthwiseConv2dNative, true, depthwise),
  convolution(tf.FusedDepthwiseConv2D, true),
];
