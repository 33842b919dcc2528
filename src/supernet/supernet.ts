import * as tf from '@tensorflow/tfjs-core';
import { input } from '@tensorflow/tfjs-layers';
import { rangeError, typeError } from '../errors';
import { decodeGenotype, type Genotype } from '../genotype';
import { crossEntropy, recomputed } from '../kernels';
import {
  ALPHA_INIT_STD,
  type CallOptions,
  Cell,
  Classifier,
  gaussianNoise,
  type MapShape,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  Stem,
  singleInput,
  singleShape,
  stateVariables,
  variableOf,
  weightVariables,
} from '../layers';
import {
  alphaShape,
  type CellType,
  countEdges,
  type DartsSpace,
  edgeCandidates,
  reductionCells,
} from '../spaces';
import { type ResolvedNoise, resolveNoise, type SupernetNoise } from './noise-plan';

/** Options of {@link createSupernet}. */
export interface SupernetOptions<P extends string = string> extends NoisyDartsLayerOptions {
  /** The search space, a DARTS-like one: `darts()`, `robustDarts('S1')`, `defineSpace(...)`. */
  readonly space: DartsSpace<P>;
  /**
   * Noise of the search: one setting for all skip connections, a plan that chooses for each site, or null for plain
   * DARTS. Default: the paper's, `gaussianNoise({ std: 0.2 })`.
   */
  readonly noise?: SupernetNoise<P>;
  /** Candidates a single noise setting falls on. Default `['skip_connect']`. */
  readonly on?: readonly P[];
  /** Channels of the first cell; they double at every reduction. Default 16. */
  readonly channels?: number;
  /** Number of cells. Default 8. */
  readonly cells?: number;
  /** Number of classes. Default 10. */
  readonly classes?: number;
  /** Rate of a drop path on every skip connection. Default 0; the official code uses 0.3. */
  readonly skipDropPath?: number;
  /**
   * `'cell'`: a training pass keeps only what goes in and out of the cells and runs each cell forward a second time on
   * the way back, for about a third more time and a fraction of the memory. Default `'none'`.
   */
  readonly recompute?: 'none' | 'cell';
}

/** The alphas of a supernet, [edges, candidates] each, shared by all cells of a type. */
export interface Alphas {
  readonly normal: tf.Variable;
  readonly reduce: tf.Variable;
}

/** A batch of images with their labels. */
export interface LabelledBatch {
  /** Images [N, H, W, C]. */
  readonly x: tf.Tensor4D;
  /** Class indices [N], int32. */
  readonly y: tf.Tensor1D;
}

/**
 * The supernet of a DARTS-like space: stem, cells whose edges mix all candidates, classifier.
 *
 * Images [N, H, W, C] to logits [N, classes]. All normal cells share one alpha and all reduction cells another. It is
 * a tf layer: `tf.model`, saving and loading work on it.
 *
 * Source: paper, section 3; official code, model_search.py.
 */
export class Supernet<P extends string = string> extends NoisyDartsLayer {
  static className = 'NoisyDartsSupernet';
  readonly space: DartsSpace<P>;
  readonly classes: number;
  /** Kind of every cell. */
  readonly cellTypes: readonly CellType[];
  readonly stem: Stem;
  readonly cells: readonly Cell<P>[];
  readonly classifier: Classifier;
  /** Noise of every edge of every cell. */
  readonly noise: ResolvedNoise<P>;
  /** Whether cells run forward a second time on the way back. */
  readonly recompute: boolean;
  #alphas: Alphas | undefined;

  constructor(options: SupernetOptions<P>) {
    const {
      space,
      noise = gaussianNoise(),
      on = ['skip_connect' as P],
      channels = 16,
      cells = 8,
      classes = 10,
      skipDropPath = 0,
      recompute = 'none',
    } = options;
    if ((space as { kind?: unknown } | undefined)?.kind !== 'darts') {
      throw typeError(
        'createSupernet',
        "the space must be of the kind 'darts'",
        space,
        'pass for example darts()',
      );
    }
    for (const [what, value] of Object.entries({ channels, cells, classes })) {
      if (!Number.isInteger(value) || value < 1) {
        throw rangeError(
          'createSupernet',
          `${what} must be a positive integer`,
          value,
          'use for example 16, 8 and 10',
        );
      }
    }
    const reductions = reductionCells(space, cells);
    const cellTypes = Array.from(
      { length: cells },
      (_, cell): CellType => (reductions.includes(cell) ? 'reduce' : 'normal'),
    );
    const resolved = resolveNoise(space, cellTypes, noise, on);
    super(options, { space, noise: resolved, channels, cells, classes, skipDropPath, recompute });
    this.space = space;
    this.classes = classes;
    this.recompute = recompute === 'cell';
    this.cellTypes = cellTypes;
    this.noise = resolved;
    this.stem = new Stem({
      name: 'stem',
      seed: this.childSeed('stem'),
      filters: channels * space.stemMultiplier,
    });
    let filters = channels;
    this.cells = cellTypes.map((type, index) => {
      if (type === 'reduce') filters *= 2;
      const name = `cell_${index}`;
      return new Cell<P>({
        name,
        seed: this.childSeed(name),
        filters,
        candidates: Array.from({ length: countEdges(space.nodes) }, (_, edge) =>
          edgeCandidates(space, type, edge),
        ),
        nodes: space.nodes,
        multiplier: space.multiplier,
        reduction: type === 'reduce',
        reductionPrev: cellTypes[index - 1] === 'reduce',
        noise: resolved[index]!,
        skipDropPath,
        ownsAlpha: false,
      });
    });
    this.classifier = new Classifier({ name: 'classifier', seed: this.childSeed('classifier'), classes });
  }

  /** The alphas of both cell types. */
  get alphas(): Alphas {
    if (!this.#alphas) {
      throw new Error(
        'Supernet: not built, got no input shape yet; pass inputShape, or apply it to an input first',
      );
    }
    return this.#alphas;
  }

  override build(inputShape: unknown): void {
    const shape = [...alphaShape(this.space)];
    this.#alphas = {
      normal: variableOf(this.addAlpha('alphas_normal', shape, ALPHA_INIT_STD)),
      reduce: variableOf(this.addAlpha('alphas_reduce', shape, ALPHA_INIT_STD)),
    };
    let s0 = this.adopt(this.stem, singleShape(inputShape));
    let s1 = s0;
    for (const cell of this.cells) [s0, s1] = [s1, this.adopt(cell, [s0, s1])];
    this.adopt(this.classifier, s1);
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): (number | null)[] {
    return [(inputShape as MapShape)[0], this.classes];
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor2D {
    return tf.tidy(() => {
      const passed = this.withMoment(options);
      const weights = { normal: tf.softmax(this.alphas.normal), reduce: tf.softmax(this.alphas.reduce) };
      let s0 = this.stem.call(singleInput(this, inputs), passed);
      let s1 = s0;
      this.cells.forEach((cell, index) => {
        [s0, s1] = [s1, this.#cell(cell, [s0, s1, weights[this.cellTypes[index]!]], passed)];
      });
      return this.classifier.call(s1);
    });
  }

  #cell(cell: Cell<P>, inputs: [tf.Tensor4D, tf.Tensor4D, tf.Tensor], options: CallOptions): tf.Tensor4D {
    const run = ([s0, s1, weights]: readonly tf.Tensor[], again: boolean) =>
      cell.call([s0!, s1!], {
        ...options,
        weights: weights!,
        updateStatistics: !again && (options.updateStatistics ?? true),
      });
    if (!this.recompute || !options.training) return run(inputs, false);
    return recomputed(run, inputs, options.weightGradients === false ? [] : weightVariables(cell));
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

  /**
   * The architecture that the alphas stand for now: on every node the two edges with the strongest operations.
   *
   * Reads the alphas from the device.
   */
  genotype(): Genotype<P> {
    const read = (alpha: tf.Variable) => alpha.arraySync() as number[][];
    return decodeGenotype(this.space, { normal: read(this.alphas.normal), reduce: read(this.alphas.reduce) });
  }
}

/**
 * Makes the supernet of a search space.
 *
 * With the defaults it is the paper's for CIFAR-10: 16 channels, 8 cells, Gaussian noise of lambda 0.2 on every skip
 * connection; 1,930,618 trainable weights on images of 3 channels.
 *
 * @param options - Space, noise, size and seed. With `inputShape` ([H, W, C]) the weights exist at once, otherwise
 * from the first input on.
 * @throws RangeError for a bad size, and if noise is asked for where it falls nowhere.
 *
 * Source: paper, section 4.1.
 */
export function createSupernet<P extends string>(options: SupernetOptions<P>): Supernet<P> {
  const supernet = new Supernet<P>({ seed: 0, ...options });
  if (options.inputShape) supernet.apply(input({ shape: options.inputShape }));
  return supernet;
}
