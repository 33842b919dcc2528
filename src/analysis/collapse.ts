import { rangeError, requireList } from '../errors';
import { type Genotype, type GenotypeOf, keptOperations } from '../genotype';
import type { AnySpace } from '../spaces';

/** The name of the skip connection in every space of this library. */
const SKIP = 'skip_connect';

/**
 * How many edges of each searched cell are skip connections, by the cell's name: the plainest sign of collapse, and what
 * DARTS+ stops a search by.
 *
 * A DARTS cell keeps 8 edges. The published NoisyDARTS genotypes have 0 to 2 skips in the normal cell; a collapsed search
 * has 4 and more.
 *
 * @param skip - The primitive to count. Default `skip_connect`.
 */
export function skipCount(
  genotype: Pick<Genotype, 'normal' | 'reduce'>,
  skip?: string,
): { readonly normal: number; readonly reduce: number };
export function skipCount(genotype: GenotypeOf<AnySpace>, skip?: string): Readonly<Record<string, number>>;
export function skipCount(
  genotype: GenotypeOf<AnySpace> | Pick<Genotype, 'normal' | 'reduce'>,
  skip: string = SKIP,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(keptOperations(genotype as GenotypeOf)).map(([cell, operations]) => [
      cell,
      operations.filter((primitive) => primitive === skip).length,
    ]),
  );
}

/**
 * The share of the edge weights that lies on the skip connections, from 0 to 1: the sum over their columns divided by the
 * sum over all.
 *
 * Every edge starts at 1 / K under softmax over K candidates.
 *
 * @param weights - Edge weights, [edges][candidates]: softmax of alpha, or any other weights >= 0.
 * @param candidates - Names of the columns, once for all edges or edge by edge.
 * @param skip - The primitive to look for. Default `skip_connect`; the share of a primitive that is nowhere is 0.
 * @throws RangeError if an edge's names and weights differ in number, a weight is negative or not finite, or all are 0.
 */
export function skipShare(
  weights: readonly (readonly number[])[],
  candidates: readonly string[] | readonly (readonly string[])[],
  skip: string = SKIP,
): number {
  for (const list of [weights, candidates])
    requireList('skipShare', 'weights and candidates', list, 'pass [edges][candidates] and their names');
  let [skipped, total] = [0, 0];
  for (const [edge, row] of weights.entries()) {
    const names = Array.isArray(candidates[0])
      ? (candidates as readonly (readonly string[])[])[edge]
      : (candidates as readonly string[]);
    if (names?.length !== row.length)
      throw rangeError(
        'skipShare',
        `edge ${edge} must have one name for each of its ${row.length} weights`,
        names,
        "pass the edge's candidates in the order of alpha's columns",
      );
    for (const [k, weight] of checkedRow('skipShare', row, edge).entries()) {
      total += weight;
      if (names[k] === skip) skipped += weight;
    }
  }
  return skipped / total;
}

/**
 * The entropy of the edge weights, -sum_k p_k ln p_k in nats, averaged over the edges: ln K while all candidates weigh the
 * same, 0 once every edge has made up its mind.
 *
 * @param weights - Edge weights, [edges][candidates]; each edge is normalised to sum 1 first.
 * @throws RangeError if there is no edge, a weight is negative or not finite, or all of an edge are 0.
 */
export function alphaEntropy(weights: readonly (readonly number[])[]): number {
  requireList('alphaEntropy', 'weights', weights, 'pass [edges][candidates]');
  if (weights.length === 0)
    throw rangeError('alphaEntropy', 'there must be at least one edge', weights, 'pass [edges][candidates]');
  const entropies = weights.map((row, edge) => {
    const total = checkedRow('alphaEntropy', row, edge).reduce((sum, weight) => sum + weight, 0);
    return row.reduce(
      (sum, weight) => (weight === 0 ? sum : sum - (weight / total) * Math.log(weight / total)),
      0,
    );
  });
  return entropies.reduce((sum, entropy) => sum + entropy, 0) / entropies.length;
}

function checkedRow(fn: string, row: readonly number[], edge: number): readonly number[] {
  if (!row.every((weight) => Number.isFinite(weight) && weight >= 0) || !row.some((weight) => weight > 0))
    throw rangeError(
      fn,
      `the weights of edge ${edge} must be finite, >= 0 and not all 0`,
      row,
      'pass softmax(alpha), not alpha',
    );
  return row;
}
