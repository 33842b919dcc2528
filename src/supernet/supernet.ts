import * as tf from '@tensorflow/tfjs-core';
import { rangeError, requireKind, requireObject } from '../errors';
import { decodeAlphas, type GenotypeOf } from '../genotype';
import { crossEntropy, type DrawPosition, recomputed, unitDraw } from '../kernels';
import {
  ALPHA_INIT_STD,
  type CallOptions,
  type MapShape,
  type Moment,
  momentDraw,
  NoisyDartsLayer,
  stateVariables,
  weightVariables,
} from '../layers';
import { singleShape, variableOf } from '../layers/noisy-darts-layer';
import { unpackOptions } from '../layers/options';
import { sharedShape } from '../layers/partial-channels';
import { fillUniform } from '../random';
import {
  type AlphaName,
  type ByAlpha,
  type CellSpace,
  mapAlphas,
  type PrimitiveOf,
  type SearchSpace,
} from '../spaces';
import { plainDarts, type Strategy, type StrategyPass, type StrategySettings } from '../strategies/core';
import { strategyOf } from '../strategies/strategy';
import { byNode } from './edge-normalization';
import { fetchValues, hostValues } from './host-values';
import { Interlude } from './interlude';
import type { EdgePass } from './memory/edge';
import { activeVariables, type Mixture, straightThrough } from './mixture';
import { type ResolvedNoise, resolveNoise } from './noise-plan';
import type { CommonSupernetOptions } from './options';
import type { LabelledBatch, Searchable } from './searchable';

/** The alphas of a supernet, [edges, candidates] each, shared by all cells of a type. */
export type Alphas<S extends SearchSpace = SearchSpace> = ByAlpha<S, tf.Variable>;

/** The values of a matrix, row by row. */
function rowsOf(matrix: tf.Tensor2D): number[][] {
  const [rows, columns] = matrix.shape;
  const values = Array.from(hostValues(matrix));
  return Array.from({ length: rows }, (_, row) => values.slice(row * columns, (row + 1) * columns));
}

const softmaxOf = (alpha: tf.Tensor2D): tf.Tensor2D => tf.softmax(alpha);

/** What the supernet of a space adds to the common options. */
export interface SupernetParts {
  /** The alpha that each cell reads, input side first. */
  readonly cellTypes: readonly AlphaName[];
  /** Channels of the edges where there are fewest; null where the channels of an edge differ on its two sides. */
  readonly channels: number | null;
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
export abstract class Supernet<S extends SearchSpace = SearchSpace>
  extends NoisyDartsLayer
  implements Searchable<S>
{
  readonly subject = 'supernet';
  readonly space: S;
  readonly classes: number;
  /** The alpha that every cell reads, by its name. */
  readonly cellTypes: readonly AlphaName[];
  /** Noise of every edge of every cell. */
  readonly noise: ResolvedNoise<PrimitiveOf<S>>;
  /** How alpha becomes the weights of the mixtures. */
  readonly strategy: StrategySettings;
  readonly #strategy: Strategy;
  /** Whether cells run forward a second time on the way back. */
  readonly recompute: boolean;
  #alphas: Readonly<Record<string, tf.Variable>> | undefined;
  /** What a strategy with edge normalisation learns beside alpha: a number an edge, by the name of the cell. */
  #betas: Readonly<Record<string, tf.Variable>> = {};
  #mixtures: Readonly<Record<string, number[][] | tf.Tensor2D>> | undefined;
  readonly #interlude = new Interlude();

  constructor(options: CommonSupernetOptions<S>, parts: SupernetParts) {
    requireObject(
      'Supernet',
      'its parts',
      parts,
      'extend it, and pass its cells',
      'cellTypes',
      'channels',
      'own',
    );
    const { cellTypes, channels, own } = parts;
    const { space, strategy = plainDarts(), classes = 10, skipDropPath = 0, recompute = 'none' } = options;
    requireKind('createSupernet', 'recompute', recompute, ['none', 'cell']);
    const noise = resolveNoise(space, cellTypes, options);
    // Resolved, the noise says itself where it falls.
    const { on: _, ...layer } = options;
    super(layer, { space, noise, strategy, classes, skipDropPath, recompute, ...own });
    this.space = space;
    this.classes = classes;
    this.cellTypes = cellTypes;
    this.noise = noise;
    this.strategy = strategy;
    this.#strategy = strategyOf(strategy, 'createSupernet', space);
    if (channels !== null) {
      sharedShape('createSupernet', [null, null, null, channels], this.channelShare);
    } else if (this.channelShare > 1 || this.#strategy.edgeNormalization?.(strategy)) {
      throw rangeError(
        'createSupernet',
        `partial channels and edge normalisation need cells, whose edges keep their channels and meet in nodes, and ${space.name} is a chain of layers`,
        strategy,
        'use another strategy, or a space of cells',
      );
    }
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

  /** Alphas and layers; a supernet that has them keeps them. */
  override build(inputShape: unknown): void {
    if (this.built) return;
    this.#buildAlphas();
    this.buildLayers(singleShape(inputShape));
    this.built = true;
  }

  /** Adopts the layers, input side first, for images [N, H, W, C]. */
  protected abstract buildLayers(images: MapShape): void;

  #buildAlphas(): void {
    this.#alphas = mapAlphas<SearchSpace, tf.Variable>(this.space, (name, rows) =>
      variableOf(this.addAlpha(`alphas_${name}`, [rows.length, rows[0]!.length], ALPHA_INIT_STD)),
    ) as Readonly<Record<string, tf.Variable>>;
    if (!this.#strategy.edgeNormalization?.(this.strategy)) return;
    this.#betas = mapAlphas<SearchSpace, tf.Variable>(this.space, (name, rows) =>
      variableOf(this.addAlpha(`betas_${name}`, [rows.length], ALPHA_INIT_STD)),
    ) as Readonly<Record<string, tf.Variable>>;
  }

  /** One of this many channels goes through the candidates. */
  protected get channelShare(): number {
    return this.#strategy.channelShare?.(this.strategy) ?? 1;
  }

  /**
   * Reads what a pass must know of alpha on the host, if the strategy chooses operations. Without it such a pass reads
   * alpha itself, which on WebGPU makes the device wait. Holds until alpha changes; `search` sees to it.
   */
  async prepare(): Promise<void> {
    if (this.choosesOne) await fetchValues(Object.values(this.#byName()));
  }

  /**
   * What the edges of a pass are called with, by the name of their cell: [edges, candidates], with one more column for the
   * channels that pass by where a strategy weighs edges too.
   */
  protected passMixtures(
    options: CallOptions & { readonly moment: Moment },
  ): Readonly<Record<string, Mixture>> {
    const { moment } = options;
    const training = (options.training ?? false) && options.noise !== false;
    return this.#eachAlpha((alpha, name) => {
      if (this.#mixtures) return { weights: this.#givenMixture(this.#mixtures[name]!, alpha) };
      const pass = this.strategyPass(name, training, moment);
      const soft = this.#strategy.weights(alpha, pass);
      const chosen = this.#strategy.choose?.(rowsOf(alpha), {
        ...pass,
        uniform: (count) => this.#hostUniform(name, count, moment),
      });
      const weights = chosen ? straightThrough(chosen, soft) : soft;
      return { weights: this.#scaled(name, weights), ...(chosen && { chosen }) };
    });
  }

  /** @internal What the strategy is told of a pass. */
  strategyPass(name: string, training: boolean, moment: Moment): StrategyPass {
    return {
      settings: this.strategy,
      training,
      moment,
      weightStep: training && moment.pass === 0,
      uniform: (shape) => this.#uniform(name, shape, moment),
    };
  }

  /** Whether the strategy moves the mixtures of the weights' steps, which those that are given it does not. */
  get perturbs(): boolean {
    return this.#strategy.perturb !== undefined && !this.#mixtures;
  }

  /** The weights of a cell's mixtures, in proportion to those of its edges if the strategy weighs edges. */
  #scaled(name: string, weights: tf.Tensor2D): tf.Tensor2D {
    const scale = this.#edgeScale(name);
    if (!scale) return weights;
    const scaled = tf.mul<tf.Tensor2D>(weights, scale);
    return this.channelShare > 1 ? tf.concat([scaled, scale], 1) : scaled;
  }

  /** Given weights as edges take them: channels that pass by an edge do so, unless told, with all the weight that it has. */
  #givenMixture(rows: number[][] | tf.Tensor2D, { shape: [, candidates] }: tf.Tensor2D): tf.Tensor2D {
    const weights = rows instanceof tf.Tensor ? rows : tf.tensor2d(rows);
    return this.channelShare > 1 && weights.shape[1] === candidates
      ? tf.concat([weights, tf.sum<tf.Tensor2D>(weights, 1, true)], 1)
      : weights;
  }

  #eachAlpha<T>(make: (alpha: tf.Tensor2D, name: string) => T): Readonly<Record<string, T>> {
    const alphas = Object.entries(this.#byName()) as [string, tf.Tensor2D][];
    return Object.fromEntries(alphas.map(([name, alpha]) => [name, make(alpha, name)]));
  }

  /** The weight of each edge of a cell among those into its node, [edges, 1], if the strategy weighs edges. */
  #edgeScale(name: string): tf.Tensor2D | undefined {
    const beta = this.#betas[name];
    return beta && (tf.reshape(byNode(this.space as CellSpace, beta as tf.Tensor1D), [-1, 1]) as tf.Tensor2D);
  }

  /** Numbers uniform on (0, 1), the same on every thread that shares a batch. */
  #uniform(name: string, shape: readonly number[], moment: Moment): tf.Tensor {
    const position = this.#draw(name, moment);
    return tf.tidy(() => tf.mul(tf.add(unitDraw([...shape] as never, 'uniform', position), 1), 0.5));
  }

  /** The same numbers on the host. */
  #hostUniform(name: string, count: number, moment: Moment): Float32Array {
    const { key, counter } = this.#draw(name, moment);
    return fillUniform(new Float32Array(count), key, counter).map((value) => (value + 1) / 2);
  }

  #draw(name: string, moment: Moment): DrawPosition {
    return momentDraw(this.stream('strategy', name), { ...moment, shard: 0 });
  }

  /** What the search thinks of every candidate, apart from any pass, [edges, candidates] by the name of the cell. */
  strengths(): Readonly<Record<string, tf.Tensor2D>> {
    const { strengths = softmaxOf } = this.#strategy;
    return this.#eachAlpha((alpha, name) => {
      const own = strengths(alpha, this.strategy);
      const scale = this.#edgeScale(name);
      return scale ? tf.mul<tf.Tensor2D>(own, scale) : own;
    });
  }

  /** What the strategy adds to the loss that moves alpha in an epoch, from 0, if anything. */
  penalty(epoch = 0): tf.Scalar | undefined {
    const { penalty } = this.#strategy;
    return (
      penalty &&
      tf.tidy(() => penalty(Object.values(this.#eachAlpha((alpha) => alpha)), this.strategy, epoch))
    );
  }

  /**
   * Runs `body` while the mixtures have these weights in place of what the alphas give, [edges][candidates] by the name of
   * their cell: `genotypeMixture(space, genotype)` makes the supernet compute what that genotype's network would. One more
   * column, as the strategy makes it, weighs what passes by the candidates; without, partial channels have the sum of the row, and
   * the auxiliary skip connection of `dartsMinus()` is not there.
   *
   * They stay in force until the promise of an asynchronous `body` settles, for whoever uses the supernet meanwhile.
   *
   * @returns What `body` returns.
   * @throws Error if an asynchronous `body` begins while that of another call goes on.
   */
  withMixtures<T>(weights: ByAlpha<S, number[][]>, body: () => T): T {
    return this.#interlude.run(() => {
      const before = this.#mixtures;
      this.#mixtures = weights as unknown as Readonly<Record<string, number[][]>>;
      return () => {
        this.#mixtures = before;
      };
    }, body);
  }

  /** Whether a pass computes one operation of each edge, as the strategy chooses. */
  get choosesOne(): boolean {
    return this.#strategy.choose !== undefined;
  }

  /** How the edges of a training pass are computed. */
  get edgePass(): EdgePass {
    return {
      channelShare: this.channelShare,
      weighsEdges: this.#strategy.edgeNormalization?.(this.strategy) ?? false,
      choosesOne: this.choosesOne,
    };
  }

  /** What the cells of all spaces are made with. */
  protected cellOptions(index: number, skipDropPath: number) {
    return {
      ...this.seeded(`cell_${index}`),
      noise: this.noise[index]!,
      skipDropPath,
      channelShare: this.channelShare,
      ownsAlpha: false,
    } as const;
  }

  /** Runs one cell with the weights of its mixtures, a second time on the way back if the supernet recomputes. */
  protected runCell(
    cell: NoisyDartsLayer,
    inputs: readonly tf.Tensor4D[],
    mixture: Mixture,
    options: CallOptions,
  ): tf.Tensor4D {
    const { weights } = mixture;
    const run = (given: readonly tf.Tensor[], again: boolean) =>
      cell.call(given.slice(0, -1), {
        ...options,
        ...mixture,
        weights: given.at(-1)!,
        updateStatistics: !again && (options.updateStatistics ?? true),
      }) as tf.Tensor4D;
    if (!this.recompute || !options.training) return run([...inputs, weights], false);
    const { weightGradients = true, alphaGradients = true } = options;
    return recomputed(
      run,
      alphaGradients ? [...inputs, weights] : inputs,
      weightGradients ? activeVariables(cell, mixture) : [],
      alphaGradients ? [] : [weights],
    );
  }

  /** Logits [N, classes] of images [N, H, W, C]. */
  forward(x: tf.Tensor, options: CallOptions = {}): tf.Tensor2D {
    return this.apply(x, { ...options }) as tf.Tensor2D;
  }

  /**
   * Mean cross-entropy of a batch, in training with the strategy's penalty; with it the supernet is a bilevel model for
   * architects.
   */
  loss(batch: LabelledBatch, options: CallOptions = {}): tf.Scalar {
    requireObject('Supernet.loss', 'the batch', batch, 'pass { x, y }', 'x', 'y');
    const { x, y } = batch;
    return tf.tidy(() => {
      const loss = crossEntropy(this.forward(x, options), y);
      const penalty = options.training ? this.penalty(options.moment?.epoch) : undefined;
      return penalty ? tf.add(loss, penalty) : loss;
    });
  }

  /** The trainable weights, without the alphas. */
  weightVariables(): tf.Variable[] {
    return weightVariables(this);
  }

  get outputs(): readonly number[] {
    return [this.classes];
  }

  get description(): Readonly<Record<string, unknown>> {
    return unpackOptions(this.getConfig().options);
  }

  /** Weights, alphas and running statistics by their names below the supernet, whose own differs from run to run. */
  namedVariables(): ReadonlyMap<string, tf.Variable> {
    return new Map(
      this.weights.map((weight) => [
        weight.originalName.slice(weight.originalName.indexOf('/') + 1),
        variableOf(weight),
      ]),
    );
  }

  /** Running statistics. */
  stateVariables(): tf.Variable[] {
    return stateVariables(this);
  }

  /**
   * What the search thinks of every candidate, [edges][candidates] by the name of the cell: the softmax of alpha, or what
   * the strategy puts in its place.
   */
  async edgeWeights(): Promise<ByAlpha<S, number[][]>> {
    const strengths = Object.entries(tf.tidy(() => this.strengths()));
    const rows = await Promise.all(strengths.map(([, tensor]) => tensor.array() as Promise<number[][]>));
    tf.dispose(strengths.map(([, tensor]) => tensor));
    return Object.fromEntries(strengths.map(([name], i) => [name, rows[i]!])) as ByAlpha<S, number[][]>;
  }

  /**
   * The architecture that the alphas stand for now.
   *
   * Reads the alphas from the device at once; {@link readGenotype} waits for them, as a browser on WebGPU has to.
   */
  genotype(): GenotypeOf<S> {
    const tensors = this.#decisive();
    try {
      return this.#decode(tensors.map(([name, tensor]) => [name, tensor.arraySync()]));
    } finally {
      tf.dispose(tensors.map(([, tensor]) => tensor));
    }
  }

  /** {@link genotype}, which the device may take its time for. */
  async readGenotype(): Promise<GenotypeOf<S>> {
    const tensors = this.#decisive();
    try {
      return this.#decode(
        await Promise.all(tensors.map(async ([name, tensor]) => [name, await tensor.array()] as const)),
      );
    } finally {
      tf.dispose(tensors.map(([, tensor]) => tensor));
    }
  }

  /** The decoder knows the softmax, and takes it in double precision. */
  get #decodedFrom(): 'weights' | 'alpha' {
    return this.#strategy.strengths || Object.keys(this.#betas).length > 0 ? 'weights' : 'alpha';
  }

  /** New tensors by the name of their cell, whose values are what {@link #decode} needs. */
  #decisive(): [name: string, tensor: tf.Tensor][] {
    return Object.entries(
      tf.tidy(() =>
        this.#decodedFrom === 'alpha'
          ? this.#eachAlpha((alpha) => tf.clone<tf.Tensor>(alpha))
          : this.strengths(),
      ),
    );
  }

  #decode(rows: readonly (readonly [name: string, values: unknown])[]): GenotypeOf<S> {
    return decodeAlphas(this.space, Object.fromEntries(rows) as ByAlpha<S, number[][]>, {
      from: this.#decodedFrom,
    });
  }
}
