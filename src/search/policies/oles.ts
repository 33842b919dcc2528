import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, type OptionKeys, rangeError } from '../../errors';
import type { Gradients } from '../../optimizers';
import type { SearchedModel } from '../../supernet';
import type { FrozenOperation } from '../events';
import type { StepMoment } from '../steps';
import type { SearchFollower } from './follower';
import { operationsOf } from './operations';
import type { SearchPolicy } from './policy';

/** Options of {@link oles}. */
export interface OlesOptions {
  /** Freeze an operation once its mean cosine is below this. Default 0.4. */
  readonly threshold?: number;
  /** Steps that a mean is over. Default 20. */
  readonly steps?: number;
  /**
   * What stays as it is from then on: the operation's `'weights'`; the entry of `'alpha'` that weighs it, which cells share, once
   * the operation is frozen in all of them; or `'both'`. Default `'weights'`, as in the official code.
   */
  readonly freeze?: 'weights' | 'alpha' | 'both';
}

const KEYS = {
  threshold: 'finite',
  steps: 'count',
  freeze: ['weights', 'alpha', 'both'],
} satisfies OptionKeys<OlesOptions>;

/** What is remembered between steps; numbers of operations are by their order. */
interface State {
  readonly sums: readonly number[];
  readonly counts: readonly number[];
  readonly frozen: readonly (FrozenOperation & { readonly operation: number })[];
}

type Values = ArrayLike<number> | null | undefined;

/** The mean over the weights of an operation of the cosine of their two gradients; undefined where none has a direction. */
export function cosineOf(pairs: readonly (readonly [Values, Values])[]): number | undefined {
  const cosines = pairs.flatMap(([a, b]) => {
    let [dot, aa, bb] = [0, 0, 0];
    for (let i = 0; a && b && i < a.length; i++) {
      dot += a[i]! * b[i]!;
      aa += a[i]! * a[i]!;
      bb += b[i]! * b[i]!;
    }
    return aa > 0 && bb > 0 ? [dot / Math.sqrt(aa * bb)] : [];
  });
  return cosines.length > 0 ? cosines.reduce((sum, value) => sum + value, 0) / cosines.length : undefined;
}

const read = (grads: Gradients): Promise<Values[]> =>
  Promise.all(grads.map((grad) => (grad ? (grad.data() as Promise<Float32Array>) : null)));

function follow(model: SearchedModel, settings: Required<OlesOptions>): SearchFollower {
  const { threshold, steps, freeze } = settings;
  const operations = operationsOf(model);
  const places = new Map(model.weightVariables().map((variable, i) => [variable, i]));
  const weightsOf = operations.map(({ variables }) => variables.flatMap((each) => places.get(each) ?? []));
  let state: State = { sums: operations.map(() => 0), counts: operations.map(() => 0), frozen: [] };
  /** The gradients of a step that is half done. */
  let half: { readonly of: string; readonly step: number; readonly grads: Values[] } | undefined;

  const isFrozen = (operation: number) => state.frozen.some((each) => each.operation === operation);

  /** Takes one of the two gradients of a step; the second gives the cosines. */
  async function take(of: 'train' | 'valid', given: Gradients, { epoch, step }: StepMoment): Promise<void> {
    const grads = await read(given);
    const other = half && half.step === step && half.of !== of ? half.grads : undefined;
    half = other ? undefined : { of, step, grads };
    if (!other) return;
    const [sums, counts] = [[...state.sums], [...state.counts]];
    const now: State['frozen'][number][] = [];
    operations.forEach(({ cell, cellType, edge, primitive }, operation) => {
      if (isFrozen(operation)) return;
      const cosine = cosineOf(weightsOf[operation]!.map((i) => [grads[i], other[i]]));
      if (cosine === undefined) return;
      sums[operation]! += cosine;
      counts[operation]! += 1;
      if (counts[operation]! < steps) return;
      const mean = sums[operation]! / steps;
      if (mean < threshold)
        now.push({ epoch, step, cell, cellType, edge, primitive, cosine: mean, operation });
      sums[operation] = 0;
      counts[operation] = 0;
    });
    state = { sums, counts, frozen: [...state.frozen, ...now] };
  }

  /** Keeps the entries of alpha that only frozen operations are weighed by, and returns what puts them back. */
  function holdAlphas(): () => void {
    const still = new Map<tf.Variable, Set<number>>();
    for (const { alpha, entry } of operations.filter((_, i) => isFrozen(i)))
      still.set(alpha, (still.get(alpha) ?? new Set()).add(entry));
    for (const { alpha, entry } of operations.filter((_, i) => !isFrozen(i))) still.get(alpha)?.delete(entry);
    const held = [...still].map(([alpha, entries]) => [alpha, entries, tf.clone(alpha)] as const);
    return () => {
      for (const [alpha, entries, before] of held)
        tf.tidy(() => {
          const mask = Array.from({ length: alpha.size }, (_, i) => entries.has(i));
          alpha.assign(tf.where(tf.tensor(mask, alpha.shape, 'bool'), before, alpha));
        });
      tf.dispose(held.map(([, , before]) => before));
    };
  }

  return {
    settings: { oles: settings },
    valid: (moment) => async (grads) => {
      await take('valid', grads, moment);
      return freeze === 'weights' ? () => undefined : holdAlphas();
    },
    train: (moment) => async (grads) => {
      await take('train', grads, moment);
      if (freeze === 'alpha') return grads;
      const still = new Set(state.frozen.flatMap(({ operation }) => weightsOf[operation]!));
      return grads.map((grad, i) => (still.has(i) ? null : grad));
    },
    state: () => ({ oles: state }),
    restore(stored) {
      const { oles: given } = stored as { oles?: State };
      const isList = (list: unknown) =>
        Array.isArray(list) && list.length === operations.length && list.every(Number.isFinite);
      if (
        !isList(given?.sums) ||
        !isList(given?.counts) ||
        !given!.frozen?.every(({ operation }) => operations[operation])
      )
        throw rangeError(
          'oles',
          `the checkpoint must hold the cosines of ${operations.length} operations`,
          given,
          'use the checkpoint of such a search, or start the run anew',
        );
      state = given!;
    },
    frozen(epoch, step) {
      const frozen = state.frozen
        .filter((each) => each.epoch === epoch && (step === undefined || each.step === step))
        .map(({ operation: _, ...each }) => each);
      return step !== undefined && frozen.length === 0 ? {} : { frozen };
    },
  };
}

/**
 * OLES: freezes an operation once it learns what only its training examples have. At every step the gradients of its weights are
 * compared on the training and on the validation batch,
 *
 * `c = mean over its weights of cos(dL_train/dw, dL_valid/dw)`,
 *
 * and once the mean of c over 20 steps is below 0.4 it stays as it is to the end of the search. The next 20 steps follow of those
 * that go on; a step counts for an operation where both its gradients have a direction. Operations without weights go on. Never
 * stops the search.
 *
 * A step of alpha computes gradients of the weights too, for as much as a step of weights costs more. Every operation of every
 * cell is judged by itself; step events and records of epochs tell which were frozen (`frozen`). What is remembered is in the
 * checkpoints. First order only. The official code compares with the training gradient of the step before, and column by column
 * of a filter, divides the sum of 21 cosines by 20, and lets skip connections of stride 2 go on, whose weights are frozen here.
 *
 * @throws RangeError if an option is out of range; the search, before it starts, if it is of the second order.
 *
 * Source: Jiang et al. 2023, "Operation-level early stopping for robustifying differentiable NAS" (OLES); its code,
 * `train_search.py`.
 */
export function oles(options: OlesOptions = {}): SearchPolicy {
  const { threshold = 0.4, steps = 20, freeze = 'weights' } = checkOptions('oles', options, KEYS);
  const policy: SearchPolicy = () => 'continue';
  policy.follow = (model) => follow(model, { threshold, steps, freeze });
  policy.check = ({ order }) => {
    if (order !== 'first')
      throw rangeError('oles', 'the search must be of the first order', order, "leave out alpha's order");
  };
  return policy;
}
