import { checkOptions, type OptionKeys, rangeError } from '../../errors';
import { checkDataset, readExamples } from '../check';
import type { Dataset } from '../dataset';
import { sizeOf } from '../shape';
import { optionOf } from './option-of';
import type { Normalization } from './options';

/** Published channel statistics of the training sets. */
export const normalizations = {
  /** As in the DARTS and NoisyDARTS code. */
  cifar10: {
    mean: [0.49139968, 0.48215827, 0.44653124],
    std: [0.24703233, 0.24348505, 0.26158768],
  },
  /** As in the RobustDARTS code. */
  cifar100: { mean: [0.5071, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2762] },
  /** Cropped digits, training part, as in the RobustDARTS code. */
  svhn: { mean: [0.4377, 0.4438, 0.4728], std: [0.198, 0.201, 0.197] },
  /** As in torchvision. */
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
} as const satisfies Record<string, Normalization>;

const KEYS = { mean: true, std: true } satisfies OptionKeys<Normalization>;

/** Throws unless `options` are finite means and positive deviations, one of each for every channel of `shape`. */
export function checkNormalization(fn: string, options: Normalization, shape?: readonly number[]): void {
  checkOptions(optionOf(fn, 'normalize'), options, KEYS);
  const { mean, std } = options;
  if (!(Array.isArray(mean) && Array.isArray(std)) || mean.length === 0 || mean.length !== std.length) {
    throw rangeError(
      fn,
      'normalize needs a mean and a std for each channel',
      { mean, std },
      'pass lists of equal length, such as normalizations.cifar10',
    );
  }
  if (!mean.every(Number.isFinite)) {
    throw rangeError(fn, 'normalize.mean must be finite numbers', mean, 'pass the mean of every channel');
  }
  if (!std.every((value) => Number.isFinite(value) && value > 0)) {
    throw rangeError(
      fn,
      'normalize.std must be positive numbers',
      std,
      'pass 1 for a channel that is constant',
    );
  }
  if (shape && mean.length !== shape.at(-1)) {
    throw rangeError(
      fn,
      `the examples have ${shape.at(-1)} channels`,
      options,
      `pass ${shape.at(-1)} means and stds`,
    );
  }
}

/**
 * Takes every channel to zero mean and unit deviation, in place: (x - mean) / std.
 *
 * @param images - The examples, pictures NHWC.
 * @throws RangeError if the number of channels differs.
 */
export function normalize(images: Float32Array, shape: readonly number[], options: Normalization): void {
  checkNormalization('normalize', options, shape);
  const { mean, std } = options;
  const channels = shape.at(-1)!;
  for (let c = 0; c < channels; c++) {
    const m = mean[c]!;
    const s = std[c]!;
    for (let i = c; i < images.length; i += channels) images[i] = (images[i]! - m) / s;
  }
}

const CHUNK = 256;

/**
 * Measures the statistics to normalise a data set with: mean and population standard deviation of each channel, the
 * last axis, over all places of all examples.
 *
 * Reads 256 examples at a time.
 *
 * @throws RangeError naming data set and example if a number is not finite or a label no class.
 */
export async function measureNormalization(dataset: Dataset): Promise<Normalization> {
  checkDataset('measureNormalization', dataset);
  const channels = dataset.shape.at(-1)!;
  // Sums of differences from a pixel of the data stay small, so the variance does not cancel.
  let origin: readonly number[] = [];
  const sum = new Array<number>(channels).fill(0);
  const squares = new Array<number>(channels).fill(0);
  for (let from = 0; from < dataset.size; from += CHUNK) {
    const length = Math.min(CHUNK, dataset.size - from);
    const indices = Int32Array.from({ length }, (_, i) => from + i);
    const { x: images } = await readExamples(dataset, indices);
    if (from === 0) origin = Array.from(images.subarray(0, channels));
    for (let c = 0; c < channels; c++) {
      const o = origin[c]!;
      for (let i = c; i < images.length; i += channels) {
        const d = images[i]! - o;
        sum[c]! += d;
        squares[c]! += d * d;
      }
    }
  }
  const count = dataset.size * (sizeOf(dataset.shape) / channels);
  return {
    mean: sum.map((s, c) => origin[c]! + s / count),
    std: squares.map((q, c) => Math.sqrt(Math.max(0, q / count - (sum[c]! / count) ** 2))),
  };
}
