import { type Shape4, strided } from '../../kernels/geometry';
import type {
  PointwiseConv2d,
  PointwiseConv2dFilterGrad,
  PointwiseConv2dInputGrad,
} from '../../kernels/pointwise-conv2d';
import type { WasmKernels } from './kernel';

const sizes = ([n, h, w, inputs]: Shape4, outputs: number) => ({
  ...{ n, h, w, inputs, outputs },
  yStep: outputs * 4,
});

export const pointwiseKernels: WasmKernels<
  PointwiseConv2d | PointwiseConv2dInputGrad | PointwiseConv2dFilterGrad
> = {
  NoisyDartsPointwiseConv2d(module, { x, filter }, sampling) {
    const outputs = filter.shape[3];
    const y = module.output(strided(x.shape, sampling.stride, outputs));
    module.functions.pointwiseForward({
      ...sizes(x.shape, outputs),
      ...sampling,
      x: module.address(x),
      filter: module.address(filter),
      y: module.address(y),
    });
    return y;
  },
  NoisyDartsPointwiseConv2dInputGrad(module, { dy, x, filter }, sampling) {
    const dx = module.output(x.shape);
    module.functions.pointwiseBackward({
      ...sizes(x.shape, filter.shape[3]),
      ...sampling,
      dy: module.address(dy),
      x: module.address(x),
      filter: module.address(filter),
      dx: module.address(dx),
    });
    return dx;
  },
  NoisyDartsPointwiseConv2dFilterGrad(module, { x, dy }, sampling) {
    const outputs = dy.shape[3];
    const dFilter = module.zeros([1, 1, x.shape[3], outputs]);
    module.functions.pointwiseBackward({
      ...sizes(x.shape, outputs),
      ...sampling,
      dy: module.address(dy),
      x: module.address(x),
      dFilter: module.address(dFilter),
    });
    return dFilter;
  },
};
