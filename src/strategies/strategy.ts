import type * as tf from '@tensorflow/tfjs-core';
import { rangeError, requireObject, typeError } from '../errors';
import type { Moment } from '../layers';
import type { SearchSpace } from '../spaces';

/** Settings of a strategy: plain JSON that names it. */
export interface StrategySettings {
  /** Name of the strategy. */
  readonly kind: string;
}

/** A forward pass as a strategy sees it. */
interface Pass<S extends StrategySettings> {
  readonly settings: S;
  readonly training: boolean;
  /** When; with the supernet's seed it fixes every draw. */
  readonly moment: Moment;
  /** Whether the weights of the network, not alpha, are about to take a step. */
  readonly weightStep: boolean;
}

/** The forward pass that a strategy makes weights for. */
export interface StrategyPass<S extends StrategySettings = StrategySettings> extends Pass<S> {
  /**
   * Draws numbers uniform on (0, 1). They depend on the supernet's seed, the alpha and the moment alone, and are the same
   * on every thread that shares a batch.
   */
  uniform(shape: readonly number[]): tf.Tensor;
}

/** The forward pass that a strategy chooses operations for. */
export interface ChoicePass<S extends StrategySettings = StrategySettings> extends Pass<S> {
  /** The numbers of {@link StrategyPass.uniform} on the host, as many as are asked for. */
  uniform(count: number): Float32Array;
}

/**
 * How a one-shot search turns alpha into the weights of its mixtures, and what else it does differently from DARTS. All
 * strategies combine with noise, which is the candidates' business.
 */
export interface Strategy<S extends StrategySettings = StrategySettings> {
  /** Its name in settings. */
  readonly kind: S['kind'];
  /** Refuses settings that cannot be, and a space that it cannot search; throws. Default: takes all. */
  readonly check?: (settings: S, space?: SearchSpace) => void;
  /**
   * The weights of the mixtures in a pass, [edges, candidates] like alpha and differentiable over it. One more column weighs the
   * skip connection of each edge a second time, without noise.
   */
  readonly weights: (alpha: tf.Tensor2D, pass: StrategyPass<S>) => tf.Tensor2D;
  /**
   * For mixtures of one operation each: which one, edge by edge, from alpha [edges][candidates] on the host. Only these are
   * computed, with a weight of 1, `y = op_c(x)`; on the way back `dy/dw_c` goes through `weights`, and nothing
   * does for the others. Default: all are computed.
   */
  readonly choose?: (alpha: readonly (readonly number[])[], pass: ChoicePass<S>) => readonly number[];
  /**
   * Moves the mixtures of the weights' steps, those that `weights` makes: [edges, candidates], one an alpha, each with its pass.
   * `gradients` are those of the loss of the step to come, of its images and its noise, at mixtures of your choice, by which the
   * weights are not moved. Default: they stay.
   */
  readonly perturb?: (
    mixtures: readonly tf.Tensor2D[],
    passes: readonly StrategyPass<S>[],
    gradients: (mixtures: readonly tf.Tensor2D[]) => readonly tf.Tensor2D[],
  ) => readonly tf.Tensor2D[];
  /**
   * What the search thinks of every candidate, apart from any pass: for events, drawings and the decoder.
   * Default: the softmax of alpha.
   */
  readonly strengths?: (alpha: tf.Tensor2D, settings: S) => tf.Tensor2D;
  /** A term of the loss that moves alpha, from all alphas, in an epoch from 0. Default none. */
  readonly penalty?: (alphas: readonly tf.Tensor2D[], settings: S, epoch: number) => tf.Scalar;
  /** The candidates see one of this many channels, the others pass by. Default 1: they see all. */
  readonly channelShare?: (settings: S) => number;
  /** Whether edges into a node share a weight of 1 among them, by a softmax over parameters of their own. Default no. */
  readonly edgeNormalization?: (settings: S) => boolean;
}

const known = new Map<string, Strategy>();

/**
 * Makes a strategy known by name, for the option `strategy` of `createSupernet`.
 *
 * @returns The strategy itself.
 * @throws RangeError if another strategy has the name.
 */
export function defineStrategy<S extends StrategySettings>(strategy: Strategy<S>): Strategy<S> {
  requireObject('defineStrategy', 'the strategy', strategy, 'pass { kind, weights }', 'kind', 'weights');
  if (known.has(strategy.kind)) {
    throw rangeError('defineStrategy', 'the name is taken', strategy.kind, 'choose another name');
  }
  known.set(strategy.kind, strategy as unknown as Strategy);
  return strategy;
}

/**
 * The strategy that settings name, its settings checked.
 *
 * @param fn - Who asks, for messages.
 * @param space - What is to be searched. Default: any that there is.
 * @throws TypeError for what are no settings; RangeError for an unknown name or a bad setting.
 */
export function strategyOf(settings: StrategySettings, fn = 'strategyOf', space?: SearchSpace): Strategy {
  if (typeof settings?.kind !== 'string') {
    throw typeError(fn, 'a strategy must have a kind', settings, 'pass for example gdas()');
  }
  const strategy = known.get(settings.kind);
  if (!strategy) {
    throw rangeError(
      fn,
      `unknown strategy, known are ${[...known.keys()].join(', ')}`,
      settings.kind,
      'correct the name, or define it with defineStrategy()',
    );
  }
  strategy.check?.(settings, space);
  return strategy;
}
