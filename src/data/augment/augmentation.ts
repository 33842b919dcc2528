import { checkOptions, type OptionKeys, rangeError } from '../../errors';
import type { Generator } from '../../random';
import type { Dataset, ImageShape } from '../dataset';
import { sizeOf } from '../shape';
import { checkCrop, randomCrop } from './crop';
import { checkCutout, cutout } from './cutout';
import { randomFlip } from './flip';
import { checkMaps, mapsOf } from './maps';
import { checkNormalization, normalize } from './normalize';
import type { AugmentationOptions } from './options';

/** A fixed sequence of random changes to a batch of examples. */
export interface Augmentation {
  /** What it was made from; `augmentation(options)` makes an equal one. */
  readonly options: AugmentationOptions;
  /**
   * Changes a batch in place (pictures NHWC), with draws of its own for every example. What mixes examples is left to the
   * loops over batches.
   *
   * @param answers - The targets, of which maps over their examples move with them. Default none.
   */
  apply(
    images: Float32Array,
    shape: readonly number[],
    generator: Generator,
    answers?: { readonly targets: Dataset['targets']; readonly y: Int32Array | Float32Array },
  ): void;
}

const KEYS = {
  crop: true,
  flip: 'flag',
  own: 'function',
  normalize: true,
  cutout: true,
  mixup: true,
  cutmix: true,
} satisfies OptionKeys<AugmentationOptions>;

/** Whether examples of a batch are mixed, so that classes become shares of each. */
export const isMixed = (options: AugmentationOptions | undefined): boolean =>
  options?.mixup !== undefined || options?.cutmix !== undefined;

/** Throws unless the changes make sense and, where a data set is given, can be made to its examples. */
export function checkFit(fn: string, options: AugmentationOptions, dataset?: Dataset): void {
  checkOptions(fn, options, KEYS);
  const { crop, flip, own: _, normalize: statistics, cutout: hole, ...mixes } = options;
  const shape = dataset?.shape;
  if (crop !== undefined) checkCrop(fn, crop, shape);
  if (statistics !== undefined) checkNormalization(fn, statistics, shape);
  if (hole !== undefined) checkCutout(fn, hole);
  for (const [name, mix] of Object.entries(mixes))
    if (mix !== undefined) checkOptions(`${fn}, ${name}`, mix, { alpha: 'positive' }, true);
  if (!dataset) return;
  const ofPictures = [dataset.shape.length === 3, 'pictures, [height, width, channels]'] as const;
  const ofPlaces = [dataset.shape.length > 1, 'examples with an axis beside their channels'] as const;
  for (const [what, asked, [fits, kind]] of [
    ['flip', flip, ofPictures],
    ['cutout', hole, ofPictures],
    ['cutmix', mixes.cutmix, ofPlaces],
  ] as const)
    if (asked && !fits) throw rangeError(fn, `${what} is for ${kind}`, dataset.shape, 'leave it out');
  for (const [what, asked] of Object.entries({ crop, flip, cutmix: mixes.cutmix }))
    if (asked) checkMaps(fn, what, dataset);
}

/**
 * Puts the paper's augmentation together: crop and flip on the pixels, then normalisation, then cutout on the
 * normalised image, as torchvision orders them. So padding is black and a cutout is the mean. A change of one's own comes
 * before the normalisation; `mixup` and `cutmix` come last, of both a coin chooses one for each batch.
 *
 * Source: NoisyDARTS searches CIFAR-10 with crop 4, flip and normalisation, and trains found networks with cutout 16
 * besides.
 *
 * @throws RangeError if a setting makes no sense, TypeError if there is no such option.
 */
export function augmentation(options: AugmentationOptions): Augmentation {
  checkFit('augmentation', options);
  const { crop, flip = false, own, normalize: statistics, cutout: hole } = options;
  return {
    options,
    apply(images, shape, generator, answers) {
      const size = sizeOf(shape);
      if (images.length % size !== 0) {
        throw rangeError(
          'augmentation',
          'the batch does not hold whole examples',
          images.length,
          `pass a multiple of ${shape.join('x')} numbers`,
        );
      }
      const maps = answers && mapsOf(shape, answers.targets, answers.y);
      if (crop) randomCrop(images, shape, crop, generator, maps);
      if (flip) randomFlip(images, shape, generator, maps);
      for (let start = 0; own && start < images.length; start += size)
        own(images.subarray(start, start + size), { shape, generator });
      if (statistics) normalize(images, shape, statistics);
      if (hole) cutout(images, shape as ImageShape, hole, generator);
    },
  };
}
