import * as tf from '@tensorflow/tfjs-core';
import { decodeAlphas, type GenotypeOf } from '../genotype';
import { crossEntropy, recomputed } from '../kernels';
import {
  ALPHA_INIT_STD,
  type CallOptions,
  type MapShape,
  NoisyDartsLayer,
  stateVariables,
  variableOf,
  weightVariables,
} from '../layers';
import { type AlphaName, type ByAlpha, mapAlphas, type PrimitiveOf, type SearchSpace } from '../spaces';
import { type ResolvedNoise, resolveNoise } from './noise-plan';
import type { CommonSupernetOptions } from './options';

/** The alphas of a supernet, [edges, candidates] each, shared by all cells of a type. */
export type Alphas<S extends SearchSpace = SearchSpace> = ByAlpha<S, tf.Variable>;

/** A batch of images with their labels. */
export interface LabelledBatch {
  /** Images [N, H, W, C]. */
  readonly x: tf.Tensor4D;
  /** Class indices [N], int32. */
  readonly y: tf.Tensor1D;
}

/** What the supernet of a space adds to the common options. */
export interface SupernetParts {
  /** The alpha that each cell reads, input side first. */
  readonly cellTypes: readonly AlphaName[];
  /** Its own options with their defaults filled in, plain JSON. */
  readonly own: object;
}

/**
 * A network whose edges mix all candidates of a search space. What its spaces have in common: images [N, H, W, C] to
 * logits [N, classes]; alphas that are not among the weights; a genotype that they stand for.
 *
 * It is a tf layer, and a bilevel model for architects. `createSupernet` makes one.
 *
 * Source: paper, section 3.
 */
export abstract class Supernet<S extends SearchSpace = SearchSpace> extends NoisyDartsLayer {
  readonly space: S;
  readonly classes: number;
  /** The alpha that every cell reads, by its name. */
  readonly cellTypes: readonly AlphaName[];
  /** Noise of every edge of every cell. */
  readonly noise: ResolvedNoise<PrimitiveOf<S>>;
  /** Whether cells run forward a second time on the way back. */
  readonly recompute: boolean;
  #alphas: Readonly<Record<string, tf.Variable>> | undefined;

  constructor(options: CommonSupernetOptions<S>, { cellTypes, own }: SupernetParts) {
    const { space, classes = 10, skipDropPath = 0, recompute = 'none' } = options;
    const noise = resolveNoise(space, cellTypes, options);
    super(options, { space, noise, classes, skipDropPath, recompute, ...own });
    this.space = space;
    this.classes = classes;
    this.cellTypes = cellTypes;
    this.noise = noise;
    this.recompute = recompute === 'cell';
  }

  /** The alphas by the name of their cell; see `alphaCandidates`. */
  get alphas(): Alphas<S> {
    return this.#byName() as Alphas<S>;
  }

  #byName(): Readonly<Record<string, tf.Variable>> {
    if (!this.#alphas) {
      throw new Error(
        'Supernet: not built, got no input shape yet; pass inputShape, or apply it to an input first',
      );
    }
    return this.#alphas;
  }

  override computeOutputShape(inputShape: unknown): (number | null)[] {
    return [(inputShape as MapShape)[0], this.classes];
  }

  /** Creates the alphas; part of `build`. */
  protected buildAlphas(): void {
    this.#alphas = mapAlphas<SearchSpace, tf.Variable>(this.space, (name, rows) =>
      variableOf(this.addAlpha(`alphas_${name}`, [rows.length, rows[0]!.length], ALPHA_INIT_STD)),
    ) as Readonly<Record<string, tf.Variable>>;
  }

  /** The weights of the mixtures by the name of their cell, [edges, candidates]. */
  protected mixtureWeights(): Readonly<Record<string, tf.Tensor>> {
    const alphas = Object.entries(this.#byName());
    return Object.fromEntries(alphas.map(([name, alpha]) => [name, tf.softmax(alpha)]));
  }

  /** Runs one cell with the weights of its mixtures, a second time on the way back if the supernet recomputes. */
  protected runCell(
    cell: NoisyDartsLayer,
    inputs: readonly tf.Tensor4D[],
    weights: tf.Tensor,
    options: CallOptions,
  ): tf.Tensor4D {
    const run = (given: readonly tf.Tensor[], again: boolean) =>
      cell.call(given.slice(0, -1), {
        ...options,
        weights: given.at(-1)!,
        updateStatistics: !again && (options.updateStatistics ?? true),
      }) as tf.Tensor4D;
    const all = [...inputs, weights];
    if (!this.recompute || !options.training) return run(all, false);
    return recomputed(run, all, options.weightGradients === false ? [] : weightVariables(cell));
  }

  /** Logits [N, classes] of images [N, H, W, C]. */
  forward(x: tf.Tensor4D, options: CallOptions = {}): tf.Tensor2D {
    return this.apply(x, { ...options }) as tf.Tensor2D;
  }

  /** Mean cross-entropy of a batch; with it the supernet is a bilevel model for architects. */
  loss({ x, y }: LabelledBatch, options: CallOptions = {}): tf.Scalar {
    return tf.tidy(() => crossEntropy(this.forward(x, options), y));
  }

  /** The trainable weights, without the alphas. */
  weightVariables(): tf.Variable[] {
    return weightVariables(this);
  }

  /** Running statistics. */
  stateVariables(): tf.Variable[] {
    return stateVariables(this);
  }

  /** The weights of the mixtures as numbers, [edges][candidates] by the name of their cell. */
  async edgeWeights(): Promise<ByAlpha<S, number[][]>> {
    const weights = Object.entries(tf.tidy(() => this.mixtureWeights()));
    const rows = await Promise.all(weights.map(([, tensor]) => tensor.array() as Promise<number[][]>));
    tf.dispose(weights.map(([, tensor]) => tensor));
    return Object.fromEntries(weights.map(([name], i) => [name, rows[i]!])) as ByAlpha<S, number[][]>;
  }

  /**
   * The architecture that the alphas stand for now.
   *
   * Reads the alphas from the device.
   */
  genotype(): GenotypeOf<S> {
    const read = Object.entries(this.#byName()).map(([name, alpha]) => [name, alpha.arraySync()]);
    return decodeAlphas(this.space, Object.fromEntries(read) as ByAlpha<S, number[][]>);
  }
}
