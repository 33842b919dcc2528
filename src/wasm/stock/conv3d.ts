import * as tf from '@tensorflow/tfjs-core';
import { addFilterGrad, addInputGrad } from './conv2d';
import { asFloat, never, stockKernel, tensorOf } from './kernel';

type Conv3DInfo = ReturnType<typeof tf.backend_util.computeConv3DInfo>;
type Shape5 = tf.Tensor5D['shape'];

/** Every slice of every volume, with each slice of the outputs that it takes part in and the tap by which it does. */
function forEachSlice(info: Conv3DInfo, visit: (slice: number, output: number, tap: number) => void): void {
  for (let image = 0; image < info.batchSize; image++) {
    for (let out = 0; out < info.outDepth; out++) {
      for (let tap = 0; tap < info.filterDepth; tap++) {
        const depth = out * info.strideDepth + tap - info.padInfo.front;
        if (depth < 0 || depth >= info.inDepth) continue;
        visit(image * info.inDepth + depth, image * info.outDepth + out, tap);
      }
    }
  }
}

/** Bytes of a slice of the input, the output and the filter. */
const strideOf = (info: Conv3DInfo) => ({
  input: 4 * info.inHeight * info.inWidth * info.inChannels,
  output: 4 * info.outHeight * info.outWidth * info.outChannels,
  filter: 4 * info.filterHeight * info.filterWidth * info.inChannels * info.outChannels,
});

/** A volume is a pile of maps: its gradients are sums of those of its slices. */
export const conv3DBackpropFilter = stockKernel<'x' | 'dy', tf.Conv3DBackpropFilterV2Attrs>(
  tf.Conv3DBackpropFilterV2,
  (module, inputs, { strides, pad, filterShape }) => {
    const info = tf.backend_util.computeConv3DInfo(inputs.x.shape as Shape5, filterShape, strides, 1, pad);
    const step = strideOf(info);
    const dFilter = tensorOf(module.zeros(filterShape));
    const [x, dy] = [module.address(asFloat(inputs.x)), module.address(asFloat(inputs.dy))];
    const to = module.address(dFilter);
    forEachSlice(info, (slice, output, tap) =>
      addFilterGrad(module, info, 1, {
        x: x + slice * step.input,
        dy: dy + output * step.output,
        dFilter: to + tap * step.filter,
      }),
    );
    return dFilter;
  },
  never,
);

export const conv3DBackpropInput = stockKernel<'dy' | 'filter', tf.Conv3DBackpropInputV2Attrs>(
  tf.Conv3DBackpropInputV2,
  (module, inputs, { strides, pad, inputShape }) => {
    const info = tf.backend_util.computeConv3DInfo(
      inputShape,
      inputs.filter.shape as Shape5,
      strides,
      1,
      pad,
    );
    const step = strideOf(info);
    const dx = tensorOf(module.zeros(inputShape));
    const [dy, filter] = [module.address(asFloat(inputs.dy)), module.address(asFloat(inputs.filter))];
    const to = module.address(dx);
    forEachSlice(info, (slice, output, tap) =>
      addInputGrad(module, info, {
        dy: dy + output * step.output,
        filter: filter + tap * step.filter,
        dx: to + slice * step.input,
      }),
    );
    return dx;
  },
  never,
);
