import { checkOptions, type OptionKeys, rangeError } from '../errors';
import type { GenotypeOf } from '../genotype';
import { choicesOf } from '../genotype/choices';
import type { Stream } from '../random';
import type { Evaluation } from '../search';
import { type AnySpace, alphaCandidates, type DartsSpace, nodeEdges, type SearchSpace } from '../spaces';
import { plainTask, taskOf } from '../tasks/task';
import { defineSelection } from './define-selection';
import { edgeWeight } from './edge-weight';
import type { SelectionEvent } from './events';
import { type SelectionOptions, selectionKeys } from './options';
import { ask, type MixtureWeights, type SelectionPlan, type SelectionStart } from './plan';
import type { SelectionWork } from './recipe';

/** What the supernet came to without a candidate, or without an edge. */
export interface Removal {
  /** The candidate, or the state that the edge starts from. */
  readonly without: string | number;
  readonly loss: number;
  /** Share of right answers, percent; null in a task that has none. */
  readonly accuracy: number | null;
}

/** The operation of an edge, or the two edges into a node of a DARTS space. */
export type PerturbationDecision =
  | {
      readonly what: 'operation';
      /** The alpha, and its row. */
      readonly alpha: string;
      readonly row: number;
      readonly kept: string;
      /** The candidate of the largest weight. */
      readonly byAlpha: string;
      readonly removals: readonly Removal[];
    }
  | {
      readonly what: 'inputs';
      readonly alpha: string;
      readonly node: number;
      /** The states that the kept edges start from. */
      readonly kept: readonly number[];
      readonly removals: readonly Removal[];
    };

/** Options of {@link selectByPerturbation}. */
export interface PerturbationOptions<S extends AnySpace = SearchSpace> extends SelectionOptions<S> {
  /** Steps of tuning between two rounds of decisions. Default: those of five passes over `train`. */
  readonly tuneSteps?: number;
  /** What is to suffer most. Default: the accuracy, of equals the loss; the loss in a task without accuracy. */
  readonly measure?: 'accuracy' | 'loss';
}

interface OwnOptions {
  readonly tuneSteps?: number | undefined;
  readonly measure?: 'accuracy' | 'loss' | undefined;
}

const KEYS = {
  ...selectionKeys,
  tuneSteps: 'whole',
  measure: ['accuracy', 'loss'],
} satisfies OptionKeys<PerturbationOptions>;

const FN = 'selectByPerturbation';

interface Edge {
  readonly alpha: string;
  readonly row: number;
}

/**
 * DARTS-PT: selects the operations without which the supernet is worse off, in place of those of the largest alpha.
 *
 * In rounds, until every edge is decided: one edge, in a DARTS space one of each cell, is drawn among those that are not. The
 * supernet is evaluated on the validation examples without each of its candidates in turn, the others keeping their weights; the
 * one whose removal lowers the accuracy most stays, with the weight that the edge has, at most 1. Then the weights of the network
 * are tuned for a while, and alpha stays. In a DARTS space nodes follow in the same way: of the edges into a node those two stay
 * whose removal lowers the accuracy most.
 *
 * Of equal accuracies the larger loss decides, then the larger weight, then the order. Candidates that a genotype cannot keep,
 * `none` in a DARTS space, are not tried. In a model of one's own the weights that are left of an edge are made to sum to 1.
 *
 * What differs from the public code: alpha stays in tuning, where there it goes on to learn; rates are constant; ties.
 *
 * @throws RangeError or TypeError for bad options, before anything is computed; SelectionError if a loss is not finite, or the device
 * or the data fail.
 *
 * Source: Wang et al. 2021, "Rethinking architecture selection in differentiable NAS", section 4.2; ruocwang/darts-pt.
 */
export async function* selectByPerturbation<S extends AnySpace>(
  options: PerturbationOptions<S>,
): AsyncGenerator<SelectionEvent<S, PerturbationDecision>, void, undefined> {
  const { tuneSteps, measure, ...common } = checkOptions(FN, options, KEYS);
  const own: OwnOptions = { tuneSteps, measure };
  if (measure === 'accuracy' && !taskOf(common.task ?? plainTask, FN).metrics.includes('accuracy'))
    throw rangeError(
      FN,
      'the task must have an accuracy to measure',
      common.task?.kind,
      "use measure: 'loss'",
    );
  yield* defineSelection<PerturbationDecision>({
    name: FN,
    settings: { tuneSteps: tuneSteps ?? null, measure: measure ?? null },
    work: (start) => workOf(start, own),
    plan: (start) => perturb(start, own),
  })(common as SelectionOptions<S>);
}

const tuneStepsOf = ({ stepsPerEpoch }: SelectionStart<AnySpace>, { tuneSteps }: OwnOptions) =>
  tuneSteps ?? 5 * stepsPerEpoch;

/** The columns of an edge that a genotype may keep. */
function columnsOf(space: AnySpace): (edge: Edge) => readonly number[] {
  const { decisions } = choicesOf(FN, space);
  const picks = decisions.flatMap((decision) => decision.picks);
  return ({ alpha, row }) =>
    picks.filter((pick) => pick.alpha === alpha && pick.row === row).map(({ column }) => column);
}

/** Lists of what each cell has, as rounds of one of each; of other spaces one at a time. */
const inRounds = <T>(lists: readonly (readonly T[])[]): T[][] =>
  Array.from({ length: Math.max(0, ...lists.map(({ length }) => length)) }, (_, i) =>
    lists.flatMap((list) => list.slice(i, i + 1)),
  );

/** The edges, in the order and the rounds in which they are decided. */
function edgeRounds(space: AnySpace, source: Stream): Edge[][] {
  const byAlpha = Object.entries({ ...alphaCandidates<AnySpace>(space) }).map(([alpha, rows]) =>
    [...rows.keys()].map((row): Edge => ({ alpha, row })),
  );
  const lists = space.kind === 'darts' ? byAlpha : [byAlpha.flat()];
  return inRounds(lists.map((edges, i) => source.child('edges', i).generator().shuffle(edges)));
}

interface Node {
  readonly alpha: string;
  readonly node: number;
}

/** The nodes that have edges to lose, in the order and the rounds in which they lose them. */
function nodeRounds({ nodes }: DartsSpace, source: Stream): Node[][] {
  const lists = ['normal', 'reduce'].map((alpha, i) => {
    const all = Array.from({ length: nodes }, (_, node): Node => ({ alpha, node }));
    const open = all.filter(({ node }) => rowsInto(node).length > 2);
    return source.child('nodes', i).generator().shuffle(open);
  });
  return inRounds(lists);
}

/** The rows of the edges into a node, in the order of the states that they start from. */
function rowsInto(node: number): number[] {
  const [start, end] = nodeEdges(node);
  return Array.from({ length: end - start }, (_, i) => start + i);
}

function workOf(start: SelectionStart<AnySpace>, own: OwnOptions): SelectionWork {
  const { space, stream } = start;
  const columns = columnsOf(space);
  const edges = edgeRounds(space, stream);
  const nodes = space.kind === 'darts' ? nodeRounds(space, stream) : [];
  const tries = [
    ...edges.flat().map((edge) => columns(edge).length),
    ...nodes.flat().map(({ node }) => rowsInto(node).length),
  ];
  const sum = tries.reduce((all, count) => all + (count > 1 ? count : 0), 0);
  return { evaluations: sum, steps: tuneStepsOf(start, own) * (edges.length + nodes.length - 1) };
}

/** The same weights with another row. */
const withRow = (
  weights: MixtureWeights,
  { alpha, row }: Edge,
  values: readonly number[],
): MixtureWeights => ({
  ...weights,
  [alpha]: weights[alpha]!.map((own, i) => (i === row ? values : own)),
});

/** Puts what hurts more first; of equals what has the larger weight. */
function order(
  measure: OwnOptions['measure'],
  weightOf: (i: number) => number,
  removals: readonly Removal[],
) {
  const harm = (i: number) => {
    const { accuracy, loss } = removals[i]!;
    return measure === 'loss' || accuracy === null ? [loss] : [-accuracy, loss];
  };
  return [...removals.keys()].sort((a, b) => {
    const [first, second] = [
      [...harm(a), weightOf(a)],
      [...harm(b), weightOf(b)],
    ];
    const differing = first.findIndex((value, i) => value !== second[i]);
    // The sort is stable.
    return differing < 0 ? 0 : second[differing]! - first[differing]!;
  });
}

const removal = (without: string | number, { loss, accuracy }: Evaluation): Removal => ({
  without,
  loss,
  accuracy,
});

function* perturb<S extends AnySpace>(
  start: SelectionStart<S>,
  own: OwnOptions,
): SelectionPlan<S, PerturbationDecision> {
  const { space, stream } = start as unknown as SelectionStart<AnySpace>;
  const candidates: Readonly<Record<string, readonly (readonly string[])[]>> = {
    ...alphaCandidates<AnySpace>(space),
  };
  const columns = columnsOf(space);
  const edges = edgeRounds(space, stream);
  const nodes = space.kind === 'darts' ? nodeRounds(space, stream) : [];
  const steps = tuneStepsOf(start as unknown as SelectionStart<AnySpace>, own);
  let weights: MixtureWeights = start.weights;
  let rounds = edges.length + nodes.length;
  const kept = new Map<string, number>();
  const cut = new Set<string>();
  const key = ({ alpha, row }: Edge) => `${alpha}/${row}`;

  function* endRound() {
    rounds -= 1;
    if (rounds > 0 && steps > 0) yield* ask.tune(steps, weights);
  }

  for (const round of edges) {
    for (const edge of round) {
      const { alpha, row } = edge;
      const before = weights[alpha]![row]!;
      const names = candidates[alpha]![row]!;
      const tried = columns(edge);
      const removals: Removal[] = [];
      for (const column of tried.length > 1 ? tried : []) {
        const name = names[column]!;
        const without = withRow(
          weights,
          edge,
          before.map((value, k) => (k === column ? 0 : value)),
        );
        removals.push(removal(name, yield* ask.evaluate(without, `${alpha}, edge ${row}, without ${name}`)));
      }
      const [first = 0] = order(own.measure, (i) => before[tried[i]!]!, removals);
      const column = tried[first]!;
      const strongest = tried.reduce((a, b) => (before[b]! > before[a]! ? b : a));
      kept.set(key(edge), column);
      const amount = Math.min(1, edgeWeight(before));
      weights = withRow(
        weights,
        edge,
        before.map((_, k) => (k === column ? amount : 0)),
      );
      yield* ask.decide<PerturbationDecision>({
        what: 'operation',
        alpha,
        row,
        kept: names[column]!,
        byAlpha: names[strongest]!,
        removals,
      });
    }
    yield* endRound();
  }
  for (const round of nodes) {
    for (const { alpha, node } of round) {
      const rows = rowsInto(node);
      const removals: Removal[] = [];
      for (const [input, row] of rows.entries()) {
        const without = withRow(
          weights,
          { alpha, row },
          weights[alpha]![row]!.map(() => 0),
        );
        const about = `${alpha}, node ${node}, without the edge from state ${input}`;
        removals.push(removal(input, yield* ask.evaluate(without, about)));
      }
      const strength = (i: number) =>
        start.weights[alpha]![rows[i]!]![kept.get(key({ alpha, row: rows[i]! }))!]!;
      const stay = order(own.measure, strength, removals)
        .slice(0, 2)
        .sort((a, b) => a - b);
      for (const [input, row] of rows.entries()) {
        if (stay.includes(input)) continue;
        cut.add(key({ alpha, row }));
        weights = withRow(
          weights,
          { alpha, row },
          weights[alpha]![row]!.map(() => 0),
        );
      }
      yield* ask.decide<PerturbationDecision>({ what: 'inputs', alpha, node, kept: stay, removals });
    }
    yield* endRound();
  }
  const { decisions, assemble } = choicesOf(FN, space);
  const taken = decisions.map(({ picks }) =>
    picks.filter((pick) => !cut.has(key(pick)) && kept.get(key(pick)) === pick.column),
  );
  return assemble(taken) as unknown as GenotypeOf<S>;
}
