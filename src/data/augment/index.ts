export { type Augmentation, augmentation, checkFit, isMixed } from './augmentation';
export { randomCrop } from './crop';
export { cutout } from './cutout';
export { randomFlip } from './flip';
export type { Maps } from './maps';
export { measureNormalization, normalizations, normalize } from './normalize';
export type {
  AugmentationOptions,
  CropOptions,
  CutoutOptions,
  MixOptions,
  Normalization,
  OwnAugmentation,
  OwnAugmentationContext,
} from './options';
