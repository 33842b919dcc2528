import type { FusedBlock, FusedCandidate, FusedTerm } from '../../layers';
import type { BlockShape } from '../kernels/block';
import { type Shape4, sizeOf } from '../kernels/kernel';

/** Where one batch norm keeps its mean, variance and gain: C numbers each, one after the other. */
export interface NormPlace {
  /** Numbers before it. */
  readonly at: number;
  readonly channels: number;
}

/** A map that a term computes on the way and the norm behind it. */
export interface Stage {
  /** Shape of the map. */
  readonly shape: Shape4;
  readonly norm: NormPlace;
}

/** A block with the shapes it works on. */
export interface PlacedBlock extends Stage {
  readonly block: FusedBlock;
  readonly plan: BlockShape;
}

/** A term with the stages it goes through. */
export type PlacedTerm =
  | { readonly kind: 'blocks'; readonly stages: readonly PlacedBlock[] }
  | {
      readonly kind: 'pool';
      readonly term: Extract<FusedCandidate, { kind: 'pool' }>;
      readonly stages: readonly [Stage];
    }
  | {
      readonly kind: 'identity';
      readonly term: Extract<FusedCandidate, { kind: 'identity' }>;
      readonly stages: readonly [];
    }
  | { readonly kind: 'given'; readonly index: number; readonly stages: readonly [] }
  | { readonly kind: 'zero'; readonly stages: readonly [] };

/** What a fused edge works on: the terms with their shapes, and how much they keep. */
export interface EdgeLayout {
  readonly input: Shape4;
  readonly output: Shape4;
  readonly terms: readonly PlacedTerm[];
  /** Numbers that all norms keep. */
  readonly statistics: number;
}

const after = ([n, h, w]: Shape4, stride: number, channels: number): Shape4 => [
  n,
  Math.ceil(h / stride),
  Math.ceil(w / stride),
  channels,
];

function planOf(block: FusedBlock, [images, height, width, channels]: Shape4): BlockShape {
  const size = block.depthwise.shape[0]!;
  const pad = (block.dilation * (size - 1)) / 2;
  return {
    images,
    height,
    width,
    channels,
    outputs: block.pointwise.shape[3]!,
    kernelHeight: size,
    kernelWidth: size,
    strideHeight: block.stride,
    strideWidth: block.stride,
    dilation: block.dilation,
    padHeight: pad,
    padWidth: pad,
  };
}

/** Lays an edge out. */
export function layoutOf(input: Shape4, terms: readonly FusedTerm[]): EdgeLayout {
  let statistics = 0;
  let given = 0;
  let output = input;
  const stage = (shape: Shape4): Stage => {
    const norm = { at: statistics, channels: shape[3] };
    statistics += 3 * norm.channels;
    output = shape;
    return { shape, norm };
  };
  const place = (term: FusedTerm): PlacedTerm => {
    if (term.kind === 'blocks') {
      let shape = input;
      const stages = term.blocks.map((block): PlacedBlock => {
        const plan = planOf(block, shape);
        shape = after(shape, block.stride, plan.outputs);
        return { block, plan, ...stage(shape) };
      });
      return { kind: 'blocks', stages };
    }
    if (term.kind === 'pool') {
      return { kind: 'pool', term, stages: [stage(after(input, term.stride, input[3]))] };
    }
    if (term.kind === 'given') {
      output = term.y.shape;
      return { kind: 'given', index: given++, stages: [] };
    }
    return term.kind === 'identity' ? { kind: 'identity', term, stages: [] } : { kind: 'zero', stages: [] };
  };
  const placed = terms.map(place);
  return { input, output, terms: placed, statistics };
}

/** Numbers in a map. */
export const mapSize = (shape: Shape4): number => sizeOf(shape);
