import * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { requireOptions } from '../errors';
import { counterNoise, type FusedCandidate, perturb } from '../kernels';
import type { Stream } from '../random';
import { type CallOptions, type Moment, momentDraw } from './call-options';
import { type LayerReference, layerFrom, layerReference } from './layer-reference';
import { checkNoise, gaussianNoise, type NoiseSettings, noiseFormula } from './noise/settings';
import { NoisyDartsLayer, type NoisyDartsLayerOptions, type OfficialNames } from './noisy-darts-layer';
import type { MapShape } from './work';

/** Options of {@link NoisyOp}. */
export interface NoisyOpOptions extends NoisyDartsLayerOptions {
  /** The layer whose output is disturbed: any tf layer with one output. */
  readonly layer: layers.Layer | LayerReference;
  /** Default: the paper's, Gaussian, `0.2 * std(x)`, unbiased. */
  readonly noise?: NoiseSettings;
}

/**
 * Wraps a layer and puts noise on its output, in training only; outside training it is the layer.
 *
 * `y = layer(x) + n` (or `layer(x) * n`), n drawn elementwise and afresh at every pass from the seed, this layer and
 * the moment alone. Noise is not differentiated.
 *
 * Source: paper, section 3.2.
 */
export class NoisyOp extends NoisyDartsLayer {
  static className = 'NoisyDartsNoisyOp';
  readonly layer: layers.Layer;
  readonly noise: NoiseSettings;
  readonly #draws: Stream;

  constructor(options: NoisyOpOptions) {
    const { layer, noise = gaussianNoise(), ...common } = requireOptions('NoisyDartsNoisyOp', options);
    const inner = layerFrom('NoisyOp', layer);
    super(common, { noise });
    this.layer = inner;
    this.noise = checkNoise('NoisyOp', noise);
    this.#draws = this.stream('noise');
  }

  override build(inputShape: unknown): void {
    this.adopt(this.layer, inputShape as MapShape);
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    return this.layer.computeOutputShape(inputShape as number[]) as MapShape;
  }

  override fused(moment: Moment): FusedCandidate | undefined {
    const inner = this.layer instanceof NoisyDartsLayer ? this.layer.fused(moment) : undefined;
    if (inner?.kind !== 'identity' || inner.noise) return undefined;
    const formula = noiseFormula(this.noise, moment.epoch);
    return { kind: 'identity', noise: { formula, position: momentDraw(this.#draws, moment) } };
  }

  override officialNames(): OfficialNames {
    return { '': this.layer };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor {
    return tf.tidy(() => {
      if (!options.training || options.noise === false)
        return this.layer.apply(inputs, { ...options }) as tf.Tensor;
      const passed = this.withMoment(options);
      const y = this.layer.apply(inputs, { ...passed }) as tf.Tensor;
      const formula = noiseFormula(this.noise, passed.moment.epoch);
      if (passed.sampler) {
        return perturb(y, passed.sampler(y.shape, this.noise.distribution, this.name), formula);
      }
      return counterNoise(y, formula, momentDraw(this.#draws, passed.moment));
    });
  }

  protected override lateOptions(): object {
    return { layer: layerReference(this.layer) };
  }
}

/**
 * Puts noise on a layer's output, in training only: short for `new NoisyOp({ layer, noise })`.
 *
 * @param layer - Any tf layer with one output.
 * @param noise - Default: the paper's.
 */
export function noisy(layer: layers.Layer, noise?: NoiseSettings): NoisyOp {
  return new NoisyOp(noise ? { layer, noise } : { layer });
}
