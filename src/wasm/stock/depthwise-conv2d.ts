import * as tf from '@tensorflow/tfjs-core';
import type { WasmInstance } from '../instance';
import { type BlockShape, planBlock } from '../kernels/block';
import { asFloat, stockKernel, tensorOf } from './kernel';
import { type Conv2DInfo, insideOf, zerosAround } from './windows';

type Shape4 = tf.Tensor4D['shape'];

const infoOf = (
  input: readonly number[],
  filter: readonly number[],
  {
    strides,
    dilations,
    pad,
    dimRoundingMode,
  }: Omit<tf.DepthwiseConv2dNativeBackpropInputAttrs, 'inputShape'>,
): Conv2DInfo =>
  tf.backend_util.computeConv2DInfo(
    input as Shape4,
    filter as Shape4,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );

/** A channel an output and no dilation: several outputs a channel are as many channels, a dilated filter one with zeros. */
export function blockOf(info: Conv2DInfo): BlockShape {
  const { top, left, bottom, right } = zerosAround(info);
  return {
    images: info.batchSize,
    height: info.inHeight,
    width: info.inWidth,
    channels: info.outChannels,
    outputs: 0,
    kernelHeight: info.effectiveFilterHeight,
    kernelWidth: info.effectiveFilterWidth,
    strideHeight: info.strideHeight,
    strideWidth: info.strideWidth,
    dilation: 1,
    padHeight: top,
    padWidth: left,
    uneven: {
      borderHeight: Math.max(top, bottom),
      borderWidth: Math.max(left, right),
      outHeight: info.outHeight,
      outWidth: info.outWidth,
    },
  };
}

/** The gradients of a depthwise convolution that have an address to go to. */
function depthwiseBackward(
  module: WasmInstance,
  info: Conv2DInfo,
  addresses: Omit<Parameters<WasmInstance['functions']['blockBackward']>[0], 'block'>,
): void {
  planBlock(module, module.desk, blockOf(info));
  module.functions.blockBackward({ block: module.desk, ...addresses });
}

/** A filter [kh, kw, C, M] with the zeros of its dilation between the taps: [(kh - 1) dh + 1, (kw - 1) dw + 1, C M]. */
function spread(filter: tf.Tensor4D, info: Conv2DInfo): tf.Tensor {
  const { filterHeight, filterWidth, dilationHeight, dilationWidth, outChannels } = info;
  if (dilationHeight === 1 && dilationWidth === 1) return filter;
  const taps = tf.reshape(filter, [filterHeight, 1, filterWidth, 1, outChannels]);
  const cells = tf.pad(taps, [
    [0, 0],
    [0, dilationHeight - 1],
    [0, 0],
    [0, dilationWidth - 1],
    [0, 0],
  ]);
  return tf.slice(
    tf.reshape(cells, [filterHeight * dilationHeight, filterWidth * dilationWidth, outChannels]),
    0,
    [info.effectiveFilterHeight, info.effectiveFilterWidth, outChannels],
  );
}

/** The adjoint of {@link spread}: the numbers at the taps. */
function atTaps(spreadOut: tf.Tensor, info: Conv2DInfo): tf.Tensor {
  const { filterHeight, filterWidth, dilationHeight, dilationWidth, outChannels } = info;
  const cells = tf.pad(spreadOut, [
    [0, dilationHeight - 1],
    [0, dilationWidth - 1],
    [0, 0],
  ]);
  const taps = tf.slice(
    tf.reshape(cells, [filterHeight, dilationHeight, filterWidth, dilationWidth, outChannels]),
    0,
    [filterHeight, 1, filterWidth, 1, outChannels],
  );
  return tf.reshape(taps, info.filterShape);
}

export const depthwiseConv2dNativeBackpropInput = stockKernel<
  'dy' | 'filter',
  tf.DepthwiseConv2dNativeBackpropInputAttrs
>(tf.DepthwiseConv2dNativeBackpropInput, (module, inputs, attrs) => {
  const filter = asFloat(inputs.filter as tf.Tensor4D);
  const info = infoOf(attrs.inputShape, filter.shape, attrs);
  const dy = insideOf(info, asFloat(inputs.dy as tf.Tensor4D));
  const shape = [...attrs.inputShape, info.outChannels / info.inChannels];
  const dx = tensorOf(dy.size > 0 ? module.output(shape) : module.zeros(shape));
  if (dy.size > 0) {
    depthwiseBackward(module, info, {
      dy: module.address(dy),
      depthwise: module.address(spread(filter, info)),
      dx: module.address(dx),
    });
  }
  return dx.shape[4] === 1 ? tf.reshape(dx, attrs.inputShape) : tf.sum(dx, -1);
});

export const depthwiseConv2dNativeBackpropFilter = stockKernel<
  'x' | 'dy',
  tf.DepthwiseConv2dNativeBackpropFilterAttrs
>(tf.DepthwiseConv2dNativeBackpropFilter, (module, inputs, attrs) => {
  const x = asFloat(inputs.x as tf.Tensor4D);
  const info = infoOf(x.shape, attrs.filterShape, attrs);
  const dy = insideOf(info, asFloat(inputs.dy as tf.Tensor4D));
  const times = info.outChannels / info.inChannels;
  const dFilter = tensorOf(
    module.zeros([info.effectiveFilterHeight, info.effectiveFilterWidth, info.outChannels]),
  );
  if (dy.size > 0) {
    depthwiseBackward(module, info, {
      dy: module.address(dy),
      x: module.address(times === 1 ? x : tf.tile(tf.expandDims(x, -1), [1, 1, 1, 1, times])),
      dDepthwise: module.address(dFilter),
    });
  }
  return atTaps(dFilter, info);
});
