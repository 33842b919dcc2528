import {
  byKind,
  type EdgeCall,
  edgeFacts,
  type FusedBlock,
  type FusedNorm,
  type FusedTerm,
} from '../../kernels/edge';
import { type Shape4, strided } from '../../kernels/geometry';
import { type NoiseAttributes, noiseAttributes } from '../../kernels/noise';
import { sides, type WindowCode, windowCode } from '../window';

/** A depthwise convolution with a pointwise one behind it. */
type SeparableBlock = FusedBlock & Required<Pick<FusedBlock, 'depthwise' | 'filter'>>;

const isPlain = ({ affine }: FusedNorm) => !affine.length;

/** Whether there are shaders for a term in training: separable blocks and pools, their norms without scale and offset. */
export const isShaded = byKind<[], boolean>({
  blocks: ({ blocks, residual }) =>
    !residual &&
    blocks.every((block) => block.depthwise && block.filter && !block.activation && isPlain(block.norm)),
  pool: ({ norm }) => !!norm && isPlain(norm),
  identity: () => true,
  zero: () => true,
  given: () => true,
});

/** A depthwise and a pointwise convolution at work on a level. */
export interface PlacedBlock {
  readonly block: SeparableBlock;
  /** The map of the level before that it reads; undefined where it reads the edge's input. */
  readonly source: number | undefined;
  readonly window: WindowCode;
  /** The place of its filters among the variables of the part. */
  readonly variables: number;
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
  readonly norms: readonly FusedNorm[];
  readonly finals: readonly Final[];
  /** The maps that the blocks of the next level read, in the order of those blocks. */
  readonly inner: readonly number[];
}

/** Terms of an edge that are computed together. */
export interface EdgePart {
  /** The edge without its other terms. */
  readonly call: EdgeCall;
  readonly input: Shape4;
  readonly output: Shape4;
  readonly levels: readonly Level[];
  /** Identities without noise, by their place in the mixture. */
  readonly identities: readonly number[];
  /** An identity with noise. */
  readonly noisy: { readonly term: number; readonly noise: NoiseAttributes } | undefined;
  /** Terms whose outputs were computed elsewhere. */
  readonly given: readonly number[];
}

/** A part while terms are added to it. */
interface Draft {
  readonly input: Shape4;
  readonly levels: Level[];
  readonly identities: number[];
  noisy: EdgePart['noisy'];
  readonly given: number[];
}

/** What is computed of a level beside the maps that are there. */
interface Addition {
  readonly source: Shape4;
  readonly stride: number;
  readonly channels: number;
  readonly norm: FusedNorm;
  /** The term that the map ends, if it ends one. */
  readonly ends: number | undefined;
  readonly pool?: 'max' | 'avg';
  readonly block?: PlacedBlock;
}

const EMPTY = { pools: [], blocks: [], norms: [], finals: [], inner: [] };

/** Adds a map to a level and returns its plane; undefined if it is not like the maps there. */
function addMap(
  { levels }: Draft,
  depth: number,
  { source, stride, channels, norm, ends, pool, block }: Addition,
): number | undefined {
  const { epsilon } = norm;
  const output = strided(source, stride, channels);
  const level: Level = levels[depth] ?? { ...EMPTY, input: source, output, stride, epsilon };
  const same =
    String([level.input, level.output]) === String([source, output]) &&
    level.stride === stride &&
    level.epsilon === epsilon;
  if (!same) return undefined;
  const plane = level.norms.length;
  levels[depth] = {
    ...level,
    pools: pool ? [...level.pools, pool] : level.pools,
    blocks: block ? [...level.blocks, block] : level.blocks,
    norms: [...level.norms, norm],
    finals: ends === undefined ? level.finals : [...level.finals, { plane, term: ends }],
  };
  return plane;
}

/** Adds a term to a part; false if its maps are not like those there. `variables`: the place of its own among the part's. */
const addTerm = byKind<[draft: Draft, term: number, variables: number], boolean>({
  blocks({ blocks }, draft, term, variables) {
    let plane: number | undefined;
    let source = draft.input;
    for (const [depth, block] of (blocks as SeparableBlock[]).entries()) {
      const { depthwise, filter, stride, dilation = 1, norm } = block;
      const channels = filter.shape[3];
      const before = plane;
      plane = addMap(draft, depth, {
        ...{ source, stride, channels, norm },
        ends: depth === blocks.length - 1 ? term : undefined,
        block: {
          block,
          source: before,
          window: windowCode(sides(depthwise.shape), dilation),
          variables: variables + 2 * depth,
        },
      });
      if (plane === undefined) return false;
      if (before !== undefined) {
        const level = draft.levels[depth - 1]!;
        draft.levels[depth - 1] = { ...level, inner: [...level.inner, before] };
      }
      source = strided(source, stride, channels);
    }
    return true;
  },
  pool({ pool, stride, norm }, draft, term) {
    const source = draft.input;
    const map = norm && addMap(draft, 0, { source, stride, channels: source[3], norm, ends: term, pool });
    return map !== undefined;
  },
  identity({ noise }, draft, term) {
    if (!noise) draft.identities.push(term);
    else if (draft.noisy) return false;
    else draft.noisy = { term, noise: noiseAttributes(noise.formula, noise.position) };
    return true;
  },
  zero: () => true,
  given(_, draft, term) {
    draft.given.push(term);
    return true;
  },
});

/** Lays an edge out; undefined if the maps of its terms are not alike level by level. */
function together(call: EdgeCall, output: Shape4): EdgePart | undefined {
  const input = call.x.shape;
  const draft: Draft = { input, levels: [], identities: [], noisy: undefined, given: [] };
  let before = 0;
  const terms = edgeFacts(call).map(({ variables: { length } }, term) => {
    const variables = before;
    before += length;
    return { term, variables, length };
  });
  // What has no variables, the pools, comes first on its level, whatever its place among the terms.
  const order = terms.sort((a, b) => Number(a.length > 0) - Number(b.length > 0));
  const alike = order.every(({ term, variables }) => addTerm(call.terms[term]!, draft, term, variables));
  return alike ? { ...draft, call, output } : undefined;
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

const ABSENT: FusedTerm = { kind: 'zero' };

/** Lays an edge out in as few parts as its maps and a device with room for `most` tensors allow. */
export function partsOf(call: EdgeCall, most: number): EdgePart[] {
  const facts = edgeFacts(call);
  const output = facts.find((term) => term.output)!.output!;
  const parts: { part: EdgePart; members: readonly number[] }[] = [];
  const only = (members: readonly number[]) =>
    together({ ...call, terms: call.terms.map((of, k) => (members.includes(k) ? of : ABSENT)) }, output);
  for (const term of call.terms.keys()) {
    if (!facts[term]!.output) continue;
    const joined = parts.some((some) => {
      const members = [...some.members, term];
      const part = only(members);
      const joins = part !== undefined && fits(part, most);
      if (joins) Object.assign(some, { part, members });
      return joins;
    });
    if (!joined) parts.push({ part: only([term])!, members: [term] });
  }
  return parts.map(({ part }) => part);
}
