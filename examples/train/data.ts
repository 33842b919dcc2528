import {
  type AugmentationOptions,
  type ImageDataset,
  measureNormalization,
  normalizations,
  trainingAugmentation,
} from 'noisydarts';
import { readCifar10 } from 'noisydarts/node';
import { readExampleDigits } from '../data/digits';
import type { TrainSettings } from './options';

/** What a training needs to know about its images. */
export interface TrainData {
  /** Images to train on; the best weights are chosen on a part of them. */
  readonly train: ImageDataset;
  /** Images that neither training nor choosing sees. */
  readonly test: ImageDataset;
  readonly augment: AugmentationOptions;
}

/** CIFAR-10 as the paper trains on it, or the digits that come with this example. */
export async function readData({ data, limit }: TrainSettings): Promise<TrainData> {
  if (data !== undefined) {
    return {
      train: await readCifar10(data, { limit }),
      test: await readCifar10(data, { split: 'test' }),
      augment: trainingAugmentation(normalizations.cifar10),
    };
  }
  const { train, test } = await readExampleDigits(limit);
  return {
    train,
    test,
    augment: { crop: { padding: 1 }, normalize: await measureNormalization(train) },
  };
}
