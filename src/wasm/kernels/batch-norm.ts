import type * as tf from '@tensorflow/tfjs-core';
import type { WasmInstance } from '../instance';
import { type FastKernel, sizeOf } from './kernel';

interface Attributes {
  readonly epsilon: number;
}

function normalize(
  module: WasmInstance,
  x: tf.TensorInfo,
  epsilon: number,
  scale?: tf.TensorInfo,
  offset?: tf.TensorInfo,
): tf.TensorInfo[] {
  const { functions } = module;
  const channels = x.shape[3]!;
  const pixels = sizeOf(x.shape) / channels;
  const [y, mean, variance] = [module.output(x.shape), module.output([channels]), module.output([channels])];
  module.scratch(channels * 4 + functions.momentsBytes(channels), (gain) => {
    const [from, m, v] = [module.address(x), module.address(mean), module.address(variance)];
    functions.moments(from, pixels, channels, m, v, gain + channels * 4);
    functions.normGain(v, scale ? module.address(scale) : 0, epsilon, channels, gain);
    functions.normalize(
      from,
      module.address(y),
      pixels,
      channels,
      m,
      gain,
      offset ? module.address(offset) : 0,
    );
  });
  return [y, mean, variance];
}

export const batchNormKernels: readonly FastKernel[] = [
  {
    name: 'NoisyDartsBatchNorm',
    body: (module, { x }, { epsilon }: Attributes) => normalize(module, x!, epsilon),
  },
  {
    name: 'NoisyDartsBatchNormAffine',
    body: (module, { x, scale, offset }, { epsilon }: Attributes) =>
      normalize(module, x!, epsilon, scale, offset),
  },
  {
    name: 'NoisyDartsBatchNormInputGrad',
    body: (module, { dy, x, mean, variance }, { epsilon }: Attributes) => {
      const { functions } = module;
      const channels = x!.shape[3]!;
      const pixels = sizeOf(x!.shape) / channels;
      const dx = module.output(x!.shape);
      const [g, from, m] = [module.address(dy!), module.address(x!), module.address(mean!)];
      const sums = functions.sumsBytes(channels);
      module.scratch(2 * sums + 12 * channels, (scratch) => {
        const [a, b, d] = [0, 4, 8].map((vector) => scratch + 2 * sums + vector * channels) as [
          number,
          number,
          number,
        ];
        functions.normSums(g, from, pixels, channels, m, scratch, scratch + sums);
        functions.normGradCoefficients(
          scratch,
          scratch + sums,
          module.address(variance!),
          0,
          epsilon,
          pixels,
          1,
          channels,
          a,
          b,
          d,
        );
        functions.normGrad(g, from, channels * 4, pixels, channels, m, a, b, d, module.address(dx));
      });
      return dx;
    },
  },
  {
    name: 'NoisyDartsBatchNormScaleGrad',
    body: (module, { dy, x, mean, variance }, { epsilon }: Attributes) => {
      const { functions } = module;
      const channels = x!.shape[3]!;
      const dScale = module.output([channels]);
      const sums = functions.sumsBytes(channels);
      module.scratch(2 * sums, (scratch) => {
        functions.normSums(
          module.address(dy!),
          module.address(x!),
          sizeOf(x!.shape) / channels,
          channels,
          module.address(mean!),
          scratch,
          scratch + sums,
        );
        functions.sumsEnd(scratch + sums, channels, module.address(dScale));
      });
      const out = module.floats(module.address(dScale), channels);
      const v = module.floats(module.address(variance!), channels);
      for (let c = 0; c < channels; c++) out[c]! /= Math.sqrt(v[c]! + epsilon);
      return dScale;
    },
  },
  {
    name: 'NoisyDartsRunningUpdate',
    body: (
      module,
      { mean, variance, batchMean, batchVariance },
      { momentum, correction }: { momentum: number; correction: number },
    ) =>
      (
        [
          [mean!, batchMean!, 1],
          [variance!, batchVariance!, correction],
        ] as const
      ).map(([running, batch, factor]) => {
        const out = module.output(running.shape);
        module.functions.runningUpdate(
          module.address(running),
          module.address(batch),
          sizeOf(running.shape),
          1 - momentum,
          momentum * factor,
          module.address(out),
        );
        return out;
      }),
  },
];
