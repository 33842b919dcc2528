import * as tf from '@tensorflow/tfjs-core';
import type { WasmInstance } from '../instance';
import { asFloat, never, stockKernel, tensorOf } from './kernel';
import { type Conv2DInfo, imageOf, insideOf, sameWindows } from './windows';

type Conv3DInfo = ReturnType<typeof tf.backend_util.computePool3DInfo>;
type Shape4 = tf.Tensor4D['shape'];
type Shape5 = tf.Tensor5D['shape'];

const mapInfo = (
  shape: readonly number[],
  { filterSize, strides, pad, dimRoundingMode }: tf.AvgPoolGradAttrs & Partial<tf.MaxPoolAttrs>,
): Conv2DInfo =>
  tf.backend_util.computePool2DInfo(shape as Shape4, filterSize, strides, 1, pad, dimRoundingMode);

const volumeInfo = (
  shape: readonly number[],
  { filterSize, strides, pad, dimRoundingMode }: tf.MaxPool3DGradAttrs,
): Conv3DInfo =>
  tf.backend_util.computePool3DInfo(shape as Shape5, filterSize, strides, 1, pad, dimRoundingMode);

/** Maps as volumes of depth 1. */
const asVolume = (info: Conv2DInfo) => ({
  ...info,
  inDepth: 1,
  outDepth: 1,
  filterDepth: 1,
  strideDepth: 1,
  padInfo: { ...info.padInfo, front: 0 },
});
type Volume = ReturnType<typeof asVolume> | Conv3DInfo;

/** Windows over volumes, as the module's functions have them. */
const windowsOf = (info: Volume) => ({
  n: info.batchSize,
  depth: info.inDepth,
  h: info.inHeight,
  w: info.inWidth,
  c: info.inChannels,
  kd: info.filterDepth,
  kh: info.filterHeight,
  kw: info.filterWidth,
  strideD: info.strideDepth,
  strideH: info.strideHeight,
  strideW: info.strideWidth,
  front: info.padInfo.front,
  top: info.padInfo.top,
  left: info.padInfo.left,
  outDepth: info.outDepth,
  outHeight: info.outHeight,
  outWidth: info.outWidth,
});

function maxPool(module: WasmInstance, info: Volume, x: tf.Tensor): tf.Tensor {
  const y = tensorOf(module.output(info.outShape));
  module.functions.maxWindows({
    x: module.address(asFloat(x)),
    ...windowsOf(info),
    y: module.address(y),
  });
  return x.dtype === 'float32' ? y : tf.cast(y, x.dtype);
}

function maxPoolGrad(
  module: WasmInstance,
  info: Volume,
  { dy, input, output }: Record<'dy' | 'input' | 'output', tf.Tensor>,
  last: boolean,
): tf.Tensor {
  const dx = tensorOf(module.output(input.shape));
  module.functions.maxWindowsGrad({
    dy: module.address(asFloat(dy)),
    x: module.address(asFloat(input)),
    y: module.address(asFloat(output)),
    ...windowsOf(info),
    last,
    dx: module.address(dx),
  });
  return dx;
}

const isPixel = ({ filterHeight, filterWidth }: Conv2DInfo) => filterHeight === 1 && filterWidth === 1;

/** Whether a window may lie in the padding altogether, where XNNPACK's output is anything. */
const isLost = ({ padInfo, filterHeight, filterWidth }: Conv2DInfo) =>
  Math.max(padInfo.top, padInfo.bottom) >= filterHeight ||
  Math.max(padInfo.left, padInfo.right) >= filterWidth;

const isPool = (info: Conv2DInfo) => !isPixel(info) && !isLost(info) && sameWindows(info);

/** Averages over the image that the windows read, by averages of ones: padding does not count. */
function avgPool(info: Conv2DInfo, x: tf.Tensor4D): tf.Tensor {
  const average = (map: tf.Tensor4D) => {
    const image = imageOf(info, map);
    const { filterHeight, filterWidth, strideHeight, strideWidth } = info;
    return isPixel(info)
      ? tf.stridedSlice(image, [0, 0, 0, 0], image.shape, [1, strideHeight, strideWidth, 1])
      : tf.avgPool(image, [filterHeight, filterWidth], [strideHeight, strideWidth], 'valid');
  };
  return tf.div(average(x), average(tf.ones([1, info.inHeight, info.inWidth, 1])));
}

export const pools = [
  stockKernel<'x', tf.MaxPoolAttrs>(
    tf.MaxPool,
    (module, { x }, attrs) => maxPool(module, asVolume(mapInfo(x.shape, attrs)), x),
    ({ x }, attrs) => x.dtype === 'float32' && isPool(mapInfo(x.shape, attrs)),
  ),
  stockKernel<'dy' | 'input' | 'output', tf.MaxPoolGradAttrs>(
    tf.MaxPoolGrad,
    (module, { dy, input, output }, attrs) => {
      const info = mapInfo(input.shape, attrs);
      const [inside, peaks] = [insideOf(info, dy as tf.Tensor4D), insideOf(info, output as tf.Tensor4D)];
      return maxPoolGrad(module, asVolume(info), { dy: inside, input, output: peaks }, false);
    },
    never,
  ),
  stockKernel<'x', tf.AvgPoolAttrs>(
    tf.AvgPool,
    (_, { x }, attrs) => avgPool(mapInfo(x.shape, attrs), x as tf.Tensor4D),
    ({ x }, attrs) => isPool(mapInfo(x.shape, attrs)),
  ),
  stockKernel<'dy' | 'input', tf.AvgPoolGradAttrs>(
    tf.AvgPoolGrad,
    (_, { dy, input }, attrs) => {
      const inside = insideOf(mapInfo(input.shape, attrs), dy as tf.Tensor4D);
      return tf.engine().runKernel(tf.AvgPoolGrad, { dy: inside, input }, { ...attrs }) as tf.Tensor;
    },
    ({ dy, input }, attrs) => tf.util.arraysEqual(mapInfo(input.shape, attrs).outShape, dy.shape),
  ),
  stockKernel<'x', tf.MaxPool3DAttrs>(
    tf.MaxPool3D,
    (module, { x }, attrs) => maxPool(module, volumeInfo(x.shape, attrs), x),
    never,
  ),
  // Of equal numbers in a volume cpu rewards the last.
  stockKernel<'dy' | 'input' | 'output', tf.MaxPool3DGradAttrs>(
    tf.MaxPool3DGrad,
    (module, inputs, attrs) => maxPoolGrad(module, volumeInfo(inputs.input.shape, attrs), inputs, true),
    never,
  ),
];
