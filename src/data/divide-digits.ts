import { checkDataset } from './check';
import type { ImageDataset } from './dataset';
import { subset } from './subset';

/** Share of the digits that searches and trains; the rest, by other writers, tests. */
const TRAIN = 0.8;

/**
 * The digits that come with the package, divided once and for all: the first 80 % search and train, the rest, by other
 * writers, test. No example learns from the images that test.
 *
 * @param digits - All of them, as `decodeDigits` gives them.
 * @param limit - Largest number of training images, the first ones. Default all.
 * @returns The two parts.
 * @throws TypeError for what is no data set; what `subset` throws.
 */
export function divideDigits(
  digits: ImageDataset,
  limit = Number.POSITIVE_INFINITY,
): { train: ImageDataset; test: ImageDataset } {
  checkDataset('divideDigits', digits);
  const border = Math.floor(TRAIN * digits.size);
  return { train: subset(digits, { to: Math.min(limit, border) }), test: subset(digits, { from: border }) };
}
