import type { WasmInstance } from '../instance';
import { type BlockShape, planBlock } from './block';
import type { FastKernel, Shape4 } from './kernel';

/** The window attributes of src/kernels. */
export interface Window {
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilation: number;
  readonly padHeight: number;
  readonly padWidth: number;
}

const blockOf = (input: readonly number[], filter: readonly number[], window: Window): BlockShape => {
  const [images, height, width, channels] = input as unknown as Shape4;
  const { strideHeight, strideWidth, dilation, padHeight, padWidth } = window;
  return {
    images,
    height,
    width,
    channels,
    outputs: 0,
    kernelHeight: filter[0]!,
    kernelWidth: filter[1]!,
    strideHeight,
    strideWidth,
    dilation,
    padHeight,
    padWidth,
  };
};

/** The gradients of a depthwise convolution that have an address to go to. */
export function depthwiseBackward(
  module: WasmInstance,
  shape: BlockShape,
  {
    dy = 0,
    x = 0,
    filter = 0,
    dFilter = 0,
    dx = 0,
  }: { dy?: number; x?: number; filter?: number; dFilter?: number; dx?: number },
): void {
  const block = module.desk;
  planBlock(module, block, shape);
  module.scratch(module.functions.blockBackwardBytes(block), (scratch) =>
    module.functions.blockBackward(
      block,
      dy,
      0,
      0,
      0,
      0,
      0,
      x,
      0,
      0,
      0,
      false,
      filter,
      0,
      dFilter,
      0,
      dx,
      false,
      0,
      scratch,
    ),
  );
}

export const depthwiseKernels: readonly FastKernel[] = [
  {
    name: 'NoisyDartsDepthwiseConv2d',
    body: (module, { x, filter }, window: Window) => {
      const shape = blockOf(x!.shape, filter!.shape, window);
      const block = module.desk;
      const [height, width] = planBlock(module, block, shape);
      const y = module.output([shape.images, height, width, shape.channels]);
      module.scratch(module.functions.blockForwardBytes(block), (scratch) =>
        module.functions.blockForward(
          block,
          module.address(x!),
          0,
          0,
          0,
          false,
          module.address(filter!),
          0,
          module.address(y),
          0,
          scratch,
        ),
      );
      return y;
    },
  },
  {
    name: 'NoisyDartsDepthwiseConv2dInputGrad',
    body: (module, { dy, filter }, { inputShape, ...window }: Window & { inputShape: readonly number[] }) => {
      const dx = module.output(inputShape);
      depthwiseBackward(module, blockOf(inputShape, filter!.shape, window), {
        dy: module.address(dy!),
        filter: module.address(filter!),
        dx: module.address(dx),
      });
      return dx;
    },
  },
  {
    name: 'NoisyDartsDepthwiseConv2dFilterGrad',
    body: (module, { x, dy }, { filterShape, ...window }: Window & { filterShape: readonly number[] }) => {
      const dFilter = module.zeros(filterShape);
      depthwiseBackward(module, blockOf(x!.shape, filterShape, window), {
        dy: module.address(dy!),
        x: module.address(x!),
        dFilter: module.address(dFilter),
      });
      return dFilter;
    },
  },
];
