import type { ImageDataset } from 'noisydarts';
import { divideDigits } from 'noisydarts/data';
import { readDigits } from 'noisydarts/node';
import { packageFile } from '../package-file';

/** The digits that come with the package. */
export const DIGITS: string = packageFile('examples/data/digits.bin');

/**
 * {@link DIGITS}, divided by {@link divideDigits}.
 *
 * @param limit - Largest number of training images, the first ones. Default all.
 */
export async function readExampleDigits(
  limit?: number,
): Promise<{ train: ImageDataset; test: ImageDataset }> {
  return divideDigits(await readDigits(DIGITS), limit);
}
