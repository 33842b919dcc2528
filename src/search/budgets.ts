import * as tf from '@tensorflow/tfjs-core';
import { rangeError, requireObject } from '../errors';
import { type GenotypeOf, genotypeMixture, genotypeWithin, topGenotypes } from '../genotype';
import { choicesOf } from '../genotype/choices';
import { type Gradients, lossGradients } from '../optimizers';
import { type AnySpace, mapAlphas } from '../spaces';
import type { Searchable } from '../supernet';
import type { AlphaWeights } from './alpha-weights';
import type {
  BoundBudget,
  Budget,
  BudgetPenalty,
  BudgetRecord,
  BudgetVerdict,
  Probabilities,
} from './budget';
import type { GradientEngine } from './engine';

type Rows = Probabilities;

/** The genotypes that are looked through one by one: all of NAS-Bench-201, and the likeliest of larger spaces. */
const LOOKED_THROUGH = 20_000;

/** A loss with its gradients over alpha. */
interface AlphaGradients {
  readonly loss: number;
  readonly grads: Gradients;
}

/** What a search under budgets does beside one without. */
export interface SearchBudgets {
  /** What two runs must have in common. */
  readonly settings: readonly object[];
  /** An engine whose gradients over alpha are those of the loss with the budgets' terms. */
  within(engine: GradientEngine): GradientEngine;
  /**
   * The gradients with the budgets' terms; those given are disposed.
   *
   * @param loss - The loss whose gradients they are.
   */
  add(taken: AlphaGradients, epoch: number): Promise<Gradients>;
  /** What an epoch has come to. */
  record(weights: AlphaWeights<AnySpace>, genotype: GenotypeOf<AnySpace>): readonly BudgetRecord[];
  /** The genotype that the weights are most for among those that keep the limits. */
  choose(
    weights: AlphaWeights<AnySpace>,
    decoded: GenotypeOf<AnySpace>,
  ): { readonly genotype: GenotypeOf<AnySpace>; readonly budget: readonly BudgetVerdict[] };
}

type Terms = readonly (BudgetPenalty & Pick<Budget, 'combine'>)[];

/** Refuses what are no budgets, and fits them to their search. */
function bound(search: BudgetsOptions): readonly (Budget & BoundBudget)[] {
  const { space, description } = search.supernet;
  const budgets = [search.budget].flat();
  const names = new Set<string>();
  return budgets.map((budget) => {
    const remedy = 'pass one of noisydarts/costs, such as parameters({ limit: 1e5 })';
    requireObject(
      'search',
      'a budget',
      budget,
      remedy,
      'name',
      'limit',
      'unit',
      'combine',
      'settings',
      'bind',
    );
    if (names.has(budget.name))
      throw rangeError('search', 'there must be one budget of a name', budget.name, 'leave one of them out');
    names.add(budget.name);
    return { ...budget, ...budget.bind({ space, description, inputShape: search.train.shape }) };
  });
}

/** What {@link budgetsOf} takes of a search's options. */
export interface BudgetsOptions {
  readonly supernet: Searchable<AnySpace>;
  readonly train: { readonly shape: readonly number[] };
  readonly budget: Budget | readonly Budget[];
}

/**
 * The budgets of a search.
 *
 * Each sees the probabilities `p = s / sum s` of the candidates that the decoder looks at, s what the strategy thinks of
 * them, on the edges that alpha would keep now; the others are zeros. As they depend on alpha alone, not on a batch, their
 * terms join the gradients behind whatever computed these: this thread, several, or the second order,
 * whose look ahead they are the same for. With P the terms and L the loss that moves alpha,
 *
 * `dL'/dalpha = prod(1 + P_multiplied) dL/dalpha + (sum dP_added/dp + L d prod(1 + P_multiplied)/dp) dp/dalpha`.
 *
 * @throws TypeError or RangeError for what is no budget, one of another space, or a limit that nothing keeps.
 */
export function budgetsOf(search: BudgetsOptions): SearchBudgets {
  const { supernet } = search;
  const { space } = supernet;
  const budgets = bound(search);
  const mask = mapAlphas<AnySpace, number[][]>(space, (_, rows) =>
    rows.map((row) => row.map(() => 0)),
  ) as Readonly<Record<string, number[][]>>;
  for (const { picks } of choicesOf('search', space).decisions)
    for (const { alpha, row, column } of picks) mask[alpha]![row]![column] = 1;

  /** 1 for the candidates that may be decoded of the edges that a genotype keeps. */
  const candidatesOf = (genotype: GenotypeOf<AnySpace>): Rows => {
    const mixture: Rows = genotypeMixture(space, genotype);
    return mapRows(mixture, (row, name, edge) => (row.includes(1) ? mask[name]![edge]! : row));
  };
  const shareOf = (strengths: Rows, candidates: Rows): Rows =>
    mapRows(candidates, (row, name, edge) => {
      const parts = row.map((on, k) => on * strengths[name]![edge]![k]!);
      const sum = parts.reduce((a, b) => a + b, 0);
      return parts.map((part) => part / (sum || 1));
    });

  /** The gradient over alpha of `sum(gradient p)`. */
  const alphaGradients = (candidates: Rows, gradient: Rows): Gradients => {
    const { loss, grads } = lossGradients(
      () =>
        tf.tidy(() => {
          const sums = Object.entries(supernet.strengths()).map(([name, strengths]) => {
            const rows = candidates[name]!;
            const parts = tf.mul(strengths, tf.tensor2d(rows as number[][]));
            // 1 in rows that are left out, whose sum is 0.
            const out = tf.tensor2d(rows.map((row) => [row.includes(1) ? 0 : 1]));
            const shares = tf.div(parts, tf.add(tf.sum(parts, 1, true), out));
            return tf.sum(tf.mul(shares, tf.tensor2d(gradient[name] as number[][])));
          });
          return tf.addN(sums) as tf.Scalar;
        }),
      supernet.archVariables(),
    );
    loss.dispose();
    return grads;
  };

  const termsAt = async (epoch: number): Promise<readonly [Terms, Rows]> => {
    const candidates = candidatesOf(await supernet.readGenotype());
    const shares = shareOf((await supernet.edgeWeights()) as Rows, candidates);
    const terms = budgets.flatMap(({ combine, penalty }) => {
      const term = penalty(shares, epoch);
      return term ? [{ ...term, combine }] : [];
    });
    return [terms, candidates];
  };

  const combined = ([terms, candidates]: readonly [Terms, Rows], { loss, grads }: AlphaGradients) => {
    if (terms.length === 0) return grads;
    const factors = terms.map(({ combine, value }) => (combine === 'multiply' ? 1 + value : 1));
    const product = (skip?: number) =>
      factors.reduce((all, factor, i) => (i === skip ? all : all * factor), 1);
    const scales = terms.map(({ combine }, i) => (combine === 'multiply' ? loss * product(i) : 1));
    const gradient = mapRows(terms[0]!.gradient, (row, name, edge) =>
      row.map((_, k) =>
        terms.reduce((sum, term, i) => sum + scales[i]! * term.gradient[name]![edge]![k]!, 0),
      ),
    );
    const added = alphaGradients(candidates, gradient);
    const whole = product();
    const sums = grads.map((grad, i) => {
      const term = added[i];
      if (!grad) return term ? tf.clone(term) : null;
      return tf.tidy(() => {
        const scaled = tf.mul(grad, whole);
        return term ? tf.add(scaled, term) : scaled;
      });
    });
    tf.dispose([...grads, ...added].filter((grad) => grad !== null));
    return sums;
  };

  const add: SearchBudgets['add'] = async (taken, epoch) => {
    try {
      return combined(await termsAt(epoch), taken);
    } catch (error) {
      tf.dispose(taken.grads.filter((grad) => grad !== null));
      throw error;
    }
  };

  const costsOf = (genotype: GenotypeOf<AnySpace>) => {
    const mixture = genotypeMixture(space, genotype) as Rows;
    return budgets.map((budget) => budget.cost(mixture));
  };
  const keeps = (genotype: GenotypeOf<AnySpace>) =>
    costsOf(genotype).every((cost, i) => cost <= budgets[i]!.limit);
  const header = ({ name, unit, limit }: Budget) => ({
    name,
    unit,
    limit: Number.isFinite(limit) ? limit : null,
  });

  return {
    settings: budgets.map(({ name, limit, combine, settings }) => ({
      name,
      limit: String(limit),
      combine,
      ...settings,
    })),
    within: (engine) => ({
      supernet: engine.supernet,
      threads: engine.threads,
      ...(engine.task && { task: engine.task }),
      dispose: () => engine.dispose(),
      async gradients(batch, of, moment) {
        const taken = await engine.gradients(batch, of, moment);
        if (of === 'weights') return taken;
        // The engine tells the task's loss; its gradients are those of the loss with the strategy's term.
        const own = supernet.penalty(moment.epoch);
        const penalty = own ? (await own.data().finally(() => own.dispose()))[0]! : 0;
        return { ...taken, grads: await add({ ...taken, loss: taken.loss + penalty }, moment.epoch) };
      },
    }),
    add,
    record(weights, genotype) {
      const shares = shareOf(weights as Rows, candidatesOf(genotype));
      const predicted = costsOf(genotype);
      return budgets.map((budget, i) => ({
        ...header(budget),
        expected: budget.cost(shares),
        predicted: predicted[i]!,
      }));
    },
    choose(weights, decoded) {
      const before = costsOf(decoded);
      const verdicts = (genotype: GenotypeOf<AnySpace>) =>
        costsOf(genotype).map((predicted, i) => ({
          ...header(budgets[i]!),
          predicted,
          ...(before[i]! > budgets[i]!.limit ? { decoded: before[i]! } : {}),
        }));
      if (keeps(decoded)) return { genotype: decoded, budget: verdicts(decoded) };
      const from = { from: 'weights' } as const;
      const limited = budgets.filter(({ limit }) => Number.isFinite(limit));
      const bounds = limited.map(({ limit, most }) => ({ costs: most.costs, limit: limit - most.fixed }));
      // A budget was refused that nothing keeps; several may exclude each other.
      const best =
        topGenotypes(space, weights, LOOKED_THROUGH, from).find(({ genotype }) => keeps(genotype)) ??
        genotypeWithin(space, weights, bounds, from);
      const genotype = best?.genotype ?? decoded;
      return { genotype, budget: verdicts(genotype) };
    },
  };
}

/** Rows made from rows, edge by edge. */
function mapRows(
  rows: Rows,
  make: (row: readonly number[], name: string, edge: number) => readonly number[],
): Rows {
  return Object.fromEntries(
    Object.entries(rows).map(([name, edges]) => [name, edges.map((row, edge) => make(row, name, edge))]),
  );
}
