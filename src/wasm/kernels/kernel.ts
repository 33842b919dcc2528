import type { FastKernels } from '../../kernels/fast-kernel';
import type { WindowAttributes } from '../../kernels/geometry';
import type { KernelType } from '../../kernels/kernel';
import type { WasmInstance } from '../instance';

/** Bodies of kernels in the module. */
export type WasmKernels<K extends KernelType> = FastKernels<WasmInstance, K>;

/** The window as the module's functions take it. */
export const windowArguments = ({ strideHeight, strideWidth, padHeight, padWidth }: WindowAttributes) => ({
  strideH: strideHeight,
  strideW: strideWidth,
  padH: padHeight,
  padW: padWidth,
});
