import type { GenotypeOf } from '../genotype';
import type { Stream } from '../random';
import type { Evaluation } from '../search';
import type { AnySpace, ByAlpha, SearchSpace } from '../spaces';

/** Weights of all mixtures, [edges][candidates] by the name of the cell, layer or edge. */
export type MixtureWeights = Readonly<Record<string, readonly (readonly number[])[]>>;

/** Which candidates are still there, in the shape of {@link MixtureWeights}. */
export type CandidateMask = Readonly<Record<string, readonly (readonly boolean[])[]>>;

/** What a selection knows at its start. */
export interface SelectionStart<S extends AnySpace = SearchSpace> {
  readonly space: S;
  /** What the search thinks of every candidate: the softmax of alpha, or what the strategy puts in its place. */
  readonly weights: ByAlpha<S, number[][]> & MixtureWeights;
  /** What alpha stands for. */
  readonly genotype: GenotypeOf<S>;
  /** Steps that tuning takes for one pass over the training examples. */
  readonly stepsPerEpoch: number;
  /** Its source of randomness, from the seed. */
  readonly stream: Stream;
}

/** Something that a selection has decided: plain JSON. */
export interface SelectionDecision {
  /** What kind of decision. */
  readonly what: string;
}

/** What a selection asks for; see {@link ask}. */
export type SelectionRequest<D extends SelectionDecision = SelectionDecision> =
  | { readonly kind: 'evaluate'; readonly weights: MixtureWeights; readonly about: string }
  | {
      readonly kind: 'tune';
      readonly steps: number;
      readonly weights?: MixtureWeights;
      readonly left?: CandidateMask;
    }
  | { readonly kind: 'decide'; readonly decision: D };

/** What it is answered: plain JSON, that checkpoints keep. */
export type SelectionAnswer = Evaluation | { readonly weights: MixtureWeights } | undefined;

/**
 * How a selection goes: a generator that asks, is answered, and returns the genotype.
 *
 * A function of what it is given at its start and of the answers alone. A selection that is gone on with runs it again from the
 * start with the answers that it had.
 */
export type SelectionPlan<S extends AnySpace, D extends SelectionDecision = SelectionDecision> = Generator<
  SelectionRequest<D>,
  GenotypeOf<S>,
  SelectionAnswer
>;

/** One request of a plan with its answer, for `yield*`. */
export type Asked<T, D extends SelectionDecision = never> = Generator<
  SelectionRequest<D>,
  T,
  SelectionAnswer
>;

/** What a plan may ask for, each with `yield*`. */
export const ask = {
  /**
   * Evaluates the supernet on the validation examples while its mixtures have these weights. What passes by the candidates of an
   * edge, under `pcDarts()` and `dartsMinus()`, does so as in the search. An edge of zeros is cut, and refused in a model of one's own.
   *
   * @param about - What is looked at, for people.
   */
  *evaluate(weights: MixtureWeights, about: string): Asked<Evaluation> {
    return (yield { kind: 'evaluate', weights, about }) as Evaluation;
  },

  /** Tunes the weights of the network while its mixtures have these weights. Alpha stays. */
  *tune(steps: number, weights: MixtureWeights): Asked<void> {
    yield { kind: 'tune', steps, weights };
  },

  /**
   * Goes on with the search, a step of alpha and one of the weights at a time, without the candidates that are not left: their
   * alpha is set so low that they get no weight.
   *
   * @returns What the search thinks of every candidate then.
   */
  *search(steps: number, left: CandidateMask): Asked<MixtureWeights> {
    const answer = (yield { kind: 'tune', steps, left }) as { readonly weights: MixtureWeights };
    return answer.weights;
  },

  /** Tells of a decision. */
  *decide<D extends SelectionDecision>(decision: D): Asked<void, D> {
    yield { kind: 'decide', decision };
  },
};
