import * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../errors';
import { matMul } from '../kernels';
import { type Footprint, footprint } from './footprint';
import {
  type LayerWeight,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  singleShape,
} from './noisy-darts-layer';
import { channelsOf, onMaps } from './signals';
import type { MapShape } from './work';
import { type LayerShapes, numbers, pixels, type Work } from './work';

/** Options of {@link Classifier}. */
export interface ClassifierOptions extends NoisyDartsLayerOptions {
  /** Number of classes. */
  readonly classes: number;
}

/** Mean over height and width, then a linear map with bias: [N, H, W, C] or [N, T, C] to logits [N, classes]. */
export class Classifier extends NoisyDartsLayer {
  static className = 'NoisyDartsClassifier';
  readonly classes: number;
  #kernel!: LayerWeight;
  #bias!: LayerWeight;

  constructor(options: ClassifierOptions) {
    const { classes, ...common } = requireOptions('NoisyDartsClassifier', options);
    super(common, { classes });
    this.classes = classes;
  }

  override build(inputShape: unknown): void {
    const channels = channelsOf(singleShape(inputShape));
    const bound = 1 / Math.sqrt(channels);
    this.#kernel = this.addUniform('kernel', [channels, this.classes], bound);
    this.#bias = this.addUniform('bias', [this.classes], bound);
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): (number | null)[] {
    return [singleShape(inputShape)[0], this.classes];
  }

  override work({ input }: LayerShapes): Work {
    const channels = channelsOf(input);
    return { linear: channels * this.classes, globalPool: { pixels: pixels(input), outputs: channels } };
  }

  override footprint(input: MapShape): Footprint {
    return footprint({ back: numbers(input) });
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor2D {
    return onMaps(this, inputs, (x) => {
      const pooled = tf.mean(x, [1, 2]) as tf.Tensor2D;
      return tf.add(matMul(pooled, this.#kernel.read() as tf.Tensor2D), this.#bias.read());
    });
  }
}
