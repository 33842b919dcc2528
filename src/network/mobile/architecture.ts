/** A block of a mobile network, repeated: plain JSON. */
export interface MobileBlock {
  /** `'inverted'`: widen, depthwise, narrow; `'separable'`: depthwise, narrow. */
  readonly type: 'inverted' | 'separable';
  /** Channels of the output. */
  readonly filters: number;
  /** Side of the depthwise kernel in pixels, odd. */
  readonly kernelSize: number;
  /** Stride of the first repetition. */
  readonly stride: number;
  /** Width inside as a multiple of the input's channels; 1 for `'separable'`. */
  readonly expansion: number;
  /** How many times. Default 1. */
  readonly repeat?: number;
  /** Width of squeeze-and-excitation, of an inverted block. Default: the architecture's `squeezeRatio`. */
  readonly squeezeRatio?: number;
}

/** A mobile network as data: plain JSON. */
export interface MobileArchitecture {
  readonly name: string;
  /** Channels of the stem, a 3x3 convolution of stride 2. */
  readonly stem: number;
  readonly blocks: readonly MobileBlock[];
  /** Channels of the last 1x1 convolution. */
  readonly features: number;
  /** Width of squeeze-and-excitation as a share of a block's input channels, in inverted blocks without one of their own; 0 for none. */
  readonly squeezeRatio: number;
  /** Activation inside inverted blocks; the other layers use ReLU. */
  readonly activation: 'relu' | 'swish';
}

const inverted = (
  filters: number,
  kernelSize: number,
  stride: number,
  expansion: number,
  repeat = 1,
): MobileBlock => ({ type: 'inverted', filters, kernelSize, stride, expansion, repeat });

/**
 * NoisyDARTS-A, found on ImageNet: 5,547,124 parameters with 1000 classes, published top-1 accuracy 77.9 %.
 *
 * Source: official code, verify_se.py.
 */
export const noisyDartsA: MobileArchitecture = {
  name: 'noisy_darts_a',
  stem: 32,
  blocks: [
    { type: 'separable', filters: 16, kernelSize: 3, stride: 1, expansion: 1 },
    inverted(32, 3, 2, 6),
    inverted(32, 3, 1, 3),
    inverted(40, 5, 2, 6),
    inverted(40, 3, 1, 6, 3),
    inverted(80, 5, 2, 6),
    inverted(80, 7, 1, 6),
    inverted(80, 3, 1, 6, 2),
    inverted(96, 3, 1, 6, 4),
    inverted(192, 3, 2, 6),
    inverted(192, 7, 1, 6, 3),
    inverted(320, 7, 1, 6),
  ],
  features: 1280,
  squeezeRatio: 0.25,
  activation: 'swish',
};
