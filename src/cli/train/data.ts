import type { AugmentationOptions, ImageDataset } from 'noisydarts';
import { measureNormalization } from 'noisydarts/data';
import { readExampleDigits } from '../data/digits';
import { readImages } from '../data/images';
import type { TrainSettings } from './options';

/** What a training needs to know about its images. */
export interface TrainData {
  /** Images to train on; the best weights are chosen on a part of them. */
  readonly train: ImageDataset;
  /** Images that neither training nor choosing sees. */
  readonly test: ImageDataset;
  readonly augment: AugmentationOptions;
}

/** The images of `--data` as the paper trains on CIFAR-10, or the digits that come with this example. */
export async function readData(settings: TrainSettings): Promise<TrainData> {
  const { data, limit } = settings;
  if (data !== undefined) {
    const { train, test, trainAugment } = await readImages({ ...settings, data });
    return { train, test: await test(), augment: trainAugment };
  }
  const { train, test } = await readExampleDigits(limit);
  return {
    train,
    test,
    augment: { crop: { padding: 1 }, normalize: await measureNormalization(train) },
  };
}
