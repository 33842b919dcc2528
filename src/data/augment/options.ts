import type { Generator } from '../../random';

/** Options of `randomCrop`. */
export interface CropOptions {
  /**
   * Zeros added on every side before the crop, or a number for each axis but the last: `[height, width]` of pictures,
   * `[time]` of signals. Less than the side, so that a part of the example is always left. 4 in the paper.
   */
  readonly padding: number | readonly number[];
}

/** Options of `cutout`. */
export interface CutoutOptions {
  /** Side of the square in pixels; 16 in the paper. An odd length acts as length - 1. */
  readonly length: number;
}

/** Mean and standard deviation of each channel, for pixels on [0, 1]. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** How strongly examples of a batch are mixed. */
export interface MixOptions {
  /** The share lambda of the first of two examples is drawn from Beta(alpha, alpha). Above 0; 1 is uniform. */
  readonly alpha: number;
}

/** What a change of one's own is told. */
export interface OwnAugmentationContext {
  /** Shape of the example. */
  readonly shape: readonly number[];
  /** Source of its draws: a function of the run's seed, the epoch and the batch, so that a resumed run repeats them. */
  readonly generator: Generator;
}

/** Changes one example in place. It must draw from the generator alone. */
export type OwnAugmentation = (example: Float32Array, context: OwnAugmentationContext) => void;

/** Which changes an `Augmentation` makes; whatever is left out is not done. Plain JSON, but for a function of one's own. */
export interface AugmentationOptions {
  /** Pad with zeros and crop at a random place; the paper pads 4. */
  readonly crop?: CropOptions | undefined;
  /** Mirror half of the images. */
  readonly flip?: boolean | undefined;
  /** A change of one's own, before the normalisation. */
  readonly own?: OwnAugmentation | undefined;
  /** Subtract the mean, divide by the standard deviation. */
  readonly normalize?: Normalization | undefined;
  /** Blank a square; the paper trains found networks with 16. */
  readonly cutout?: CutoutOptions | undefined;
  /** Mix every example of a batch with another: lambda of one and 1 - lambda of the other, targets likewise. */
  readonly mixup?: MixOptions | undefined;
  /** Paste a box of another example into every example of a batch, targets in the proportion of the volumes. */
  readonly cutmix?: MixOptions | undefined;
}
