import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers } from '@tensorflow/tfjs-layers';
import {
  checkOptions,
  type OptionKeys,
  type OptionKind,
  rangeError,
  requireKind,
  typeError,
} from '../errors';
import type { FusedCandidate } from '../kernels';
import { requireBackend } from '../kernels/kernel';
import { type Seed, type Stream, stream } from '../random';

import type { CallOptions, Moment } from './call-options';
import { type Footprint, unknownFootprint } from './footprint';
import { packOptions, unpackOptions } from './options';
import { notMaps } from './signals';
import { buildUnlisted, unlistedWeight } from './unlisted';
import type { LayerShapes, MapShape, Work } from './work';

/** A weight of a tfjs layer. */
export type LayerWeight = layers.Layer['weights'][number];

/** Weights by their name in the official state dict, and layers by the path to theirs, which ends in a dot. */
export type OfficialNames = Readonly<Record<string, LayerWeight | layers.Layer | undefined>>;

/** Options every layer of this library takes. */
export interface NoisyDartsLayerOptions {
  /** Name of the layer. Default: made by tfjs, unique. */
  readonly name?: string;
  /** Seed of initial weights, alpha and noise. Default: 0 and the layer's name. */
  readonly seed?: Seed;
  /** Shape of one input without the batch axis; only for the first layer of a `tf.sequential`. */
  readonly inputShape?: (number | null)[];
  /** Whether the weights train. Default true. */
  readonly trainable?: boolean;
}

/** What every layer takes; the last two are set by tfjs in the configuration of a saved layer. */
const COMMON = {
  name: 'text',
  seed: 'seed',
  inputShape: 'list',
  trainable: 'flag',
  batchInputShape: 'list',
  dtype: 'text',
} as const;

/** Of what kind the options of layers are. */
const KINDS: Readonly<Record<string, OptionKind>> = {
  affine: 'flag',
  normalize: 'flag',
  depthwise: 'flag',
  reduction: 'flag',
  reductionPrev: 'flag',
  ownsAlpha: 'flag',
  kind: ['max', 'avg'],
  finalNorm: 'flag',
  skipDropPath: 'rate',
  dropPath: 'rate',
  rate: 'rate',
  momentum: 'share',
  epsilon: 'share',
  squeezeRatio: 'share',
  noise: 'object',
  activation: ['linear', 'relu', 'swish'],
  // What no network comes near.
  filters: [1, 2 ** 17],
  classes: [1, 2 ** 17],
  reduced: [1, 2 ** 17],
  channels: [1, 1024],
  cells: [1, 1024],
  channelShare: [1, 1024],
  nodes: [1, 128],
  multiplier: [1, 128],
  kernelSize: [1, 255],
  size: [1, 255],
  stride: [1, 255],
  dilation: [1, 255],
  expansion: [1, 255],
  pad: [0, 255],
};

/** What tfjs takes as the name of a tensor. */
const NAME = /^[A-Za-z0-9][-\w./]*$/;

/** Refuses options that are none, or unknown, and sizes that cannot be. */
function checkLayer(layer: { readonly className?: string }, options: object, own: object): void {
  const { className: fn } = layer;
  if (!fn)
    throw typeError(
      'NoisyDartsLayer',
      'the class must have a static className',
      layer,
      'extend it, with one',
    );
  const known = Object.fromEntries(Object.keys(own).map((name) => [name, true]));
  checkOptions(fn, options, { ...known, ...COMMON } as OptionKeys<object>);
  const { name } = options as NoisyDartsLayerOptions;
  if (name !== undefined && !NAME.test(name))
    throw rangeError(fn, "a name must be letters, digits, '_', '-', '.' and '/'", name, 'choose another');
  // In a layer of the user's own the same word may mean something else.
  if (!fn.startsWith('NoisyDarts')) return;
  for (const [what, value] of Object.entries(own)) requireKind(fn, what, value, KINDS[what] ?? true);
}

/** The shapes that layers inside others were built with. */
const innerShapes = new WeakMap<layers.Layer, LayerShapes>();

/** The shapes that a layer inside another one was built with. */
export const shapesInside = (layer: layers.Layer): LayerShapes | undefined => innerShapes.get(layer);

/**
 * Base of this library's layers: a tfjs layer that may contain layers.
 *
 * It reports the weights of its children as its own, so that `tf.model`, saving and loading see them; keeps alpha out
 * of the trainable weights; and round-trips its options through a saved model.
 */
export abstract class NoisyDartsLayer extends layers.Layer {
  /** Seed of everything random in this layer. */
  readonly seed: Seed;
  /** Epoch that noise schedules read when the caller gives no moment. */
  epoch = 0;
  /** Moment of training passes whose caller gives none. Default: {@link epoch} and the layer's own count of them. */
  moment: Moment | undefined = undefined;
  readonly #children: layers.Layer[] = [];
  readonly #arch: LayerWeight[] = [];
  readonly #options: object;
  /** Where its weights are named: below the layers around it. */
  #path: string;
  #passes = 0;

  /**
   * @param options - Common options.
   * @param own - The layer's own options, plain JSON, as its constructor takes them.
   */
  constructor(options: NoisyDartsLayerOptions, own: object) {
    checkLayer(new.target as { readonly className?: string }, options, own);
    const { name, inputShape, trainable } = options;
    // Set by tfjs in the configuration of a saved first layer.
    const { batchInputShape } = options as { batchInputShape?: (number | null)[] };
    super({
      ...(batchInputShape === undefined ? {} : { batchInputShape }),
      ...(name === undefined ? {} : { name }),
      ...(inputShape === undefined ? {} : { inputShape }),
      ...(trainable === undefined ? {} : { trainable }),
    });
    this.seed = options.seed ?? `0/${this.name}`;
    this.#options = own;
    this.#path = this.name;
  }

  /** The layers inside this one. */
  get children(): readonly layers.Layer[] {
    return this.#children;
  }

  /** The weights of this layer without those of the layers inside it, in the order of their creation. */
  get ownWeights(): LayerWeight[] {
    const inner = new Set(this.#children.flatMap((child) => child.weights));
    return this.weights.filter((weight) => !inner.has(weight));
  }

  override get trainableWeights(): LayerWeight[] {
    if (!this.trainable) return [];
    return [...super.trainableWeights, ...this.#children.flatMap((child) => child.trainableWeights)];
  }

  override get nonTrainableWeights(): LayerWeight[] {
    return [
      ...super.nonTrainableWeights,
      ...this.#children.flatMap((child) =>
        this.trainable
          ? child.nonTrainableWeights
          : [...child.trainableWeights, ...child.nonTrainableWeights],
      ),
    ];
  }

  /** The architecture parameters (alpha) of this layer and the layers inside it. */
  archVariables(): tf.Variable[] {
    return [
      ...this.#arch.map(variableOf),
      ...this.#children
        .flatMap(layersWithin)
        .flatMap((layer) => (layer instanceof NoisyDartsLayer ? layer.#arch.map(variableOf) : [])),
    ];
  }

  /** Creates a trainable weight, uniform on (-bound, bound), drawn from the layer's seed. */
  protected addUniform(name: string, shape: number[], bound: number): LayerWeight {
    return this.#add(name, shape, true, (shape_) => {
      const draws = new Float32Array(tf.util.sizeFromShape(shape_));
      const generator = this.stream('init', name).generator();
      for (let i = 0; i < draws.length; i++) draws[i] = (2 * generator.uniform() - 1) * bound;
      return tf.tensor(draws, shape_);
    });
  }

  /**
   * Creates a convolution filter as PyTorch does: uniform with bound 1 / sqrt(fan-in), fan-in being the inputs of one
   * output.
   */
  protected addFilter(name: string, shape: [number, number, number, number], fanIn: number): LayerWeight {
    return this.addUniform(name, shape, 1 / Math.sqrt(fanIn));
  }

  /** Creates a weight filled with one value. */
  protected addConstant(name: string, shape: number[], value: number, trainable: boolean): LayerWeight {
    return this.#add(name, shape, trainable, (shape_) => tf.fill(shape_, value));
  }

  /**
   * Creates alpha: normal with standard deviation `std`, saved with the model, never among the trainable weights.
   */
  protected addAlpha(name: string, shape: number[], std: number): LayerWeight {
    const weight = this.#add(name, shape, false, (shape_) => {
      const generator = this.stream('alpha', name).generator();
      const values = Float32Array.from(
        { length: tf.util.sizeFromShape(shape_) },
        () => std * generator.normal(),
      );
      return tf.tensor(values, shape_);
    });
    // tfjs drops variables that are not trainable from every gradient; what keeps alpha from the weight optimizer is
    // that it is not listed among the layer's trainable weights.
    variableOf(weight).trainable = true;
    this.#arch.push(weight);
    return weight;
  }

  /**
   * What this layer computes by itself for one image, without the layers inside it; `countCost` adds it up.
   *
   * Default: nothing, as for a layer that only moves, activates or adds up what the layers inside it compute.
   *
   * @throws RangeError unless overridden, if the layer has weights of its own beside alpha.
   */
  work(_shapes: LayerShapes): Work {
    if (this.ownWeights.every((weight) => this.#arch.includes(weight))) return {};
    throw rangeError(
      'countCost',
      'nothing is known about what this layer computes',
      this.getClassName(),
      'override work(), or tell with defineWork()',
    );
  }

  /**
   * What a training pass holds for this layer where no kernel of its edge computes it, without its output, which counts for
   * what comes next, but with the gradient of its input; `estimateMemory` adds it up. Default: as much as a convolution and
   * a norm.
   */
  footprint(...inputs: MapShape[]): Footprint {
    return unknownFootprint(this, inputs);
  }

  /**
   * Where the official PyTorch code keeps weights of this layer and of the layers inside it, once built; paths start at this
   * layer. Default: nowhere. What is not named here stands under the names of its layers.
   */
  officialNames(): OfficialNames {
    return {};
  }

  /** What a fused edge kernel may compute in place of this layer in training at `moment`; undefined if only the layer can. */
  fused(_moment: Moment): FusedCandidate | undefined {
    return undefined;
  }

  /** Takes in and builds a layer; its weights get names below this layer's. Returns the layer's output shape. */
  protected adopt(child: layers.Layer, shape: MapShape | MapShape[]): MapShape {
    this.#children.push(child);
    if (child instanceof NoisyDartsLayer) child.#path = `${this.#path}/${child.name}`;
    const shapes = (Array.isArray(shape[0]) ? shape : [shape]) as MapShape[];
    buildUnlisted(child, shapes);
    const output = child.computeOutputShape(shapes.length === 1 ? shapes[0]! : shapes) as MapShape;
    innerShapes.set(child, { input: shapes.at(-1)!, output });
    return output;
  }

  /** Name and seed of a layer inside this one. */
  protected seeded(name: string): { readonly name: string; readonly seed: Seed } {
    return { name, seed: `${this.seed}/${name}` };
  }

  /** A random stream of this layer. */
  protected stream(...path: (string | number)[]): Stream {
    return stream(this.seed, ...path);
  }

  /** The call options with a moment: the caller's, or this layer's own count of training passes. */
  protected withMoment(options: CallOptions): CallOptions & { readonly moment: Moment } {
    const moment = options.moment ?? (options.training ? this.moment : undefined);
    if (moment) return { ...options, moment };
    const step = options.training ? this.#passes++ : this.#passes;
    return { ...options, moment: { epoch: this.epoch, step, pass: 0 } };
  }

  /** Options that a subclass can tell only when the layer is saved, such as the layers it was given. */
  protected lateOptions(): object {
    return {};
  }

  override getConfig(): tf.serialization.ConfigDict {
    const options = packOptions({ ...this.#options, ...this.lateOptions(), seed: this.seed });
    return { ...super.getConfig(), options } as unknown as tf.serialization.ConfigDict;
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    // tfjs adds what it alone understands.
    const common = Object.fromEntries(Object.entries(config).filter(([key]) => Object.hasOwn(COMMON, key)));
    return new cls({ ...common, ...unpackOptions(config.options) } as tf.serialization.ConfigDict);
  }

  #add(
    name: string,
    shape: number[],
    trainable: boolean,
    create: (shape: number[]) => tf.Tensor,
  ): LayerWeight {
    requireBackend(this.getClassName());
    const value = tf.tidy(() => create(shape));
    const weight = unlistedWeight(value, `${this.#path}/${name}`, trainable);
    value.dispose();
    const lists = this as unknown as Readonly<
      Record<'_trainableWeights' | '_nonTrainableWeights', LayerWeight[]>
    >;
    lists[trainable ? '_trainableWeights' : '_nonTrainableWeights'].push(weight);
    return weight;
  }
}

/** A layer or model and everything inside it, at any depth: models, wrappers and the layers of this library are opened. */
export function layersWithin(x: layers.Layer | LayersModel): layers.Layer[] {
  const { layers: parts, layer } = x as { layers?: layers.Layer[]; layer?: layers.Layer };
  const inner =
    x instanceof NoisyDartsLayer ? x.children : (parts ?? (layer instanceof layers.Layer ? [layer] : []));
  return [x, ...inner.flatMap(layersWithin)];
}

/** The tf.Variable behind a layer's weight, as optimizers and `tf.variableGrads` need it. */
export function variableOf(weight: LayerWeight): tf.Variable {
  return (weight as unknown as { readonly val: tf.Variable }).val;
}

/** Frees all variables of a layer or model, which may be half built; tfjs's own `dispose` keeps those that are used twice. */
export function disposeWeights({ weights }: { readonly weights: readonly LayerWeight[] }): void {
  tf.dispose(weights.map(variableOf));
}

/** The one shape, of any rank, that a layer with one input is built with. */
export function anyShape(shape: unknown): MapShape {
  const list = shape as (number | null)[] | (number | null)[][];
  return (Array.isArray(list[0]) ? list[0] : list) as MapShape;
}

/** {@link anyShape} of maps or signals. @throws TypeError if it is neither. */
export function singleShape(shape: unknown): MapShape {
  const single = anyShape(shape);
  if (single.length !== 4 && single.length !== 3) throw notMaps('NoisyDartsLayer', single);
  return single;
}
