import type { KernelType } from '../../kernels/kernel';
import type { WebGPUKernels } from '../shader';
import { batchNormKernels } from './batch-norm';
import { batchScoreKernels } from './batch-scores';
import { convKernels } from './conv2d';
import { depthwiseKernels } from './depthwise-conv2d';
import { noiseKernels } from './noise';
import { optimizerKernels } from './optimizer';
import { pointwiseKernels } from './pointwise-conv2d';
import { poolKernels } from './pool';
import { weightedSumKernels } from './weighted-sum';

/** Every kernel that has a shader of its own. */
export const webgpuKernels: WebGPUKernels<KernelType> = {
  ...depthwiseKernels,
  ...pointwiseKernels,
  ...convKernels,
  ...batchNormKernels,
  ...poolKernels,
  ...weightedSumKernels,
  ...noiseKernels,
  ...optimizerKernels,
  ...batchScoreKernels,
};
