import type { Window } from './depthwise-conv2d';
import type { FastKernel, Shape4 } from './kernel';

export const convKernels: readonly FastKernel[] = [
  {
    name: 'NoisyDartsConv2d',
    body: (module, { x, filter }, window: Window) => {
      const [n, h, w, inputs] = x!.shape as unknown as Shape4;
      const [kh, kw, , outputs] = filter!.shape as unknown as Shape4;
      const { strideHeight, strideWidth, dilation, padHeight, padWidth } = window;
      const extent = (size: number, kernel: number, stride: number, pad: number) =>
        Math.floor((size + 2 * pad - dilation * (kernel - 1) - 1) / stride) + 1;
      const y = module.output([
        n,
        extent(h, kh, strideHeight, padHeight),
        extent(w, kw, strideWidth, padWidth),
        outputs,
      ]);
      module.scratch(
        module.functions.convForwardBytes(h, w, inputs, kh, kw, outputs, padHeight, padWidth),
        (scratch) =>
          module.functions.convForward(
            module.address(x!),
            n,
            h,
            w,
            inputs,
            module.address(filter!),
            kh,
            kw,
            outputs,
            strideHeight,
            strideWidth,
            dilation,
            padHeight,
            padWidth,
            module.address(y),
            0,
            scratch,
          ),
      );
      return y;
    },
  },
  {
    name: 'NoisyDartsConv2dInputGrad',
    body: (module, { dy, filter }, { inputShape, ...window }: Window & { inputShape: readonly number[] }) => {
      const [n, h, w, inputs] = inputShape as unknown as Shape4;
      const [kh, kw, , outputs] = filter!.shape as unknown as Shape4;
      const { strideHeight, strideWidth, dilation, padHeight, padWidth } = window;
      const dx = module.output(inputShape);
      module.scratch(
        module.functions.convInputGradBytes(h, w, inputs, kh, kw, outputs, strideWidth, padHeight, padWidth),
        (scratch) =>
          module.functions.convInputGrad(
            module.address(dy!),
            n,
            h,
            w,
            inputs,
            module.address(filter!),
            kh,
            kw,
            outputs,
            strideHeight,
            strideWidth,
            dilation,
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
    name: 'NoisyDartsConv2dFilterGrad',
    body: (module, { x, dy }, { filterShape, ...window }: Window & { filterShape: readonly number[] }) => {
      const [n, h, w, inputs] = x!.shape as unknown as Shape4;
      const [kh, kw, , outputs] = filterShape as unknown as Shape4;
      const { strideHeight, strideWidth, dilation, padHeight, padWidth } = window;
      const dFilter = module.zeros(filterShape);
      module.scratch(module.functions.convFilterGradBytes(h, w, inputs, padHeight, padWidth), (scratch) =>
        module.functions.convFilterGrad(
          module.address(dy!),
          module.address(x!),
          n,
          h,
          w,
          inputs,
          kh,
          kw,
          outputs,
          strideHeight,
          strideWidth,
          dilation,
          padHeight,
          padWidth,
          module.address(dFilter),
          scratch,
        ),
      );
      return dFilter;
    },
  },
];
