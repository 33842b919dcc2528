import { checkOptions, rangeError } from '../errors';
import { type AnySpace, type ByAlpha, mapAlphas, type SearchSpace } from '../spaces';
import { type AlphaMatrix, alphaRows } from './alpha';
import { choicesOf, type Decision, type Pick } from './choices';
import type { DecodeOptions } from './decode';
import type { GenotypeOf } from './types';

/** A genotype with how much the alphas are for it. */
export interface RankedGenotype<S extends AnySpace = SearchSpace> {
  readonly genotype: GenotypeOf<S>;
  /**
   * The sum of the natural logarithms of its operations' weights: that of the probability that its edges draw it, each by
   * itself. -Infinity if a weight is 0.
   */
  readonly logProbability: number;
}

/** The whole of NAS-Bench-201 is fewer. */
const MOST_GENOTYPES = 20_000;

interface Scored {
  readonly score: number;
}

/** Puts an item behind those that score no less, and keeps the best `limit`. */
function insert<T extends Scored>(list: T[], item: T, limit: number): void {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.score >= item.score) low = middle + 1;
    else high = middle;
  }
  if (low >= limit) return;
  list.splice(low, 0, item);
  if (list.length > limit) list.pop();
}

interface Alternative extends Scored {
  readonly taken: readonly Pick[];
}

/** The best ways to decide, at most `limit`; of two edges the stronger comes first. */
export function alternatives(
  { take, picks }: Decision,
  scoreOf: (pick: Pick) => number,
  limit: number,
): readonly Alternative[] {
  const best: Alternative[] = [];
  for (const [i, first] of picks.entries()) {
    const score = scoreOf(first);
    if (take === 1) {
      insert(best, { taken: [first], score }, limit);
      continue;
    }
    for (const second of picks.slice(i + 1)) {
      if (second.row === first.row) continue;
      const other = scoreOf(second);
      const taken = other > score ? [second, first] : [first, second];
      insert(best, { taken, score: score + other }, limit);
    }
  }
  return best;
}

/** Logarithms of the softmax, or of weights. */
function logarithms(row: readonly number[], from: 'alpha' | 'weights'): readonly number[] {
  if (from === 'weights') return row.map(Math.log);
  const peak = Math.max(...row);
  // In an order of their own, so that rows of the same values get the same sum.
  const powers = row.map((value) => Math.exp(value - peak)).sort((a, b) => a - b);
  const total = Math.log(powers.reduce((sum, power) => sum + power, 0));
  return row.map((value) => value - peak - total);
}

/** How much the alphas are for an operation: the logarithm of its weight. */
export function scoresOf<S extends AnySpace>(
  fn: string,
  space: S,
  alphas: ByAlpha<S, AlphaMatrix>,
  from: 'alpha' | 'weights',
): (pick: Pick) => number {
  if (from !== 'alpha' && from !== 'weights')
    throw rangeError(fn, "from must be 'alpha' or 'weights'", from, 'say what the numbers are');
  const given = Object(alphas) as Readonly<Record<string, AlphaMatrix>>;
  const logs = mapAlphas<AnySpace, readonly (readonly number[])[]>(space, (name, rows) => {
    const matrix = alphaRows(fn, `alphas.${name}`, given[name] ?? [], [rows.length, rows[0]!.length]);
    const negative = from === 'weights' ? matrix.flat().find((weight) => weight < 0) : undefined;
    if (negative !== undefined)
      throw rangeError(fn, `the weights of ${name} must not be negative`, negative, "pass from: 'alpha'");
    return matrix.map((row) => logarithms(row, from));
  }) as Readonly<Record<string, readonly (readonly number[])[]>>;
  return ({ alpha, row, column }) => logs[alpha]![row]![column]!;
}

/**
 * The genotypes of a space that its alphas are most for, the best first: those of the largest joint probability, were the
 * operation of every edge drawn by its weight. The first is what {@link decodeAlphas} gives; the others tell how close the
 * search was, and are worth training too.
 *
 * Exact: the space is not enumerated, but taken apart into the decisions that are free of each other, whose best
 * combinations are put together one after the other.
 *
 * @param alphas - One matrix a searched cell or layer, by its name; see `alphaCandidates`.
 * @param count - How many, at most 20,000; a smaller space gives all that it has.
 * @throws RangeError if the count is out of range, or a matrix has another shape than the space's or holds a number that is
 * not finite, or a weight below 0.
 */
export function topGenotypes<S extends AnySpace>(
  space: S,
  alphas: ByAlpha<S, AlphaMatrix>,
  count: number,
  options: DecodeOptions = {},
): readonly RankedGenotype<S>[] {
  const fn = 'topGenotypes';
  const { from = 'alpha' } = checkOptions(fn, options, { from: true });
  const { decisions, assemble } = choicesOf(fn, space);
  if (!Number.isInteger(count) || count < 1 || count > MOST_GENOTYPES)
    throw rangeError(
      fn,
      `count must be a whole number from 1 to ${MOST_GENOTYPES}`,
      count,
      'pass for example 5',
    );
  const scoreOf = scoresOf(fn, space, alphas, from);
  const ranked = decisions.map((decision) => alternatives(decision, scoreOf, count));

  // A combination gives way to those in which its last decision that is not the best, or a later one, is one worse.
  const found: RankedGenotype<S>[] = [];
  const next: { readonly score: number; readonly ranks: readonly number[]; readonly last: number }[] = [];
  const consider = (ranks: readonly number[], last: number) => {
    const score = ranks.reduce((sum, rank, i) => sum + ranked[i]![rank]!.score, 0);
    insert(next, { score, ranks, last }, count - found.length);
  };
  consider(
    decisions.map(() => 0),
    0,
  );
  for (let best = next.shift(); best && found.length < count; best = next.shift()) {
    const { score, ranks, last } = best;
    const taken = ranks.map((rank, i) => ranked[i]![rank]!.taken);
    found.push({ genotype: assemble(taken), logProbability: score });
    for (let i = last; i < ranks.length; i++) {
      const worse = ranks.map((rank, j) => (i === j ? rank + 1 : rank));
      if (worse[i]! < ranked[i]!.length) consider(worse, i);
    }
  }
  return found;
}
