import type { DepthwiseKernels } from '../../kernels/depthwise-conv2d';
import { blockShape, planBlock } from './block';
import type { WasmKernels } from './kernel';

export const depthwiseKernels: WasmKernels<DepthwiseKernels> = {
  NoisyDartsDepthwiseConv2d(module, { x, filter }, window) {
    const { desk: block } = module;
    const [n, , , channels] = x.shape;
    const y = module.output([
      n,
      ...planBlock(module, block, blockShape(x.shape, filter.shape, window)),
      channels,
    ]);
    module.functions.blockForward({
      block,
      x: module.address(x),
      depthwise: module.address(filter),
      z: module.address(y),
    });
    return y;
  },
  NoisyDartsDepthwiseConv2dInputGrad(module, { dy, filter }, { inputShape, ...window }) {
    const { desk: block } = module;
    const dx = module.output(inputShape);
    planBlock(module, block, blockShape(inputShape, filter.shape, window));
    module.functions.blockBackward({
      block,
      dy: module.address(dy),
      depthwise: module.address(filter),
      dx: module.address(dx),
    });
    return dx;
  },
  NoisyDartsDepthwiseConv2dFilterGrad(module, { x, dy }, { filterShape, ...window }) {
    const { desk: block } = module;
    const dFilter = module.zeros(filterShape);
    planBlock(module, block, blockShape(x.shape, filterShape, window));
    module.functions.blockBackward({
      block,
      dy: module.address(dy),
      x: module.address(x),
      dDepthwise: module.address(dFilter),
    });
    return dFilter;
  },
};
