import { checkOptions, type OptionKeys, rangeError, requireKind } from '../errors';
import { requireSpace } from './edges';
import type { MobileLayer, MobileSpace } from './types';

/** Depthwise kernel and expansion of every inverted bottleneck of the mobile space. */
export const mobileOperations = {
  mbconv3_3x3: { kernelSize: 3, expansion: 3 },
  mbconv3_5x5: { kernelSize: 5, expansion: 3 },
  mbconv3_7x7: { kernelSize: 7, expansion: 3 },
  mbconv6_3x3: { kernelSize: 3, expansion: 6 },
  mbconv6_5x5: { kernelSize: 5, expansion: 6 },
  mbconv6_7x7: { kernelSize: 7, expansion: 6 },
} as const;

/** Kernel, expansion and squeeze-and-excitation of every inverted bottleneck of the temporal space. */
export const temporalOperations = {
  mbconv3_3: { kernelSize: 3, expansion: 3, squeezeRatio: 0 },
  mbconv3_5: { kernelSize: 5, expansion: 3, squeezeRatio: 0 },
  mbconv3_7: { kernelSize: 7, expansion: 3, squeezeRatio: 0 },
  mbconv3_9: { kernelSize: 9, expansion: 3, squeezeRatio: 0 },
  mbconv3_3_se: { kernelSize: 3, expansion: 3, squeezeRatio: 0.25 },
  mbconv3_5_se: { kernelSize: 5, expansion: 3, squeezeRatio: 0.25 },
  mbconv3_7_se: { kernelSize: 7, expansion: 3, squeezeRatio: 0.25 },
  mbconv3_9_se: { kernelSize: 9, expansion: 3, squeezeRatio: 0.25 },
} as const;

const operations = { ...mobileOperations, ...temporalOperations };

/** The names of the inverted bottlenecks of all spaces. */
export const bottleneckNames = Object.keys(operations);

/** The inverted bottlenecks of the mobile space: `mbconv6_5x5` widens six times and has a 5x5 depthwise kernel. */
export type MobileOperation = keyof typeof mobileOperations;

/** The primitives of the mobile space. */
export type MobilePrimitive = MobileOperation | 'skip_connect';

/** The names of the inverted bottlenecks, in the order of alpha's columns. */
export const mobileOperationNames = /* @__PURE__ */ Object.keys(
  mobileOperations,
) as readonly MobileOperation[];

/**
 * What an inverted bottleneck is, by its name.
 *
 * @throws RangeError if the mobile space has no such operation.
 */
export function mobileOperation(primitive: string): (typeof operations)[keyof typeof operations] {
  if (!Object.hasOwn(operations, primitive)) {
    throw rangeError(
      'mobileOperation',
      `an operation of a mobile space is one of ${bottleneckNames.join(', ')}`,
      primitive,
      'correct the name',
    );
  }
  return operations[primitive as keyof typeof operations];
}

/** Options of {@link mobile}. */
export interface MobileOptions {
  /** Name for reports and files. Default `'mobile'`. */
  readonly name?: string;
  /** Channels of the stem, a 3x3 convolution of stride 2. Default 32. */
  readonly stem?: number;
  /** Channels of the first block, a fixed separable one. Default 16. */
  readonly first?: number;
  /** The searched layers. Default: the 19 of NoisyDARTS-A. */
  readonly layers?: readonly MobileLayer[];
  /** Channels of the last 1x1 convolution. Default 1280. */
  readonly features?: number;
  /** Width of squeeze-and-excitation as a share of a block's input channels; 0 for none. Default 0.25. */
  readonly squeezeRatio?: number;
  /** Activation inside the blocks. Default `'swish'`. */
  readonly activation?: 'relu' | 'swish';
}

const stage = (filters: number, stride: number, repeat: number): MobileLayer[] =>
  Array.from({ length: repeat }, (_, i) => ({ filters, stride: i === 0 ? stride : 1 }));

/** Of what kind are the options of all blocks of a mobile space. */
export const BLOCK_KEYS = { squeezeRatio: 'share', activation: ['relu', 'swish'] } as const;

const LAYER_KEYS = { filters: 'count', stride: 'count' } satisfies OptionKeys<MobileLayer>;

const KEYS = {
  name: 'text',
  stem: 'count',
  first: 'count',
  layers: 'list',
  features: 'count',
  ...BLOCK_KEYS,
} satisfies OptionKeys<MobileOptions>;

const NOISY_DARTS_A = [
  ...stage(32, 2, 2),
  ...stage(40, 2, 4),
  ...stage(80, 2, 4),
  ...stage(96, 1, 4),
  ...stage(192, 2, 4),
  ...stage(320, 1, 1),
];

/**
 * The mobile space: a chain of layers, each an inverted bottleneck of kernel 3, 5 or 7 and expansion 3 or 6, or a skip
 * connection where a layer keeps size and channels. With the defaults NoisyDARTS-A is one of its networks.
 *
 * The paper does not tell its candidates; kernels, expansions, widths and depth are those of NoisyDARTS-A, the skip
 * connection is that of ProxylessNAS.
 *
 * @throws RangeError for a size that is not a positive integer.
 *
 * Source: official code, verify_se.py; Cai et al. 2019, "ProxylessNAS", section 4.
 */
export function mobile(options: MobileOptions = {}): MobileSpace<MobilePrimitive> {
  const {
    name = 'mobile',
    stem = 32,
    first = 16,
    layers = NOISY_DARTS_A,
    features = 1280,
    squeezeRatio = 0.25,
    activation = 'swish',
  } = checkOptions('mobile', options, KEYS);
  requireKind('mobile', 'the number of layers', layers.length, 'count');
  for (const layer of layers) checkOptions('mobile, layers', layer, LAYER_KEYS, true);
  return {
    kind: 'mobile',
    name,
    primitives: ['skip_connect', ...mobileOperationNames],
    stem,
    first,
    layers: layers.map(({ filters, stride }) => ({ filters, stride })),
    features,
    squeezeRatio,
    activation,
  };
}

/** What may stand at each layer of a mobile space, in order: the skip connection only where size and channels stay. */
export function mobileCandidates<P extends string>(space: MobileSpace<P>): readonly (readonly P[])[] {
  requireSpace('mobileCandidates', space, 'mobile');
  const { primitives, first, layers } = space;
  return layers.map(({ filters, stride }, i) => {
    const same = stride === 1 && filters === (layers[i - 1]?.filters ?? first);
    return same ? primitives : primitives.filter((primitive) => primitive !== 'skip_connect');
  });
}
