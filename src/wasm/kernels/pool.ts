import type { AvgPool, AvgPoolInputGrad } from '../../kernels/avg-pool';
import type { FastKernel } from '../../kernels/fast-kernel';
import { type Shape4, type WindowAttributes, windowExtent } from '../../kernels/geometry';
import type { MaxPool, MaxPoolInputGrad } from '../../kernels/max-pool';
import type { WasmInstance } from '../instance';
import { type WasmKernels, windowArguments } from './kernel';

/** Sizes of a pool of the module. */
export const poolArguments = (
  [n, h, w, c]: Shape4,
  { size, ...window }: WindowAttributes & { readonly size: number },
) => ({ ...{ n, h, w, c, k: size }, ...windowArguments(window) });

const forward =
  (run: 'maxPoolForward' | 'avgPoolForward'): FastKernel<WasmInstance, MaxPool | AvgPool> =>
  (module, { x }, pool) => {
    const [n, h, w, c] = x.shape;
    const y = module.output([n, ...windowExtent([h, w], [pool.size, pool.size], pool), c]);
    module.functions[run]({
      ...poolArguments(x.shape, pool),
      x: module.address(x),
      y: module.address(y),
    });
    return y;
  };

export const poolKernels: WasmKernels<MaxPool | AvgPool | MaxPoolInputGrad | AvgPoolInputGrad> = {
  NoisyDartsMaxPool: forward('maxPoolForward'),
  NoisyDartsAvgPool: forward('avgPoolForward'),
  NoisyDartsMaxPoolInputGrad(module, { dy, x, y }, pool) {
    const dx = module.output(x.shape);
    module.functions.maxPoolBackward({
      ...poolArguments(x.shape, pool),
      dy: module.address(dy),
      x: module.address(x),
      y: module.address(y),
      dx: module.address(dx),
    });
    return dx;
  },
  NoisyDartsAvgPoolInputGrad(module, { dy }, pool) {
    const dx = module.output(pool.inputShape);
    module.functions.avgPoolBackward({
      ...poolArguments(pool.inputShape, pool),
      dy: module.address(dy),
      dx: module.address(dx),
    });
    return dx;
  },
};
