import { type AugmentationOptions, type ImageDataset, split } from 'noisydarts';
import { measureNormalization } from 'noisydarts/data';
import { stream } from 'noisydarts/random';
import { readExampleDigits } from '../data/digits';
import { readImages } from '../data/images';
import type { SearchSettings } from './options';

/** What a search needs to know about its images. */
export interface SearchData {
  /** Images for the weights. */
  readonly train: ImageDataset;
  /** Images for alpha. */
  readonly valid: ImageDataset;
  readonly augment: AugmentationOptions;
  /** Learning rate of alpha. */
  readonly alphaRate: number;
}

/** The images of `--data` as the paper searches on CIFAR-10, or the digits that `npm run train` trains on too. */
export async function readData(settings: SearchSettings): Promise<SearchData> {
  const { data, limit, seed } = settings;
  if (data !== undefined) {
    const { train: images, searchAugment: augment } = await readImages({ ...settings, data });
    const [train, valid] = split(images);
    return { train, valid, augment, alphaRate: 3e-4 };
  }
  const { train: digits } = await readExampleDigits(limit);
  const [train, valid] = split(digits, { shuffle: stream(seed, 'split') });
  // A run on the digits takes a fiftieth of the paper's steps, so alpha takes larger ones.
  return { train, valid, augment: { normalize: await measureNormalization(train) }, alphaRate: 0.01 };
}
