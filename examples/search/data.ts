import {
  type AugmentationOptions,
  type ImageDataset,
  measureNormalization,
  normalizations,
  split,
  stream,
} from 'noisydarts';
import { readCifar10 } from 'noisydarts/node';
import { readExampleDigits } from '../data/digits';
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

/** CIFAR-10 as the paper searches on it, or the digits that `npm run train` trains on too. */
export async function readData({ data, limit, seed }: SearchSettings): Promise<SearchData> {
  if (data !== undefined) {
    const [train, valid] = split(await readCifar10(data, { limit }));
    const augment = { crop: { padding: 4 }, flip: true, normalize: normalizations.cifar10 };
    return { train, valid, augment, alphaRate: 3e-4 };
  }
  const { train: digits } = await readExampleDigits(limit);
  const [train, valid] = split(digits, { shuffle: stream(seed, 'split') });
  // A run on the digits takes a fiftieth of the paper's steps, so alpha takes larger ones.
  return { train, valid, augment: { normalize: await measureNormalization(train) }, alphaRate: 0.01 };
}
