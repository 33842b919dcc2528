import { type ImageDataset, subset } from 'noisydarts';
import { readDigits } from 'noisydarts/node';

/** Share of the digits that searches and trains; the rest, by other writers, tests. */
const TRAIN = 0.8;

/**
 * The digits that come with the examples, divided once and for all: no command learns from the images that test.
 *
 * @param limit - Largest number of training images, the first ones. Default all.
 */
export async function readExampleDigits(
  limit = Number.POSITIVE_INFINITY,
): Promise<{ train: ImageDataset; test: ImageDataset }> {
  const digits = await readDigits(new URL('digits.bin', import.meta.url));
  const border = Math.floor(TRAIN * digits.size);
  return { train: subset(digits, { to: Math.min(limit, border) }), test: subset(digits, { from: border }) };
}
