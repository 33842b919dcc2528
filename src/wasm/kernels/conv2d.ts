import type { ConvKernels } from '../../kernels/conv2d';
import { type Shape4, type WindowAttributes, windowExtent } from '../../kernels/geometry';
import { type WasmKernels, windowArguments } from './kernel';

const sizes = ([n, h, w, inputs]: Shape4, [kh, kw, , outputs]: Shape4, window: WindowAttributes) => ({
  ...{ n, h, w, inputs, kh, kw, outputs },
  ...windowArguments(window),
  dilation: window.dilation,
});

export const convKernels: WasmKernels<ConvKernels> = {
  NoisyDartsConv2d(module, { x, filter }, window) {
    const [n, h, w] = x.shape;
    const [kh, kw, , outputs] = filter.shape;
    const y = module.output([n, ...windowExtent([h, w], [kh, kw], window), outputs]);
    module.functions.convForward({
      ...sizes(x.shape, filter.shape, window),
      x: module.address(x),
      filter: module.address(filter),
      y: module.address(y),
    });
    return y;
  },
  NoisyDartsConv2dInputGrad(module, { dy, filter }, { inputShape, ...window }) {
    const dx = module.output(inputShape);
    module.functions.convInputGrad({
      ...sizes(inputShape, filter.shape, window),
      dy: module.address(dy),
      filter: module.address(filter),
      dx: module.address(dx),
    });
    return dx;
  },
  NoisyDartsConv2dFilterGrad(module, { x, dy }, { filterShape, ...window }) {
    const dFilter = module.zeros(filterShape);
    module.functions.convFilterGrad({
      ...sizes(x.shape, filterShape, window),
      dy: module.address(dy),
      x: module.address(x),
      dFilter: module.address(dFilter),
    });
    return dFilter;
  },
};
