import * as tf from '@tensorflow/tfjs-core';
import { rangeError, requireOptions } from '../errors';
import { depthwiseConv2d } from '../kernels';
import {
  type CallOptions,
  Classifier,
  ConvBN,
  type MapShape,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
} from '../layers';
import { singleShape } from '../layers/noisy-darts-layer';
import { onMaps } from '../layers/signals';

/** Options of {@link AuxiliaryHead}. */
export interface AuxiliaryHeadOptions extends NoisyDartsLayerOptions {
  /** Number of classes. */
  readonly classes: number;
  /** Step of the pooling: 3 for the CIFAR network's 8x8 maps, 2 for the ImageNet network's 7x7. Default 3. */
  readonly stride?: number;
  /** Whether a batch norm follows the second convolution. Default true; the official ImageNet head has none. */
  readonly finalNorm?: boolean;
}

const WINDOW = 5;

/**
 * The classifier on the side that helps the middle of a deep network train: ReLU, 5x5 average pooling without padding,
 * 1x1 convolution to 128, batch norm, ReLU, 2x2 convolution to 768, batch norm, ReLU, linear.
 *
 * [N, H, W, C] or [N, T, C] to logits [N, classes]. At its official sizes the last convolution leaves one pixel; larger maps are
 * averaged.
 *
 * @throws RangeError for maps that the windows do not fit.
 *
 * Source: DARTS, model.py.
 */
export class AuxiliaryHead extends NoisyDartsLayer {
  static className = 'NoisyDartsAuxiliaryHead';
  readonly classes: number;
  readonly stride: number;
  readonly narrow: ConvBN;
  readonly wide: ConvBN;
  readonly classifier: Classifier;
  #onSignals = false;

  constructor(options: AuxiliaryHeadOptions) {
    const {
      classes,
      stride = 3,
      finalNorm = true,
      ...common
    } = requireOptions('NoisyDartsAuxiliaryHead', options);
    super(common, { classes, stride, finalNorm });
    this.classes = classes;
    this.stride = stride;
    this.narrow = new ConvBN({ ...this.seeded('narrow'), filters: 128, kernelSize: 1, activation: 'relu' });
    this.wide = new ConvBN({
      ...this.seeded('wide'),
      filters: 768,
      kernelSize: 2,
      pad: 0,
      normalize: finalNorm,
      activation: 'relu',
    });
    this.classifier = new Classifier({ ...this.seeded('classifier'), classes });
  }

  /** The smallest side of a map that a head takes, in pixels. */
  static leastSide(stride: number): number {
    return WINDOW + stride;
  }

  override build(inputShape: unknown): void {
    const shape = singleShape(inputShape);
    this.#onSignals = shape.length === 3;
    const hidden = this.adopt(this.narrow, this.pooledShape(shape));
    this.adopt(this.classifier, this.adopt(this.wide, hidden));
    this.built = true;
  }

  /** Shape of the maps after the pooling. */
  pooledShape(shape: MapShape): MapShape {
    const side = (size: number | null) => {
      if (size === null) return null;
      if (size < AuxiliaryHead.leastSide(this.stride)) {
        throw rangeError(
          'NoisyDartsAuxiliaryHead',
          `the maps must be at least ${AuxiliaryHead.leastSide(this.stride)} pixels a side`,
          size,
          'use larger images, or create the network with auxiliary: false',
        );
      }
      return Math.floor((size - WINDOW) / this.stride) + 1;
    };
    return [shape[0], ...shape.slice(1, -1).map(side), shape.at(-1)] as MapShape;
  }

  override computeOutputShape(inputShape: unknown): (number | null)[] {
    return [singleShape(inputShape)[0], this.classes];
  }

  override officialNames(): OfficialNames {
    return {
      ...this.narrow.namesOf('features.2', 'features.3'),
      ...this.wide.namesOf('features.5', 'features.6'),
      'classifier.': this.classifier,
    };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor2D {
    return onMaps(this, inputs, (x) => {
      // Signals are maps of one column, and the windows on them are as narrow.
      const [height, width] = [WINDOW, this.#onSignals ? 1 : WINDOW];
      // No window crosses an edge, so the mean is a depthwise convolution with one value.
      const mean = tf.fill([height, width, x.shape[3], 1], 1 / (height * width)) as tf.Tensor4D;
      const pooled = depthwiseConv2d(tf.relu(x), mean, { stride: this.stride, pad: 0 });
      return this.classifier.call(this.wide.call(this.narrow.call(pooled, options), options));
    });
  }
}
