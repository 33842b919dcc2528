import type { Window } from './depthwise-conv2d';
import type { FastKernel, Shape4 } from './kernel';

type Pool = Window & { readonly size: number };

const extent = (side: number, size: number, stride: number, pad: number) =>
  Math.floor((side + 2 * pad - size) / stride) + 1;

const forward = (name: FastKernel['name'], run: 'maxPoolForward' | 'avgPoolForward'): FastKernel => ({
  name,
  body: (module, { x }, { size, strideHeight, strideWidth, padHeight, padWidth }: Pool) => {
    const [n, h, w, c] = x!.shape as unknown as Shape4;
    const y = module.output([
      n,
      extent(h, size, strideHeight, padHeight),
      extent(w, size, strideWidth, padWidth),
      c,
    ]);
    module.scratch(module.functions.poolBytes(h, w, c, padHeight, padWidth), (scratch) =>
      module.functions[run](
        module.address(x!),
        n,
        h,
        w,
        c,
        size,
        strideHeight,
        strideWidth,
        padHeight,
        padWidth,
        module.address(y),
        0,
        scratch,
      ),
    );
    return y;
  },
});

export const poolKernels: readonly FastKernel[] = [
  forward('NoisyDartsMaxPool', 'maxPoolForward'),
  forward('NoisyDartsAvgPool', 'avgPoolForward'),
  {
    name: 'NoisyDartsMaxPoolInputGrad',
    body: (module, { dy, x, y }, { size, strideHeight, strideWidth, padHeight, padWidth }: Pool) => {
      const [n, h, w, c] = x!.shape as unknown as Shape4;
      const dx = module.output(x!.shape);
      module.scratch(module.functions.poolBytes(h, w, c, padHeight, padWidth), (scratch) =>
        module.functions.maxPoolBackward(
          module.address(dy!),
          module.address(x!),
          module.address(y!),
          n,
          h,
          w,
          c,
          size,
          strideHeight,
          strideWidth,
          padHeight,
          padWidth,
          module.address(dx),
          false,
          scratch,
        ),
      );
      return dx;
    },
  },
  {
    name: 'NoisyDartsAvgPoolInputGrad',
    body: (module, { dy }, attrs: Pool & { inputShape: readonly number[] }) => {
      const { size, strideHeight, strideWidth, padHeight, padWidth, inputShape } = attrs;
      const [n, h, w, c] = inputShape as unknown as Shape4;
      const dx = module.output(inputShape);
      module.scratch(module.functions.poolBytes(h, w, c, padHeight, padWidth), (scratch) =>
        module.functions.avgPoolBackward(
          module.address(dy!),
          n,
          h,
          w,
          c,
          size,
          strideHeight,
          strideWidth,
          padHeight,
          padWidth,
          module.address(dx),
          false,
          scratch,
        ),
      );
      return dx;
    },
  },
];
