import { checkOptions, type OptionKeys } from '../errors';
import { type GenotypeOf, topGenotypes } from '../genotype';
import { type AnySpace, type ByAlpha, mapAlphas, type SearchSpace } from '../spaces';
import { defineSelection } from './define-selection';
import type { SelectionEvent } from './events';
import { type SelectionOptions, selectionKeys } from './options';
import {
  ask,
  type CandidateMask,
  type MixtureWeights,
  type SelectionPlan,
  type SelectionStart,
} from './plan';

/** What a round has dropped, [edges][candidates] by the name of the cell, layer or edge. */
export interface ShrinkDecision {
  readonly what: 'round';
  readonly dropped: Readonly<Record<string, readonly (readonly string[])[]>>;
  readonly left: Readonly<Record<string, readonly (readonly string[])[]>>;
}

/** Options of {@link selectByProgressiveShrink}. */
export interface ShrinkOptions<S extends AnySpace = SearchSpace> extends SelectionOptions<S> {
  /** Candidates that an edge loses a round. Default 1. */
  readonly drop?: number;
  /** Steps of the search between two rounds. Default: those of one pass over `train`. */
  readonly tuneSteps?: number;
}

interface OwnOptions {
  readonly drop: number;
  readonly tuneSteps?: number | undefined;
}

const KEYS = { ...selectionKeys, drop: 'count', tuneSteps: 'whole' } satisfies OptionKeys<ShrinkOptions>;

const FN = 'selectByProgressiveShrink';

/**
 * Selects by alpha a little at a time: the search goes on among fewer and fewer candidates, so that those that stay are weighed
 * against each other and not against what is gone.
 *
 * In rounds, while an edge has more than two candidates: every such edge loses the one (`drop`: as many) of the smallest weight,
 * of equals the last, but never more than leaves two; then the search goes on for a while, a step of alpha and one of the weights
 * at a time. What the two that are left come to decides as alpha always does: the stronger one stays, `none` left aside where a
 * genotype cannot keep it, and in a DARTS space the two strongest edges into every node.
 *
 * The alphas of what is dropped are set to -10,000 for good, which softmax and sigmoid make 0. A strategy that disturbs the
 * mixtures themselves (`sdartsRs()`, `sdartsAdv()`) disturbs theirs too.
 *
 * @throws RangeError or TypeError for bad options, before anything is computed; SelectionError if a loss is not finite, or the device
 * or the data fail.
 */
export async function* selectByProgressiveShrink<S extends AnySpace>(
  options: ShrinkOptions<S>,
): AsyncGenerator<SelectionEvent<S, ShrinkDecision>, void, undefined> {
  const { drop = 1, tuneSteps, ...common } = checkOptions(FN, options, KEYS);
  const own: OwnOptions = { drop, tuneSteps };
  yield* defineSelection<ShrinkDecision>({
    name: FN,
    settings: { drop, tuneSteps: tuneSteps ?? null },
    work: (start) => ({ evaluations: 0, steps: stepsOf(start, own) * roundsOf(start, own) }),
    plan: (start) => shrink(start, own),
  })(common as SelectionOptions<S>);
}

const stepsOf = ({ stepsPerEpoch }: SelectionStart<AnySpace>, { tuneSteps }: OwnOptions) =>
  tuneSteps ?? stepsPerEpoch;

function roundsOf({ weights }: SelectionStart<AnySpace>, { drop }: OwnOptions): number {
  const most = Math.max(...Object.values(weights).flatMap((rows) => rows.map(({ length }) => length)));
  return Math.max(0, Math.ceil((most - 2) / drop));
}

/** Which candidates of an edge stay. */
function weaker(row: readonly number[], left: readonly boolean[], drop: number): boolean[] {
  const there = [...left.keys()].filter((k) => left[k]);
  // The sort is stable: of equals the last goes first.
  const order = [...there].reverse().sort((a, b) => row[a]! - row[b]!);
  const gone = order.slice(0, Math.max(0, Math.min(drop, there.length - 2)));
  return left.map((stays, k) => stays && !gone.includes(k));
}

function* shrink<S extends AnySpace>(
  start: SelectionStart<S>,
  own: OwnOptions,
): SelectionPlan<S, ShrinkDecision> {
  const space = start.space as AnySpace;
  const named = (chosen: (name: string, row: number, column: number) => boolean) =>
    ({
      ...mapAlphas(space, (name, rows) =>
        rows.map((row, i) => row.filter((_, k) => chosen(name as string, i, k))),
      ),
    }) as ShrinkDecision['left'];
  let weights: MixtureWeights = start.weights;
  let left: CandidateMask = Object.fromEntries(
    Object.entries(weights).map(([name, rows]) => [name, rows.map((row) => row.map(() => true))]),
  );
  const known = start as unknown as SelectionStart<AnySpace>;
  for (let round = roundsOf(known, own); round > 0; round--) {
    const before = left;
    left = Object.fromEntries(
      Object.entries(left).map(([name, rows]) => [
        name,
        rows.map((row, i) => weaker(weights[name]![i]!, row, own.drop)),
      ]),
    );
    const now = left;
    yield* ask.decide<ShrinkDecision>({
      what: 'round',
      dropped: named((name, i, k) => before[name]![i]![k]! && !now[name]![i]![k]),
      left: named((name, i, k) => now[name]![i]![k]!),
    });
    weights = yield* ask.search(stepsOf(known, own), left);
  }
  const [best] = topGenotypes(space, weights as unknown as ByAlpha<AnySpace, number[][]>, 1, {
    from: 'weights',
  });
  return best!.genotype as GenotypeOf<S>;
}
