import type * as tf from '@tensorflow/tfjs-core';
import { type NoiseAttributes, noiseAttributes } from '../../kernels';
import type { BatchNorm, EdgeCall, FusedBlock, FusedTerm } from '../../layers';
import { after, type Shape4 } from '../window';

/** A depthwise and a pointwise convolution at work on a level. */
export interface PlacedBlock {
  readonly block: FusedBlock;
  /** The map of the level before that it reads; undefined where it reads the edge's input. */
  readonly source: number | undefined;
  readonly kernel: number;
  readonly dilation: number;
  readonly pad: number;
}

/** A map of a level that ends a term. */
export interface Final {
  readonly plane: number;
  /** The term's place in the mixture. */
  readonly term: number;
}

/** Maps of one shape that are computed together: pools of the edge's input, then blocks. */
export interface Level {
  /** Shape of a map that is read. */
  readonly input: Shape4;
  /** Shape of a map. */
  readonly output: Shape4;
  readonly stride: number;
  /** Of the norms. */
  readonly epsilon: number;
  readonly pools: readonly ('max' | 'avg')[];
  readonly blocks: readonly PlacedBlock[];
  /** The norm behind each map. */
  readonly norms: readonly BatchNorm[];
  readonly finals: readonly Final[];
  /** The maps that the blocks of the next level read, in the order of those blocks. */
  readonly inner: readonly number[];
}

/** Terms of an edge that are computed together. */
export interface EdgePart {
  readonly input: Shape4;
  readonly output: Shape4;
  readonly levels: readonly Level[];
  /** Identities without noise, by their place in the mixture. */
  readonly identities: readonly number[];
  /** An identity with noise. */
  readonly noisy: { readonly term: number; readonly noise: NoiseAttributes } | undefined;
  /** Outputs of terms that were computed elsewhere. */
  readonly given: readonly { readonly term: number; readonly y: tf.Tensor4D }[];
}

type Term = { readonly term: number; readonly of: FusedTerm };

const EMPTY = { pools: [], blocks: [], norms: [], finals: [], inner: [] };

/** Lays terms out together; undefined if their maps are not alike level by level. */
function together({ x, moment }: EdgeCall, output: Shape4, terms: readonly Term[]): EdgePart | undefined {
  const input = x.shape;
  const levels: Level[] = [];
  const identities: number[] = [];
  const given: { term: number; y: tf.Tensor4D }[] = [];
  let noisy: EdgePart['noisy'];
  const levelAt = (
    depth: number,
    source: Shape4,
    stride: number,
    channels: number,
    { epsilon }: BatchNorm,
  ) => {
    const level: Level = levels[depth] ?? {
      ...EMPTY,
      input: source,
      output: after(source, stride, channels),
      stride,
      epsilon,
    };
    const same =
      String(level.input) === String(source) &&
      level.output[3] === channels &&
      level.stride === stride &&
      level.epsilon === epsilon;
    return same ? level : undefined;
  };
  const add = (
    depth: number,
    level: Level,
    norm: BatchNorm,
    ends: number | undefined,
    more: Partial<Level>,
  ): number => {
    const plane = level.norms.length;
    levels[depth] = {
      ...level,
      ...more,
      norms: [...level.norms, norm],
      finals: ends === undefined ? level.finals : [...level.finals, { plane, term: ends }],
    };
    return plane;
  };
  // Pools come first on their level, whatever their place among the terms.
  const order = [...terms].sort((a, b) => Number(b.of.kind === 'pool') - Number(a.of.kind === 'pool'));
  for (const { term, of } of order) {
    if (of.kind === 'pool') {
      const level = levelAt(0, input, of.stride, input[3], of.norm);
      if (!level) return undefined;
      add(0, level, of.norm, term, { pools: [...level.pools, of.pool] });
    } else if (of.kind === 'blocks') {
      let source: number | undefined;
      let shape: Shape4 = input;
      for (const [depth, block] of of.blocks.entries()) {
        const level = levelAt(depth, shape, block.stride, block.pointwise.shape[3]!, block.norm);
        if (!level) return undefined;
        shape = level.output;
        const kernel = block.depthwise.shape[0]!;
        const { dilation } = block;
        const placed = { block, source, kernel, dilation, pad: (dilation * (kernel - 1)) / 2 };
        const ends = depth === of.blocks.length - 1 ? term : undefined;
        const plane = add(depth, level, block.norm, ends, { blocks: [...level.blocks, placed] });
        if (source !== undefined) {
          const before = levels[depth - 1]!;
          levels[depth - 1] = { ...before, inner: [...before.inner, source] };
        }
        source = plane;
      }
    } else if (of.kind === 'given') given.push({ term, y: of.y });
    else if (of.kind === 'identity' && !of.noise) identities.push(term);
    else if (of.kind === 'identity') {
      if (noisy) return undefined;
      const { formula, position } = of.noise!(moment);
      noisy = { term, noise: noiseAttributes(formula, position) };
    }
  }
  return { input, output, levels, identities, noisy, given };
}

/** Whether the shaders of a part get by with so many tensors. */
function fits({ levels, identities, noisy, given }: EdgePart, most: number): boolean {
  // The mixture reads weights, maps and statistics of each level, the input, its deviation and what is given.
  const read =
    1 +
    2 * levels.filter(({ finals }) => finals.length > 0).length +
    Number(noisy !== undefined || identities.length > 0) +
    Number(noisy?.noise.relative ?? false) +
    given.length;
  // A level's blocks have a filter each: beside them there are the input, two outputs, and statistics from the second level on.
  return (
    read + 1 <= most && levels.every(({ blocks }, depth) => blocks.length <= most - (depth === 0 ? 3 : 4))
  );
}

/** Shape of the edge's output. */
function outputOf({ x, terms }: EdgeCall): Shape4 {
  const [term] = terms.filter(({ kind }) => kind !== 'zero');
  if (term?.kind === 'given') return term.y.shape;
  if (term?.kind === 'pool') return after(x.shape, term.stride, x.shape[3]);
  if (term?.kind !== 'blocks') return x.shape;
  return term.blocks.reduce<Shape4>(
    (shape, { stride, pointwise }) => after(shape, stride, pointwise.shape[3]!),
    x.shape,
  );
}

/** Lays an edge out in as few parts as its maps and a device with room for `most` tensors allow. */
export function partsOf(call: EdgeCall, most: number): EdgePart[] {
  const output = outputOf(call);
  const parts: { terms: Term[]; part: EdgePart }[] = [];
  call.terms.forEach((of, term) => {
    if (of.kind === 'zero') return;
    const one = { term, of };
    for (const some of parts) {
      const terms = [...some.terms, one];
      const part = together(call, output, terms);
      if (part && fits(part, most)) {
        Object.assign(some, { terms, part });
        return;
      }
    }
    parts.push({ terms: [one], part: together(call, output, [one])! });
  });
  return parts.map(({ part }) => part);
}
