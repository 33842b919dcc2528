// Compiled by contracts.test.ts: each line marked below must be an error, and nothing else may be one.
import { byKind, type FusedTerm, type TermTable } from '../../../src/kernels/edge';
import type { FastKernels } from '../../../src/kernels/fast-kernel';
import type { WindowInputGrad, WindowKernel } from '../../../src/kernels/window-kernel';

type Kernels = FastKernels<null, WindowKernel<'Conv2d'> | WindowInputGrad<'Conv2d'>>;
declare const made: { dataId: object; shape: number[]; dtype: 'float32' };

export const right: Kernels = {
  NoisyDartsConv2d: (_, { x, filter }, { dilation }) => ({
    ...made,
    shape: [x.shape[3], filter.shape[0], dilation],
  }),
  NoisyDartsConv2dInputGrad: (_, { dy }, { inputShape }) => ({
    ...made,
    shape: [...dy.shape, ...inputShape],
  }),
};

export const misspeltName: Kernels = {
  ...right,
  // @ts-expect-error
  NoisyDartsConv2D: () => made,
};

export const misspeltAttribute: Kernels = {
  ...right,
  // @ts-expect-error
  NoisyDartsConv2d: (_, _inputs, { strideHigh }) => ({ ...made, shape: [strideHigh] }),
};

export const misspeltInput: Kernels = {
  ...right,
  // @ts-expect-error
  NoisyDartsConv2dInputGrad: (_, { y }) => y,
};

// @ts-expect-error
export const missingBody: Kernels = { NoisyDartsConv2d: () => made };

const names = {
  blocks: () => 'blocks',
  pool: () => 'pool',
  identity: () => 'identity',
  zero: () => 'zero',
};

// @ts-expect-error
export const missingKind: TermTable<[], string> = names;

// @ts-expect-error
export const missingFunction = byKind<[], string>(names);

export const everyKind = byKind<[], string>({ ...names, given: () => 'given' })({
  kind: 'zero',
} satisfies FusedTerm);
