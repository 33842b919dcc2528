import type { ImageDataset } from 'noisydarts';
import { readDigits } from 'noisydarts/node';
import { divideDigits } from './divide-digits';

/**
 * The digits that come with the examples, divided by {@link divideDigits}.
 *
 * @param limit - Largest number of training images, the first ones. Default all.
 */
export async function readExampleDigits(
  limit?: number,
): Promise<{ train: ImageDataset; test: ImageDataset }> {
  return divideDigits(await readDigits(new URL('digits.bin', import.meta.url)), limit);
}
