import type * as tf from '@tensorflow/tfjs-core';
import type {
  BatchNorm,
  BatchNormAffineKernel,
  BatchNormInputGrad,
  BatchNormScaleGrad,
  RunningUpdate,
} from '../../kernels/batch-norm';
import type { Info } from '../../kernels/fast-kernel';
import { sizeOf } from '../../kernels/geometry';
import type { WasmInstance } from '../instance';
import type { WasmKernels } from './kernel';

function normalize(
  module: WasmInstance,
  x: Info<tf.Tensor4D>,
  epsilon: number,
  affine?: { readonly scale: tf.TensorInfo; readonly offset: tf.TensorInfo },
): tf.TensorInfo[] {
  const { functions } = module;
  const c = x.shape[3];
  const pixels = sizeOf(x.shape) / c;
  const made = [module.output(x.shape), module.output([c]), module.output([c])];
  const [y, mean, variance] = made.map((info) => module.address(info)) as [number, number, number];
  const from = module.address(x);
  const scale = affine && module.address(affine.scale);
  const offset = affine && module.address(affine.offset);
  module.scratch(c * 4, (gain) => {
    functions.moments({ x: from, pixels, c, mean, variance });
    functions.normGain({ variance, scale, epsilon, c, gain });
    functions.normalize({ x: from, y, pixels, c, mean, gain, offset });
  });
  return made;
}

export const batchNormKernels: WasmKernels<
  BatchNorm | BatchNormAffineKernel | BatchNormInputGrad | BatchNormScaleGrad | RunningUpdate
> = {
  NoisyDartsBatchNorm: (module, { x }, { epsilon }) => normalize(module, x, epsilon),
  NoisyDartsBatchNormAffine: (module, { x, scale, offset }, { epsilon }) =>
    normalize(module, x, epsilon, { scale, offset }),
  NoisyDartsBatchNormInputGrad(module, inputs, { epsilon }) {
    const { functions } = module;
    const c = inputs.x.shape[3];
    const pixels = sizeOf(inputs.x.shape) / c;
    const dx = module.output(inputs.x.shape);
    const [dy, x] = [module.address(inputs.dy), module.address(inputs.x)];
    const [mean, variance] = [module.address(inputs.mean), module.address(inputs.variance)];
    const bytes = functions.sumsBytes(c);
    module.scratch(2 * bytes + 12 * c, (sums) => {
      const products = sums + bytes;
      const a = products + bytes;
      const [b, d] = [a + 4 * c, a + 8 * c];
      functions.normSums({ dy, x, pixels, c, mean, sums, products });
      functions.normGradCoefficients({
        ...{ sums, products, variance, epsilon, c, a, b, d },
        count: pixels,
        weight: 1,
      });
      functions.normGrad({ dy, x, step: c * 4, pixels, c, mean, a, b, d, out: module.address(dx) });
    });
    return dx;
  },
  NoisyDartsBatchNormScaleGrad(module, { dy, x, mean, variance }, { epsilon }) {
    const { functions } = module;
    const c = x.shape[3];
    const dScale = module.output([c]);
    const bytes = functions.sumsBytes(c);
    module.scratch(2 * bytes, (sums) => {
      const products = sums + bytes;
      functions.normSums({
        ...{ pixels: sizeOf(x.shape) / c, c, sums, products },
        dy: module.address(dy),
        x: module.address(x),
        mean: module.address(mean),
      });
      functions.sumsEnd(products, c, module.address(dScale));
    });
    const out = module.floats(module.address(dScale), c);
    const v = module.floats(module.address(variance), c);
    for (let k = 0; k < c; k++) out[k]! /= Math.sqrt(v[k]! + epsilon);
    return dScale;
  },
  NoisyDartsRunningUpdate: (module, { mean, variance, batchMean, batchVariance }, { momentum, correction }) =>
    (
      [
        [mean, batchMean, 1],
        [variance, batchVariance, correction],
      ] as const
    ).map(([running, batch, factor]) => {
      const out = module.output(running.shape);
      module.functions.runningUpdate({
        running: module.address(running),
        batch: module.address(batch),
        c: running.shape[0],
        keep: 1 - momentum,
        share: momentum * factor,
        out: module.address(out),
      });
      return out;
    }),
};
