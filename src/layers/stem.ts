import type * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../errors';
import { conv2d, type FusedCandidate } from '../kernels';
import { strided } from '../kernels/geometry';
import { BatchNorm } from './batch-norm';
import type { CallOptions } from './call-options';
import { after, type Footprint, footprint } from './footprint';
import { denseBlock, fusedAlone } from './fused-pass';
import {
  type LayerWeight,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
  singleShape,
} from './noisy-darts-layer';
import { channelsOf, kernelSides, onMaps } from './signals';
import type { MapShape } from './work';
import { type LayerShapes, numbers, pixels, type Work } from './work';

/** Options of {@link Stem}. */
export interface StemOptions extends NoisyDartsLayerOptions {
  /** Channels of the output. */
  readonly filters: number;
}

/**
 * The entry of a network for small images: a 3x3 convolution without bias and an affine batch norm,
 * [N, H, W, C] to [N, H, W, filters]; of signals, a convolution of length 3, [N, T, C] to [N, T, filters].
 */
export class Stem extends NoisyDartsLayer {
  static className = 'NoisyDartsStem';
  readonly filters: number;
  readonly norm: BatchNorm;
  #kernel!: LayerWeight;

  constructor(options: StemOptions) {
    const { filters, ...common } = requireOptions('NoisyDartsStem', options);
    super(common, { filters });
    this.filters = filters;
    this.norm = new BatchNorm({ name: 'norm' });
  }

  override build(inputShape: unknown): void {
    const shape = singleShape(inputShape);
    const [height, width] = kernelSides(3, shape);
    const fanIn = height * width * channelsOf(shape);
    this.#kernel = this.addFilter('kernel', [height, width, channelsOf(shape), this.filters], fanIn);
    this.adopt(this.norm, strided(shape, 1, this.filters));
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    return strided(singleShape(inputShape), 1, this.filters);
  }

  override work({ input, output }: LayerShapes): Work {
    const [height, width] = kernelSides(3, input);
    return { convolution: height * width * channelsOf(input) * this.filters * pixels(output) };
  }

  override footprint(input: MapShape): Footprint {
    const output = numbers(after(this, input));
    // Nobody asks for the gradient of the image.
    return footprint({ kept: numbers(input) + output, back: output });
  }

  override officialNames(): OfficialNames {
    return { '0.weight': this.#kernel, '1.': this.norm };
  }

  override fused(): FusedCandidate | undefined {
    return denseBlock(this.#kernel, this.norm, 'linear');
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return onMaps(
      this,
      inputs,
      (x) =>
        fusedAlone(this, x, options) ??
        this.norm.call(conv2d(x, this.#kernel.read() as tf.Tensor4D), options),
    );
  }
}
