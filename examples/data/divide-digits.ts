import { type ImageDataset, subset } from 'noisydarts';

/** Share of the digits that searches and trains; the rest, by other writers, tests. */
const TRAIN = 0.8;

/**
 * The digits divided once and for all: no example learns from the images that test.
 *
 * @param limit - Largest number of training images, the first ones. Default all.
 */
export function divideDigits(
  digits: ImageDataset,
  limit = Number.POSITIVE_INFINITY,
): { train: ImageDataset; test: ImageDataset } {
  const border = Math.floor(TRAIN * digits.size);
  return { train: subset(digits, { to: Math.min(limit, border) }), test: subset(digits, { from: border }) };
}
