export { type Augmentation, type AugmentationOptions, augmentation, checkFit } from './augmentation';
export { type CropOptions, randomCrop } from './crop';
export { type Box, type CutoutOptions, cutout, cutoutBox } from './cutout';
export { randomFlip } from './flip';
export { measureNormalization, type Normalization, normalizations, normalize } from './normalize';
