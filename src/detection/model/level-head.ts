import * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../../errors';
import { type MapShape, NoisyDartsLayer, type NoisyDartsLayerOptions, type Work } from '../../layers';
import type { AnchorOptions } from '../boxes/anchors';
import { MapConv } from './map-conv';

/** Options of {@link LevelHead}. */
export interface LevelHeadOptions extends NoisyDartsLayerOptions {
  /** Channels between its convolutions. */
  readonly filters: number;
  /** Numbers that it says of every anchor. */
  readonly values: number;
  /** The anchors that it speaks of. */
  readonly anchors: Required<AnchorOptions>;
  /** Convolutions before the last. Default 4. */
  readonly depth?: number;
  /** What sigmoid of the last layer's bias is at first. Default 0.5. */
  readonly prior?: number;
}

/** Standard deviation of the last layer's first weights. */
const LAST = 0.01;

/**
 * Says of every anchor some numbers: maps [N, H, W, C] of several levels to [N, anchors, values], the anchors in the order of
 * `anchors()`. One tower of 3x3 convolutions with ReLU serves all levels.
 *
 * The towers' first weights are He's, which keep the size of activations at any width; the last layer's have a deviation of
 * 0.01.
 *
 * Source: Lin et al., "Focal Loss for Dense Object Detection", section 4.
 */
export class LevelHead extends NoisyDartsLayer {
  static className = 'NoisyDartsLevelHead';
  readonly values: number;
  readonly anchors: Required<AnchorOptions>;
  /** The convolutions, in order. */
  readonly convolutions: readonly MapConv[];
  #levels: readonly MapShape[] = [];

  constructor(options: LevelHeadOptions) {
    const {
      filters,
      values,
      anchors,
      depth = 4,
      prior = 0.5,
      ...common
    } = requireOptions('NoisyDartsLevelHead', options);
    super(common, { filters, values, anchors, depth, prior });
    this.values = values;
    this.anchors = anchors;
    const tower = Array.from(
      { length: depth },
      (_, i) => new MapConv({ ...this.seeded(`tower_${i}`), filters, activation: 'relu' }),
    );
    const last = new MapConv({
      ...this.seeded('last'),
      filters: values * anchors.ratios.length * anchors.scales.length,
      deviation: LAST,
      bias: -Math.log((1 - prior) / prior),
    });
    this.convolutions = [...tower, last];
  }

  override build(inputShape: unknown): void {
    this.#levels = inputShape as MapShape[];
    let at: MapShape = this.#levels[0]!;
    for (const convolution of this.convolutions) at = this.adopt(convolution, at);
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    const levels = inputShape as MapShape[];
    const { ratios, scales } = this.anchors;
    const cells = levels.map((shape) => (shape[1] == null || shape[2] == null ? null : shape[1] * shape[2]));
    const all = cells.includes(null)
      ? null
      : ratios.length * scales.length * cells.reduce<number>((sum, count) => sum + count!, 0);
    return [levels[0]![0], all, this.values] as MapShape;
  }

  /** The convolutions count for the first level; here for the others. */
  override work(): Work {
    let convolution = 0;
    for (const level of this.#levels.slice(1)) {
      let input = level;
      for (const layer of this.convolutions) {
        const output = layer.computeOutputShape(input);
        convolution += layer.work({ input, output }).convolution!;
        input = output;
      }
    }
    return { convolution };
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor3D {
    return tf.tidy(() => {
      const levels = [inputs].flat().map((map) => {
        const y = this.convolutions.reduce((at, layer) => layer.call(at), map as tf.Tensor4D);
        return tf.reshape(y, [y.shape[0], -1, this.values]);
      });
      return tf.concat(levels, 1) as tf.Tensor3D;
    });
  }
}
