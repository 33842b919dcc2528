import * as tf from '@tensorflow/tfjs-core';
import { type StockKernel, stockKernel } from './kernel';
import { type Conv2DInfo, imageOf, sameWindows } from './windows';

type Attrs = Omit<tf.FusedConv2DAttrs, 'dataFormat'> & { readonly dataFormat?: 'NHWC' | 'NCHW' };

/** A convolution whose windows XNNPACK counts otherwise: over the image that they read, without padding. */
function convolution(name: string, depthwise: boolean): StockKernel {
  const infoOf = (
    inputs: Record<'x' | 'filter', tf.TensorInfo>,
    { strides, dilations, pad, dimRoundingMode }: Attrs,
  ): Conv2DInfo =>
    tf.backend_util.computeConv2DInfo(
      inputs.x.shape as tf.Tensor4D['shape'],
      inputs.filter.shape as tf.Tensor4D['shape'],
      strides,
      dilations ?? 1,
      pad,
      dimRoundingMode,
      depthwise,
    );
  return stockKernel<'x' | 'filter', Attrs>(
    name,
    (_, inputs, { dimRoundingMode: _mode, ...attrs }) => {
      const x = imageOf(infoOf(inputs, { ...attrs, dimRoundingMode: _mode }), inputs.x as tf.Tensor4D);
      return tf.engine().runKernel(name, { ...inputs, x }, { ...attrs, pad: 'valid' }) as tf.Tensor;
    },
    (inputs, attrs) => attrs.dataFormat === 'NCHW' || sameWindows(infoOf(inputs, attrs)),
  );
}

export const convolutions = [
  convolution(tf.Conv2D, false),
  convolution(tf.FusedConv2D, false),
  convolution(tf.DepthwiseConv2dNative, true),
  convolution(tf.FusedDepthwiseConv2D, true),
];
