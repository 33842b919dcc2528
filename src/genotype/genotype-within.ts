import { rangeError, requireList } from '../errors';
import type { AnySpace, ByAlpha } from '../spaces';
import type { AlphaMatrix } from './alpha';
import { choicesOf, type Pick } from './choices';
import type { DecodeOptions } from './decode';
import { alternatives, type RankedGenotype, scoresOf } from './top-genotypes';
import type { GenotypeOf } from './types';

/** A limit on the sum of what the operations of a genotype cost. */
export interface GenotypeBound {
  /** Cost of every operation, [edges][candidates] by the name of the cell, layer or edge. */
  readonly costs: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** The most that they may cost together. */
  readonly limit: number;
}

/** Combinations that are kept from one decision to the next; of more, the best of each of so many steps of the first cost. */
const MOST_STATES = 4096;

interface State {
  readonly score: number;
  readonly costs: readonly number[];
  readonly taken: readonly (readonly Pick[])[];
}

/** Leaves out states that another one is no worse than in all. */
function undominated(states: State[]): State[] {
  const sorted = states.sort((a, b) => b.score - a.score || a.costs[0]! - b.costs[0]!);
  if (sorted[0]?.costs.length === 1) {
    let least = Number.POSITIVE_INFINITY;
    return sorted.filter(({ costs: [cost] }) => {
      if (cost! >= least) return false;
      least = cost!;
      return true;
    });
  }
  const kept: State[] = [];
  for (const state of sorted) {
    const beaten = kept.some(({ costs }) => costs.every((cost, i) => cost <= state.costs[i]!));
    if (!beaten) kept.push(state);
  }
  return kept;
}

/** The best state of each step of the first cost. */
function thinned(states: readonly State[]): readonly State[] {
  if (states.length <= MOST_STATES) return states;
  const costs = states.map((state) => state.costs[0]!);
  const [least, most] = [costs.reduce((a, b) => Math.min(a, b)), costs.reduce((a, b) => Math.max(a, b))];
  const best = new Map<number, State>();
  for (const state of states) {
    const step = Math.floor((MOST_STATES * (state.costs[0]! - least)) / (most - least || 1));
    if (state.score > (best.get(step)?.score ?? Number.NEGATIVE_INFINITY)) best.set(step, state);
  }
  return [...best.values()];
}

/**
 * The genotype that the alphas are most for among those whose operations cost no more than the bounds: that of the largest
 * joint probability, as in {@link topGenotypes}; null if none keeps them.
 *
 * The decisions are taken one after the other, and of the combinations so far only those are kept that no other beats in
 * probability and in every cost. The result is exact while no more than 4096 of them are left, else the best to within
 * 1/4096 of the range of the first cost.
 *
 * @param alphas - One matrix a searched cell or layer, by its name; see `alphaCandidates`.
 * @throws TypeError or RangeError for what is no space, no alphas or no bounds.
 */
export function genotypeWithin<S extends AnySpace>(
  space: S,
  alphas: ByAlpha<S, AlphaMatrix>,
  bounds: readonly GenotypeBound[],
  { from = 'alpha' }: DecodeOptions = {},
): RankedGenotype<S> | null {
  const fn = 'genotypeWithin';
  const { decisions, assemble } = choicesOf(fn, space);
  const scoreOf = scoresOf(fn, space, alphas, from);
  requireList(fn, 'the bounds', bounds, 'pass [{ costs, limit }]');
  const costOf = ({ costs }: GenotypeBound, { alpha, row, column }: Pick): number => {
    const cost = costs?.[alpha]?.[row]?.[column];
    if (!Number.isFinite(cost))
      throw rangeError(fn, `every operation of ${alpha} must have a cost`, cost, 'pass costs of this space');
    return cost!;
  };
  let states: readonly State[] = [{ score: 0, costs: bounds.map(() => 0), taken: [] }];
  // What the decisions to come cost at least, so that what cannot keep a bound is dropped at once.
  const options = decisions.map((decision) =>
    undominated(
      alternatives(decision, scoreOf, Number.POSITIVE_INFINITY).map(({ taken, score }) => ({
        score,
        costs: bounds.map((bound) => taken.reduce((sum, pick) => sum + costOf(bound, pick), 0)),
        taken: [taken],
      })),
    ),
  );
  const least = options.map((states_) =>
    bounds.map((_, i) => states_.reduce((low, { costs }) => Math.min(low, costs[i]!), Infinity)),
  );
  for (const [index, choices] of options.entries()) {
    const rest = bounds.map(({ limit }, i) =>
      least.slice(index + 1).reduce((left, costs) => left - costs[i]!, limit),
    );
    const next = states.flatMap((state) =>
      choices.flatMap((choice) => {
        const costs = state.costs.map((cost, i) => cost + choice.costs[i]!);
        if (costs.some((cost, i) => cost > rest[i]!)) return [];
        return [{ score: state.score + choice.score, costs, taken: [...state.taken, ...choice.taken] }];
      }),
    );
    states = thinned(undominated(next));
  }
  const best = states.reduce<State | undefined>(
    (top, state) => (top && top.score >= state.score ? top : state),
    undefined,
  );
  return best ? { genotype: assemble(best.taken) as GenotypeOf<S>, logProbability: best.score } : null;
}
