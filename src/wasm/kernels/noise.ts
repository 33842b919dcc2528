import type { DrawAttributes, NoiseAttributes } from '../../kernels';
import { type FastKernel, sizeOf } from './kernel';

export const noiseKernels: readonly FastKernel[] = [
  {
    name: 'NoisyDartsDraw',
    body: (
      module,
      _,
      { shape, key0, key1, counter, uniform }: DrawAttributes & { shape: readonly number[] },
    ) => {
      const out = module.output(shape);
      module.functions.fillNoise(
        module.address(out),
        sizeOf(shape),
        key0,
        key1,
        counter,
        uniform,
        module.desk,
      );
      return out;
    },
  },
  {
    name: 'NoisyDartsCounterNoise',
    body: (module, { x }, attrs: NoiseAttributes) => {
      const { functions } = module;
      const n = sizeOf(x!.shape);
      const from = module.address(x!);
      const y = module.output(x!.shape);
      let scale = attrs.std * (attrs.uniform ? Math.sqrt(3) : 1);
      if (attrs.relative) {
        const mean = functions.sum(from, n) / n;
        scale *= Math.sqrt(functions.squares(from, n, mean) / (n - 1));
      }
      // 1 + rate (n - 1) = rate n + (1 - rate)
      const rest = attrs.multiplicative && !attrs.shrink ? 1 - attrs.rate : 0;
      module.scratch(functions.perturbBytes(), (scratch) =>
        functions.perturb(
          from,
          module.address(y),
          n,
          scale,
          attrs.mean,
          attrs.rate,
          rest,
          attrs.multiplicative,
          attrs.key0,
          attrs.key1,
          attrs.counter,
          attrs.uniform,
          scratch,
        ),
      );
      return y;
    },
  },
];
