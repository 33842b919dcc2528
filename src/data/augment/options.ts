/** Options of `randomCrop`. */
export interface CropOptions {
  /**
   * Black pixels added on every side before the crop, or `[height, width]`: those above and below, and those left and
   * right. Less than the side, so that a part of the image is always left. 4 in the paper.
   */
  readonly padding: number | readonly [height: number, width: number];
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

/** Which changes an `Augmentation` makes, as plain JSON; whatever is left out is not done. */
export interface AugmentationOptions {
  /** Pad with black and crop at a random place; the paper pads 4. */
  readonly crop?: CropOptions | undefined;
  /** Mirror half of the images. */
  readonly flip?: boolean | undefined;
  /** Subtract the mean, divide by the standard deviation. */
  readonly normalize?: Normalization | undefined;
  /** Blank a square; the paper trains found networks with 16. */
  readonly cutout?: CutoutOptions | undefined;
}
