import * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { rangeError, requireOptions, typeError } from '../errors';
import { type EdgeKernel, type FusedCandidate, type FusedTerm, weightedSum } from '../kernels';
import type { CallOptions, Moment } from './call-options';
import { candidateNamed, requireWindow } from './candidates';
import { DropPath } from './drop-path';
import { kernelFor } from './fused-pass';
import { type LayerReference, layerFrom, layerReference } from './layer-reference';
import {
  anyShape,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
  variableOf,
} from './noisy-darts-layer';
import { NoisyOp } from './noisy-op';
import { partialChannels, sharedShape } from './partial-channels';
import { Pool } from './pool';
import { applyBuilt, asMaps, asRank, channelsOf, onMaps, singleInput } from './signals';
import type { MapShape } from './work';
import { Zero } from './zero';

/** The operations of a mixed edge: names of known primitives, or layers of the user's own by name. */
export type MixedOpCandidates<P extends string = string> =
  | readonly P[]
  | { readonly [primitive in P]: layers.Layer | LayerReference };

/** Options of {@link MixedOp}. */
export interface MixedOpOptions<P extends string = string> extends NoisyDartsLayerOptions {
  /** The operations that compete, in the order of alpha. */
  readonly candidates: MixedOpCandidates<P>;
  /** Channels in and out. Default: those of the input. */
  readonly filters?: number;
  /** Stride of every named operation. Default 1. */
  readonly stride?: number;
  /** Whether batch norms of named operations have scale and offset. Default false, as in a supernet. */
  readonly affine?: boolean;
  /**
   * Whether named operations without a batch norm of their own, the pools, get one behind them. Default true, as in
   * DARTS; NAS-Bench-201 has none.
   */
  readonly normalize?: boolean;
  /**
   * Partial channels: the candidates see the first 1/channelShare of the channels, the others pass by (through a 2x2 max
   * pool at stride 2), then all are shuffled. Default 1: the candidates see all.
   */
  readonly channelShare?: number;
  /** Alpha [K] to share with other edges instead of owning one; it is not saved with this layer. */
  readonly alpha?: tf.Variable;
  /**
   * Whether the layer owns an alpha. Default: true unless `alpha` is given. If false, every call must pass `weights`
   * or `alpha`.
   */
  readonly ownsAlpha?: boolean;
  /** Rate of a drop path on the skip connection, in training only. Default 0; the official code uses 0.3. */
  readonly skipDropPath?: number;
}

/** The strongest operation of an edge. */
export interface DecodedEdge<P extends string = string> {
  /** The operation of the largest weight; `none` never, the first of equals. */
  readonly op: P;
  /** Its softmax weight. */
  readonly weight: number;
}

/** Standard deviation of alpha at the start: 1e-3, as in DARTS. */
export const ALPHA_INIT_STD = 1e-3;

/** The weights of mixtures, softmax(alpha). @throws TypeError if a layer has none and is given none. */
export function mixtureWeights(
  layer: layers.Layer,
  alpha: tf.Tensor | undefined,
  ownsAlpha: boolean,
): tf.Tensor {
  if (alpha) return tf.softmax(alpha);
  throw ownsAlpha
    ? typeError(
        layer.getClassName(),
        'the layer is not built, so it has no alpha yet',
        undefined,
        'apply it to an input first',
      )
    : typeError(
        layer.getClassName(),
        'this layer owns no alpha, so a call must pass weights or alpha',
        undefined,
        'call apply(x, { alpha }) or build it with ownsAlpha: true',
      );
}

type PassOptions = CallOptions & { readonly moment: Moment };

/** `y`, through which `x` gets a gradient of zeros. */
function withZeroGradient(y: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const { shape } = x;
  return tf.customGrad(() => ({ value: y, gradFunc: () => tf.zeros(shape) }))(x);
}

/**
 * A mixed edge: every candidate operation at once, weighted by a softmax over alpha.
 *
 * `y = sum_k softmax(alpha)_k * op_k(x)`, [N, H, W, C] to [N, ceil(H/stride), ceil(W/stride), C], or signals [N, T, C] to
 * [N, ceil(T/stride), C] with operations of one dimension, such as `sep_conv_3`. Layers of the user's own may take any rank.
 *
 * Called with `chosen` it computes one of them, `y = w_c * op_c(x)`: the others and their statistics stay as they are, and
 * their weights get the gradient 0.
 *
 * Alpha is saved with the layer but never among its trainable weights; see `archVariables`.
 *
 * @throws RangeError for an unknown primitive or no candidate; TypeError if candidates disagree about the output shape, or
 * an operation of maps is given signals or the other way round.
 *
 * Source: DARTS, eq. 2; paper, section 3.
 */
export class MixedOp<P extends string = string> extends NoisyDartsLayer {
  static className = 'NoisyDartsMixedOp';
  /** Names of the candidates, in the order of alpha. */
  readonly primitives: readonly P[];
  readonly stride: number;
  readonly #given: MixedOpCandidates<P>;
  readonly #filters: number | undefined;
  readonly #affine: boolean;
  readonly #normalize: boolean;
  /** The candidates see the first 1/channelShare of the channels. */
  readonly channelShare: number;
  #shape: MapShape | undefined;
  readonly #ownsAlpha: boolean;
  readonly #dropPath: DropPath | undefined;
  #alpha: tf.Variable | undefined;
  #ops: layers.Layer[] = [];

  constructor(options: MixedOpOptions<P>, own: object = {}) {
    const {
      candidates,
      filters,
      stride = 1,
      affine = false,
      normalize = true,
      channelShare = 1,
      alpha,
      ownsAlpha = alpha === undefined,
      skipDropPath = 0,
      ...common
    } = requireOptions('MixedOp', options);
    requireCandidates(candidates);
    super(common, {
      ...(filters === undefined ? {} : { filters }),
      stride,
      affine,
      normalize,
      channelShare,
      ownsAlpha,
      skipDropPath,
      ...own,
    });
    const named = Array.isArray(candidates);
    this.primitives = named ? [...(candidates as readonly P[])] : (Object.keys(candidates) as P[]);
    if (this.primitives.length === 0 || new Set(this.primitives).size < this.primitives.length) {
      throw rangeError(
        this.getClassName(),
        'candidates must be at least one operation, each once',
        this.primitives,
        "pass for example ['skip_connect', 'sep_conv_3x3']",
      );
    }
    if (named) this.primitives.forEach(candidateNamed);
    this.#given = named
      ? this.primitives
      : (Object.fromEntries(
          Object.entries<layers.Layer | LayerReference>(candidates as never).map(([name, layer]) => [
            name,
            layerFrom(this.getClassName(), layer),
          ]),
        ) as MixedOpCandidates<P>);
    if (alpha && !tf.util.arraysEqual(alpha.shape, [this.primitives.length])) {
      throw typeError(
        this.getClassName(),
        `alpha must be [${this.primitives.length}], one number a candidate`,
        alpha.shape,
        'share it between edges of the same candidates only',
      );
    }
    this.stride = stride;
    this.#filters = filters;
    this.#affine = affine;
    this.#normalize = normalize;
    this.channelShare = channelShare;
    this.#alpha = alpha;
    this.#ownsAlpha = ownsAlpha;
    this.#dropPath =
      skipDropPath > 0 ? new DropPath({ ...this.seeded('skip_drop_path'), rate: skipDropPath }) : undefined;
  }

  /** The candidates' layers, in the order of alpha, once built. */
  get ops(): readonly layers.Layer[] {
    return this.#ops;
  }

  /** Alpha of this edge [K], owned or shared; undefined if every call passes its weights. */
  get alpha(): tf.Variable | undefined {
    return this.#alpha;
  }

  override build(inputShape: unknown): void {
    this.#shape = anyShape(inputShape);
    const shape = sharedShape(this.getClassName(), this.#shape, this.channelShare);
    if (Array.isArray(this.#given))
      for (const primitive of this.primitives) requireWindow(this.getClassName(), primitive, shape);
    if (this.#ownsAlpha)
      this.#alpha = variableOf(this.addAlpha('alpha', [this.primitives.length], ALPHA_INIT_STD));
    this.#ops = this.primitives.map((primitive) =>
      this.prepare(primitive, this.#create(primitive, channelsOf(shape))),
    );
    const outputs = this.#ops.map((op) => this.adopt(op, shape));
    outputs.forEach((output, index) => {
      if (JSON.stringify(output) !== JSON.stringify(outputs[0])) {
        throw typeError(
          this.getClassName(),
          `candidate '${this.primitives[index]}' must give ${JSON.stringify(outputs[0])} like '${this.primitives[0]}'`,
          output,
          'give all candidates the same stride and filters, and the input as many channels',
        );
      }
    });
    if (this.#dropPath) this.adopt(this.#dropPath, outputs[0]!);
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    const first = this.#ops[0];
    if (!first)
      throw new Error(`${this.getClassName()}: not built, got no input yet; apply it to an input first`);
    const shape = anyShape(inputShape);
    const seen = sharedShape(this.getClassName(), shape, this.channelShare);
    const output = first.computeOutputShape(seen) as MapShape;
    return [...output.slice(0, -1), channelsOf(output) + channelsOf(shape) - channelsOf(seen)] as MapShape;
  }

  override officialNames(): OfficialNames {
    return { ...Object.fromEntries(this.#ops.map((op, i) => [`_ops.${i}.`, op])), ...this.#poolNorms() };
  }

  /** The official edge holds the norms behind its pools itself: `bn1` max pool's, `bn2` average pool's. */
  #poolNorms(): OfficialNames {
    const pools = this.#ops
      .map((op) => (op instanceof NoisyOp ? op.layer : op))
      .filter((op) => op instanceof Pool);
    const normOf = (kind: 'max' | 'avg') => {
      const [one, ...more] = pools.filter((pool) => pool.kind === kind);
      return more.length > 0 ? undefined : one?.norm;
    };
    return { 'bn1.': normOf('max'), 'bn2.': normOf('avg') };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return tf.tidy(() => {
      const given = singleInput(this, inputs);
      const x = asMaps(given);
      const { weights: shares, alpha, chosen, ...rest } = this.withMoment(options);
      const weights = (shares as tf.Tensor1D | undefined) ?? this.#softmax(alpha);
      const mix = (part: tf.Tensor4D, own: tf.Tensor1D) =>
        (chosen ? this.#only(chosen[0]!, part, own, rest) : this.#mix(part, own, rest)) as tf.Tensor4D;
      if (this.channelShare === 1) return asRank(mix(x, weights), given.rank) as tf.Tensor4D;
      return onMaps(
        this,
        given,
        (maps) =>
          (chosen ? undefined : this.#partial(maps, weights, rest)) ??
          partialChannels(maps, weights, {
            share: this.channelShare,
            stride: this.stride,
            candidates: this.primitives.length,
            mix,
          }),
      );
    });
  }

  /** The weighted sum of the candidates, and of the skip connection a second time if there is one more weight. */
  #mix(x: tf.Tensor, given: tf.Tensor1D, options: PassOptions): tf.Tensor {
    const kernel = kernelFor(x, options);
    const count = this.#ops.length;
    const again = given.size > count && this.primitives.includes('skip_connect' as P);
    const weights = given.size > count && !again ? tf.slice1d(given, 0, count) : given;
    const indices = [...this.#ops.keys(), ...(again ? [count] : [])];
    const fused = indices.map((index) => this.#fused(index, kernel, options));
    // A kernel of which no candidate is asked has nothing to do, and does not know the shape of zeros.
    if (!kernel || !fused.some((term) => term && term.kind !== 'zero')) {
      return weightedSum(
        weights,
        indices.map((index) => this.#term(index, x, options)),
      );
    }
    const terms = fused.map(
      (term, index): FusedTerm => term ?? { kind: 'given', y: this.#term(index, x, options) as tf.Tensor4D },
    );
    return kernel.run({ ...options, x: x as tf.Tensor4D, weights, terms });
  }

  /** A mixture on partial channels as one call of a kernel; undefined if there is none that computes all of it. */
  #partial(x: tf.Tensor4D, weights: tf.Tensor1D, options: PassOptions): tf.Tensor4D | undefined {
    const kernel = kernelFor(x, options);
    const isEven = this.stride === 1 && (this.#filters ?? x.shape[3]) === x.shape[3];
    if (!kernel?.partial || !isEven) return undefined;
    const terms = this.#ops.map((_, index) => this.#fused(index, kernel, options));
    const isWhole = terms.every((term) => term) && terms.some((term) => term!.kind !== 'zero');
    return isWhole
      ? kernel.run({ ...options, x, weights, terms: terms as FusedTerm[], share: this.channelShare })
      : undefined;
  }

  /** One candidate with its weight. */
  #only(index: number, x: tf.Tensor, weights: tf.Tensor1D, options: PassOptions): tf.Tensor {
    if (!this.#ops[index]) {
      throw rangeError(
        this.getClassName(),
        `the chosen candidate must be an index below ${this.primitives.length}`,
        index,
        'choose one for each edge',
      );
    }
    const weight = tf.slice1d(weights, index, 1);
    const kernel = kernelFor(x, options);
    const isZero = this.#ops[index] instanceof Zero;
    const fused = this.#fused(index, kernel, options);
    if (fused && !isZero) {
      return kernel!.run({ ...options, x: x as tf.Tensor4D, weights: weight, terms: [fused] });
    }
    const y = this.#term(index, x, options);
    // Alone on its edge it would leave the layers before it without a gradient, where a mixture gives them one.
    return weightedSum(weight, [isZero ? withZeroGradient(y, x) : y]);
  }

  /** The strongest operation of the edge by its alpha. Reads alpha from the device. */
  decode(): DecodedEdge<P> {
    const weights = tf.tidy(() => this.#softmax(undefined).dataSync());
    let best = -1;
    this.primitives.forEach((primitive, index) => {
      if (primitive !== 'none' && (best < 0 || weights[index]! > weights[best]!)) best = index;
    });
    if (best < 0) {
      throw rangeError(
        'decode',
        "an edge of 'none' alone has no operation",
        this.primitives,
        'add a candidate',
      );
    }
    return { op: this.primitives[best]!, weight: weights[best]! };
  }

  /**
   * A candidate as a derived network has it, on all channels and not built: scale and offset in its norms, no norm behind a
   * pool. A layer of the user's own is given as it is.
   */
  derived(primitive: P): layers.Layer {
    if (!Array.isArray(this.#given)) return (this.#given as Record<P, layers.Layer>)[primitive];
    return candidateNamed(primitive).create({
      ...this.seeded(primitive),
      filters: this.#filters ?? channelsOf(this.#shape!),
      stride: this.stride,
      affine: true,
      mixed: false,
    });
  }

  protected override lateOptions(): object {
    return {
      candidates: Array.isArray(this.#given)
        ? this.#given
        : Object.fromEntries(
            Object.entries<layers.Layer>(this.#given as never).map(([name, layer]) => [
              name,
              layerReference(layer),
            ]),
          ),
    };
  }

  /** Hook for subclasses to wrap a candidate's layer. */
  protected prepare(_primitive: P, op: layers.Layer): layers.Layer {
    return op;
  }

  /** A candidate, or behind the last one the skip connection without its noise. */
  #op(index: number): layers.Layer {
    const own = this.#ops[index];
    if (own) return own;
    const skip = this.#ops[this.primitives.indexOf('skip_connect' as P)]!;
    return skip instanceof NoisyOp ? skip.layer : skip;
  }

  /** What a kernel may compute in place of a candidate. */
  #fused(
    index: number,
    kernel: EdgeKernel | undefined,
    { moment, training }: PassOptions,
  ): FusedCandidate | undefined {
    const op = this.#op(index);
    if (!kernel || !(op instanceof NoisyDartsLayer) || this.#isDropped(index)) return undefined;
    const fused = op.fused(moment);
    return fused && kernel.takes(fused, training) ? fused : undefined;
  }

  #isDropped(index: number): boolean {
    return this.#dropPath !== undefined && this.primitives[index] === 'skip_connect';
  }

  /** Output of one candidate, which is given what it was built for: signals, where x is maps of one column in their place. */
  #term(index: number, x: tf.Tensor, options: CallOptions): tf.Tensor {
    // The second time its statistics have moved already.
    const passed = this.#ops[index] ? options : { ...options, updateStatistics: false };
    const y = applyBuilt(this.#op(index), x, this.#shape!.length, passed);
    return this.#isDropped(index) ? this.#dropPath!.call(y, options) : y;
  }

  #create(primitive: P, channels: number): layers.Layer {
    if (!Array.isArray(this.#given)) return (this.#given as Record<P, layers.Layer>)[primitive];
    return candidateNamed(primitive).create({
      ...this.seeded(primitive),
      filters: this.#filters === undefined ? channels : this.#filters / this.channelShare,
      stride: this.stride,
      affine: this.#affine,
      mixed: this.#normalize,
    });
  }

  #softmax(alpha: tf.Tensor | undefined): tf.Tensor1D {
    return mixtureWeights(this, alpha ?? this.#alpha, this.#ownsAlpha) as tf.Tensor1D;
  }
}

function requireCandidates(candidates: unknown): void {
  if (candidates === null || typeof candidates !== 'object')
    throw typeError(
      'MixedOp',
      'candidates must be names, or layers by name',
      candidates,
      "pass ['skip_connect', ...]",
    );
}
