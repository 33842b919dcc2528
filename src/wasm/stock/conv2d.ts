import * as tf from '@tensorflow/tfjs-core';
import type { WasmInstance } from '../instance';
import { asFloat, stockKernel, tensorOf } from './kernel';
import { insideOf } from './windows';

/** The geometry of a convolution of maps, or of one slice of volumes. */
type Slice = Pick<
  ReturnType<typeof tf.backend_util.computeConv3DInfo>,
  | 'inHeight'
  | 'inWidth'
  | 'inChannels'
  | 'outHeight'
  | 'outWidth'
  | 'outChannels'
  | 'filterHeight'
  | 'filterWidth'
  | 'strideHeight'
  | 'strideWidth'
> & { readonly padInfo: { readonly top: number; readonly left: number } };

/** A slice, as the module's functions have it. */
const windowOf = (info: Slice) => ({
  h: info.inHeight,
  w: info.inWidth,
  inputs: info.inChannels,
  kh: info.filterHeight,
  kw: info.filterWidth,
  outputs: info.outChannels,
  outHeight: info.outHeight,
  outWidth: info.outWidth,
  strideH: info.strideHeight,
  strideW: info.strideWidth,
  dilation: 1,
  top: info.padInfo.top,
  left: info.padInfo.left,
});

/** Adds the gradient of a filter over `images` maps to what is at `dFilter`. */
export function addFilterGrad(
  module: WasmInstance,
  info: Slice,
  images: number,
  { x, dy, dFilter }: { readonly x: number; readonly dy: number; readonly dFilter: number },
): void {
  module.functions.filterGrad({ ...windowOf(info), n: images, x, dy, dFilter });
}

/** Adds the gradient of the input of one map to what is at `dx`. */
export function addInputGrad(
  module: WasmInstance,
  info: Slice,
  { dy, filter, dx }: { readonly dy: number; readonly filter: number; readonly dx: number },
): void {
  module.functions.inputGrad({ ...windowOf(info), n: 1, dy, filter, dx, accumulate: true });
}

/** The filter's gradient of tfjs's dense convolution, which knows no dilation. */
export const conv2DBackpropFilter = stockKernel<'x' | 'dy', tf.Conv2DBackpropFilterAttrs>(
  tf.Conv2DBackpropFilter,
  (module, inputs, { strides, pad, dataFormat, dimRoundingMode, filterShape }) => {
    const format = tf.backend_util.convertConv2DDataFormat(dataFormat);
    const channelsLast = (map: tf.Tensor): tf.Tensor4D => {
      const floats = asFloat(map as tf.Tensor4D);
      return format === 'channelsLast' ? floats : tf.transpose(floats, [0, 2, 3, 1]);
    };
    const info = tf.backend_util.computeConv2DInfo(
      inputs.x.shape as tf.Tensor4D['shape'],
      filterShape,
      strides,
      1,
      pad,
      dimRoundingMode,
      false,
      format,
    );
    const dFilter = tensorOf(module.zeros(filterShape));
    const dy = insideOf(info, channelsLast(inputs.dy));
    addFilterGrad(module, info, info.batchSize, {
      x: module.address(channelsLast(inputs.x)),
      dy: module.address(dy),
      dFilter: module.address(dFilter),
    });
    return dFilter;
  },
);
