import type { layers } from '@tensorflow/tfjs-layers';
import { rangeError, requireObject, typeError } from '../errors';
import type { Seed } from '../random';
import { type PrimitiveName, primitiveNames } from '../spaces';
import { bottleneckNames } from '../spaces/mobile';
import { namePrimitive } from '../spaces/primitives';
import { FactorizedReduce } from './factorized-reduce';
import { Identity } from './identity';
import { NoiseSource } from './noise-source';
import { Pool } from './pool';
import { ReluConvBN, type ReluConvBNOptions } from './relu-conv-bn';
import { SeparableBlock } from './separable-block';
import { SeparableConv } from './separable-conv';
import type { MapShape } from './work';
import { Zero } from './zero';

/** What a candidate operation is asked to be. */
export interface CandidateOptions {
  /** Name of the layer. */
  readonly name: string;
  /** Seed of its weights. */
  readonly seed: Seed;
  /** Channels in and out. */
  readonly filters: number;
  /** 1, or 2 where the cell halves the map. */
  readonly stride: number;
  /** Whether its batch norms have scale and offset: false in a supernet, true in a derived network. */
  readonly affine: boolean;
  /** Whether it stands in a mixture where operations without a batch norm of their own get one. */
  readonly mixed: boolean;
}

/** A primitive: its name in genotypes, and how to make its layer. */
export interface Candidate<P extends string = string> {
  /** Its name in genotypes and search spaces. */
  readonly primitive: P;
  /** Makes its layer. */
  readonly create: (options: CandidateOptions) => layers.Layer;
}

type Create = Candidate['create'];

/** Pooling with the padding left out of the count; in a mixture a batch norm follows. */
const pool =
  (kind: 'max' | 'avg'): Create =>
  ({ name, stride, mixed }) =>
    new Pool({ name, kind, stride, normalize: mixed });

/** Two rounds of ReLU, depthwise and pointwise convolution, batch norm. */
const separable =
  (kernelSize: number): Create =>
  ({ mixed: _, ...options }) =>
    new SeparableConv({ ...options, kernelSize });

/** ReLU, depthwise convolution of dilation 2, pointwise convolution, batch norm. */
const dilated =
  (kernelSize: number): Create =>
  ({ mixed: _, ...options }) =>
    new SeparableBlock({ ...options, kernelSize, dilation: 2 });

/** ReLU, dense convolutions, batch norm. */
const dense =
  (...kernels: NonNullable<ReluConvBNOptions['kernels']>): Create =>
  ({ mixed: _, ...options }) =>
    new ReluConvBN({ ...options, kernels });

/**
 * The operations of the DARTS code, the two convolutions of NAS-Bench-201, the noise of RobustDARTS's S4, and those of
 * signals. A window of maps has two sides in its name, one of signals its length.
 */
const operations = {
  none: ({ name, stride }) => new Zero({ name, stride }),
  max_pool_3x3: pool('max'),
  avg_pool_3x3: pool('avg'),
  skip_connect: ({ name, seed, filters, stride, affine }) =>
    stride === 1 ? new Identity({ name }) : new FactorizedReduce({ name, seed, filters, affine }),
  sep_conv_3x3: separable(3),
  sep_conv_5x5: separable(5),
  sep_conv_7x7: separable(7),
  dil_conv_3x3: dilated(3),
  dil_conv_5x5: dilated(5),
  conv_7x1_1x7: dense([1, 7], [7, 1]),
  conv_9x9: dense([9, 9]),
  nor_conv_1x1: dense([1, 1]),
  nor_conv_3x3: dense([3, 3]),
  noise: ({ name, seed, stride }) => new NoiseSource({ name, seed, stride }),
  max_pool_3: pool('max'),
  avg_pool_3: pool('avg'),
  sep_conv_3: separable(3),
  sep_conv_5: separable(5),
  sep_conv_7: separable(7),
  sep_conv_9: separable(9),
  dil_conv_3: dilated(3),
  dil_conv_5: dilated(5),
  dil_conv_9: dilated(9),
} satisfies { readonly [P in PrimitiveName]: Create };

/** The built-in operations, by the names that genotypes use. */
export const builtinCandidates: readonly Candidate<PrimitiveName>[] = primitiveNames.map((primitive) => ({
  primitive,
  create: operations[primitive],
}));

const known = new Map<string, Candidate>(
  builtinCandidates.map((candidate) => [candidate.primitive, candidate]),
);

/**
 * Makes an operation known by name, for mixed edges, search spaces, genotypes and derived networks.
 *
 * @param candidate - Its name and a factory; the layer must map [N, H, W, filters] to
 * [N, ceil(H/stride), ceil(W/stride), filters], or signals [N, T, filters] to [N, ceil(T/stride), filters].
 * @returns The candidate itself, which `defineSpace` takes among its primitives.
 * @throws RangeError if another operation has the name; TypeError if a genotype cannot hold the name.
 */
export function defineCandidate<const P extends string>(candidate: Candidate<P>): Candidate<P> {
  requireObject(
    'defineCandidate',
    'the candidate',
    candidate,
    'pass { primitive, create }',
    'primitive',
    'create',
  );
  if (known.has(candidate.primitive)) {
    throw rangeError('defineCandidate', 'the name is taken', candidate.primitive, 'choose another name');
  }
  namePrimitive('defineCandidate', candidate.primitive);
  known.set(candidate.primitive, candidate);
  return candidate;
}

/**
 * The operation of a name.
 *
 * @throws RangeError if no operation has the name.
 */
export function candidateNamed(primitive: string): Candidate {
  const candidate = known.get(primitive);
  if (!candidate) {
    throw rangeError(
      'candidateNamed',
      `unknown primitive, known are ${[...known.keys()].join(', ')}`,
      primitive,
      'correct the name, or define it with defineCandidate()',
    );
  }
  return candidate;
}

const WINDOW = /_\d+(x\d)?/;

const isBuiltIn = (primitive: string) =>
  Object.hasOwn(operations, primitive) || bottleneckNames.includes(primitive);

/**
 * Refuses a window of maps, such as `sep_conv_3x3`, on signals, and one of signals, such as `sep_conv_3`, on maps; what is
 * not built in may take both.
 */
export function requireWindow(fn: string, primitive: string, shape: MapShape): void {
  const window = WINDOW.exec(primitive);
  if (!window || !isBuiltIn(primitive) || shape.length === (window[1] ? 4 : 3)) return;
  const [is, remedy] = window[1]
    ? ['maps [N, H, W, C]', 'on signals use for example sep_conv_3']
    : ['signals [N, T, C]', 'on maps use for example sep_conv_3x3'];
  throw typeError(fn, `${primitive} is an operation of ${is}`, shape, remedy);
}
