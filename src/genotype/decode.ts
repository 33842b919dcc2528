import { checkOptions, rangeError, requireKind, requireObject } from '../errors';
import { alphaShape, type CellType, type DartsSpace, edgeCandidates, edgeIndex, nodeEdges } from '../spaces';
import { type AlphaMatrix, alphaRows, softmax } from './alpha';
import type { Genotype, GenotypeEdge } from './types';

/** One matrix a cell. */
export interface CellAlphas {
  /** Of the normal cell, [edges, candidates]. */
  readonly normal: AlphaMatrix;
  /** Of the reduction cell, [edges, candidates]. */
  readonly reduce: AlphaMatrix;
}

/** Options of {@link decodeGenotype} and {@link genotypeWeights}. */
export interface DecodeOptions {
  /**
   * What the numbers are: `'alpha'`, as they are learnt, or `'weights'`, as the edges use them (after the softmax, or
   * after whatever a strategy puts in its place). Default `'alpha'`.
   */
  readonly from?: 'alpha' | 'weights';
}

/** The number, among an edge's candidates other than `none`, of the largest; the first of equals. */
function best(candidates: readonly string[], values: readonly number[]): number {
  let winner = -1;
  for (const [k, name] of candidates.entries()) {
    if (name !== 'none' && (winner < 0 || values[k]! > values[winner]!)) winner = k;
  }
  return winner;
}

function matrices(
  fn: string,
  space: DartsSpace,
  alphas: CellAlphas,
  from: string,
): { readonly [cell in CellType]: readonly (readonly number[])[] } {
  requireKind(fn, 'from', from, ['alpha', 'weights']);
  const shape = alphaShape(space);
  return {
    normal: alphaRows(fn, 'alphas.normal', alphas?.normal, shape),
    reduce: alphaRows(fn, 'alphas.reduce', alphas?.reduce, shape),
  };
}

function decodeCell<P extends string>(
  space: DartsSpace<P>,
  cell: CellType,
  rows: readonly (readonly number[])[],
  from: 'alpha' | 'weights',
): GenotypeEdge<Exclude<P, 'none'>>[] {
  const edges: GenotypeEdge<Exclude<P, 'none'>>[] = [];
  for (let node = 0; node < space.nodes; node++) {
    const [start, end] = nodeEdges(node);
    const incoming = rows.slice(start, end).map((row, input) => {
      const candidates = edgeCandidates(space, cell, start + input);
      const k = best(candidates, row);
      const strength = (from === 'alpha' ? softmax(row) : row)[k]!;
      return { input, strength, primitive: candidates[k] as Exclude<P, 'none'> };
    });
    // The sort is stable: of equally strong edges the one from the earlier state comes first.
    incoming.sort((a, b) => b.strength - a.strength);
    edges.push(...incoming.slice(0, 2).map(({ primitive, input }) => [primitive, input] as const));
  }
  return edges;
}

/**
 * The genotype that a search has arrived at. On each edge the operation with the largest alpha wins, `none` left
 * aside; of the edges into a node the two whose winner has the largest weight survive, the stronger one first. The
 * first wins every tie: the earlier candidate, the edge from the earlier state.
 *
 * Weights are compared, not alphas, since an edge's weight depends on all its candidates (on `none` too). They are
 * computed in double precision from the values given; the official code compares them in single precision, so that it
 * can see a tie where two weights differ by less than 1e-7.
 *
 * @param space - The space searched; its `nodes` and `multiplier` give the output states.
 * @param alphas - Both matrices, [edges, candidates].
 * @throws RangeError if a matrix has another shape than the space's or holds a number that is not finite.
 *
 * Source: Liu et al. 2019, section 2.4; the official `genotype()` of the NoisyDARTS supernet.
 */
export function decodeGenotype<P extends string>(
  space: DartsSpace<P>,
  alphas: CellAlphas,
  options: DecodeOptions = {},
): Genotype<Exclude<P, 'none'>> {
  const { from = 'alpha' } = checkOptions('decodeGenotype', options, { from: true });
  const rows = matrices('decodeGenotype', space, alphas, from);
  const output = outputStates(space);
  return {
    normal: decodeCell(space, 'normal', rows.normal, from),
    normalConcat: output,
    reduce: decodeCell(space, 'reduce', rows.reduce, from),
    reduceConcat: output,
  };
}

/** The states that a space concatenates: its last `multiplier` nodes. */
export function outputStates({ nodes, multiplier }: DartsSpace): readonly number[] {
  return Array.from({ length: multiplier }, (_, i) => 2 + nodes - multiplier + i);
}

/**
 * The weight of each edge of a genotype, in the genotype's order: how sure the search is of it. The drawings take
 * them.
 *
 * @throws RangeError if a matrix does not fit the space, or if the genotype is not of the space.
 */
export function genotypeWeights<P extends string>(
  space: DartsSpace<P>,
  genotype: Genotype<P>,
  alphas: CellAlphas,
  options: DecodeOptions = {},
): { readonly [cell in CellType]: readonly number[] } {
  const { from = 'alpha' } = checkOptions('genotypeWeights', options, { from: true });
  requireObject(
    'genotypeWeights',
    'the genotype',
    genotype,
    'pass { normal, reduce, ... }',
    'normal',
    'reduce',
  );
  const rows = matrices('genotypeWeights', space, alphas, from);
  const weights = (cell: CellType) =>
    genotype[cell].map(([primitive, input], i) => {
      const edge = edgeIndex({ node: Math.floor(i / 2), input });
      const k = edgeCandidates(space, cell, edge).indexOf(primitive);
      if (k < 0) {
        throw rangeError(
          'genotypeWeights',
          `edge ${edge} of ${space.name} offers no such operation`,
          primitive,
          'pass its own space',
        );
      }
      return (from === 'alpha' ? softmax(rows[cell][edge]!) : rows[cell][edge]!)[k]!;
    });
  return { normal: weights('normal'), reduce: weights('reduce') };
}
