export { type Augmentation, augmentation, checkFit } from './augmentation';
export { randomCrop } from './crop';
export { cutout } from './cutout';
export { randomFlip } from './flip';
export { measureNormalization, normalizations, normalize } from './normalize';
export type { AugmentationOptions, CropOptions, CutoutOptions, Normalization } from './options';
