import type { FastKernels } from '../../kernels/fast-kernel';
import type { KernelType } from '../../kernels/kernel';
import type { WasmInstance } from '../instance';
import { batchNormKernels } from './batch-norm';
import { concatChannelsKernels } from './concat-channels';
import { convKernels } from './conv2d';
import { depthwiseKernels } from './depthwise-conv2d';
import { noiseKernels } from './noise';
import { optimizerKernels } from './optimizer';
import { partialChannelsKernels } from './partial-channels';
import { pointwiseKernels } from './pointwise-conv2d';
import { poolKernels } from './pool';
import { sumKernels } from './sums';

/** Every kernel that has a body in the module. */
export const fastKernels: FastKernels<WasmInstance, KernelType> = {
  ...depthwiseKernels,
  ...pointwiseKernels,
  ...convKernels,
  ...batchNormKernels,
  ...poolKernels,
  ...sumKernels,
  ...concatChannelsKernels,
  ...partialChannelsKernels,
  ...noiseKernels,
  ...optimizerKernels,
};
