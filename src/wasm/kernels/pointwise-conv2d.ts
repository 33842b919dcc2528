import type * as tf from '@tensorflow/tfjs-core';
import type { WasmInstance } from '../instance';
import type { FastKernel, Shape4 } from './kernel';

interface Sampling {
  readonly stride: number;
  readonly offset: number;
  readonly rectify: boolean;
}

function backward(
  module: WasmInstance,
  input: readonly number[],
  outputs: number,
  { stride, offset, rectify }: Sampling,
  {
    dy,
    x = 0,
    filter = 0,
    dFilter = 0,
    dx = 0,
  }: { dy: tf.TensorInfo; x?: number; filter?: number; dFilter?: number; dx?: number },
): void {
  const [n, h, w, inputs] = input as unknown as Shape4;
  module.scratch(module.functions.pointwiseBackwardBytes(w, inputs, outputs), (scratch) =>
    module.functions.pointwiseBackward(
      module.address(dy),
      0,
      outputs * 4,
      0,
      0,
      0,
      0,
      x,
      n,
      h,
      w,
      inputs,
      filter,
      outputs,
      stride,
      offset,
      rectify,
      dFilter,
      dx,
      false,
      scratch,
    ),
  );
}

export const pointwiseKernels: readonly FastKernel[] = [
  {
    name: 'NoisyDartsPointwiseConv2d',
    body: (module, { x, filter }, { stride, offset, rectify }: Sampling) => {
      const [n, h, w, inputs] = x!.shape as unknown as Shape4;
      const outputs = filter!.shape[3]!;
      const y = module.output([n, Math.ceil(h / stride), Math.ceil(w / stride), outputs]);
      module.scratch(module.functions.pointwiseForwardBytes(w, inputs, outputs), (scratch) =>
        module.functions.pointwiseForward(
          module.address(x!),
          n,
          h,
          w,
          inputs,
          module.address(filter!),
          outputs,
          stride,
          offset,
          rectify,
          module.address(y),
          outputs * 4,
          0,
          scratch,
        ),
      );
      return y;
    },
  },
  {
    name: 'NoisyDartsPointwiseConv2dInputGrad',
    body: (module, { dy, x, filter }, sampling: Sampling) => {
      const dx = module.output(x!.shape);
      backward(module, x!.shape, filter!.shape[3]!, sampling, {
        dy: dy!,
        x: module.address(x!),
        filter: module.address(filter!),
        dx: module.address(dx),
      });
      return dx;
    },
  },
  {
    name: 'NoisyDartsPointwiseConv2dFilterGrad',
    body: (module, { x, dy }, sampling: Sampling) => {
      const outputs = dy!.shape[3]!;
      const dFilter = module.zeros([1, 1, x!.shape[3]!, outputs]);
      backward(module, x!.shape, outputs, sampling, {
        dy: dy!,
        x: module.address(x!),
        dFilter: module.address(dFilter),
      });
      return dFilter;
    },
  },
];
