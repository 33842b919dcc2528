import { checkOptions, type OptionKeys, rangeError } from '../../errors';
import type { Generator } from '../../random';
import { checkChoice } from '../check';
import type { ImageShape } from '../dataset';
import { checkCrop, randomCrop } from './crop';
import { checkCutout, cutout } from './cutout';
import { randomFlip } from './flip';
import { checkNormalization, normalize } from './normalize';
import type { AugmentationOptions } from './options';

/** A fixed sequence of random changes to a batch of images. */
export interface Augmentation {
  /** What it was made from; `augmentation(options)` makes an equal one. */
  readonly options: AugmentationOptions;
  /** Changes a batch in place (NHWC), with its own draws for every image. */
  apply(images: Float32Array, shape: ImageShape, generator: Generator): void;
}

const KEYS = {
  crop: true,
  flip: true,
  normalize: true,
  cutout: true,
} satisfies OptionKeys<AugmentationOptions>;

/** Throws unless the changes make sense and, where a shape is given, can be made to images of it. */
export function checkFit(fn: string, options: AugmentationOptions, shape?: ImageShape): void {
  checkOptions(fn, options, KEYS);
  const { crop, flip, normalize: statistics, cutout: hole } = options;
  if (crop !== undefined) checkCrop(fn, crop, shape);
  checkChoice(fn, 'flip', flip, [true, false, undefined]);
  if (statistics !== undefined) checkNormalization(fn, statistics, shape);
  if (hole !== undefined) checkCutout(fn, hole);
}

/**
 * Puts the paper's augmentation together: crop and flip on the pixels, then normalisation, then cutout on the
 * normalised image, as torchvision orders them. So padding is black and a cutout is the mean.
 *
 * Source: NoisyDARTS searches CIFAR-10 with crop 4, flip and normalisation, and trains found networks with cutout 16
 * besides.
 *
 * @throws RangeError if a setting makes no sense, TypeError if there is no such option.
 */
export function augmentation(options: AugmentationOptions): Augmentation {
  checkFit('augmentation', options);
  const { crop, flip = false, normalize: statistics, cutout: hole } = options;
  return {
    options,
    apply(images, shape, generator) {
      if (images.length % (shape[0] * shape[1] * shape[2]) !== 0) {
        throw rangeError(
          'augmentation',
          'the batch does not hold whole images',
          images.length,
          `pass a multiple of ${shape.join('x')} pixels`,
        );
      }
      if (crop) randomCrop(images, shape, crop, generator);
      if (flip) randomFlip(images, shape, generator);
      if (statistics) normalize(images, shape, statistics);
      if (hole) cutout(images, shape, hole, generator);
    },
  };
}
