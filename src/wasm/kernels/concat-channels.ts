import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ConcatChannels, ConcatChannelsPartGrad } from '../../kernels/concat-channels';
import { sizeOf } from '../../kernels/geometry';
import type { WasmInstance } from '../instance';
import type { WasmKernels } from './kernel';

/** Tensors of one rank, one after the other along an axis. */
export function concatenated(module: WasmInstance, tensors: readonly TensorInfo[], axis: number): TensorInfo {
  const shape = [...tensors[0]!.shape];
  shape[axis] = tensors.reduce((sum, each) => sum + each.shape[axis]!, 0);
  const y = module.output(shape);
  const all = sizeOf(shape.slice(axis));
  const pixels = sizeOf(shape) / all;
  let to = module.address(y);
  for (const tensor of tensors) {
    const c = sizeOf(tensor.shape.slice(axis));
    const x = module.address(tensor);
    module.functions.copyChannels({ x, xStep: 4 * c, y: to, yStep: 4 * all, pixels, c });
    to += 4 * c;
  }
  return y;
}

export const concatChannelsKernels: WasmKernels<ConcatChannels | ConcatChannelsPartGrad> = {
  NoisyDartsConcatChannels(module, inputs) {
    return concatenated(module, Object.values(inputs), 3);
  },
  NoisyDartsConcatChannelsPartGrad(module, { dy }, { offset, channels }) {
    const [n, h, w, all] = dy.shape;
    const dx = module.output([n, h, w, channels]);
    module.functions.copyChannels({
      x: module.address(dy) + 4 * offset,
      xStep: 4 * all,
      y: module.address(dx),
      yStep: 4 * channels,
      pixels: n * h * w,
      c: channels,
    });
    return dx;
  },
};
