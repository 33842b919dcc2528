import type { WebGPUKernel } from '../shader';
import { batchNormKernels } from './batch-norm';
import { depthwiseKernels } from './depthwise-conv2d';
import { noiseKernels } from './noise';
import { optimizerKernels } from './optimizer';
import { poolKernels } from './pool';
import { weightedSumKernels } from './weighted-sum';

/** Every kernel that has a shader of its own. */
export const webgpuKernels: readonly WebGPUKernel[] = [
  ...depthwiseKernels,
  ...batchNormKernels,
  ...poolKernels,
  ...weightedSumKernels,
  ...noiseKernels,
  ...optimizerKernels,
];
