import {
  type AugmentationOptions,
  type ImageDataset,
  measureNormalization,
  normalizations,
  subset,
  trainingAugmentation,
} from 'noisydarts';
import { readCifar10, readDigits } from 'noisydarts/node';
import type { TrainSettings } from './options';

/** What a training needs to know about its images. */
export interface TrainData {
  /** Images to train on; the best weights are chosen on a part of them. */
  readonly train: ImageDataset;
  /** Images that neither training nor choosing sees. */
  readonly test: ImageDataset;
  readonly augment: AugmentationOptions;
}

/** Share of the digits that trains; the rest, by other writers, tests. */
const DIGITS_TRAIN = 0.8;

/** CIFAR-10 as the paper trains on it, or the digits that come with this example. */
export async function readData({ data, limit }: TrainSettings): Promise<TrainData> {
  if (data !== undefined) {
    return {
      train: await readCifar10(data, { limit }),
      test: await readCifar10(data, { split: 'test' }),
      augment: trainingAugmentation(normalizations.cifar10),
    };
  }
  const digits = await readDigits(new URL('../data/digits.bin', import.meta.url));
  const border = Math.floor(DIGITS_TRAIN * digits.size);
  const train = subset(digits, { to: Math.min(limit ?? border, border) });
  return {
    train,
    test: subset(digits, { from: border }),
    augment: { crop: { padding: 1 }, normalize: await measureNormalization(train) },
  };
}
