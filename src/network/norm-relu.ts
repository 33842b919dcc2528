import * as tf from '@tensorflow/tfjs-core';
import {
  BatchNorm,
  type CallOptions,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
} from '../layers';
import { onMaps } from '../layers/signals';

/** Batch norm, then ReLU: what a network of NAS-Bench-201 ends in before its classifier. Maps [N, H, W, C] or signals [N, T, C]. */
export class NormRelu extends NoisyDartsLayer {
  static className = 'NoisyDartsNormRelu';
  readonly norm = new BatchNorm({ name: 'norm' });

  constructor(options: NoisyDartsLayerOptions = {}) {
    super(options, {});
  }

  override build(inputShape: unknown): void {
    this.adopt(this.norm, inputShape as never);
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): (number | null)[] {
    return inputShape as (number | null)[];
  }

  override officialNames(): OfficialNames {
    return { '0.': this.norm };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return onMaps(this, inputs, (x) => tf.relu(this.norm.call(x, options)));
  }
}
