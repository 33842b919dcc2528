import { checkOptions, type OptionKeys, rangeError, requireKind } from '../../errors';
import type { NoiseFormula } from '../../kernels';

/**
 * How noise changes over the epochs.
 *
 * - `{ kind: 'constant' }`: rate 1.
 * - `{ kind: 'cosine', epochs }`: `(1 + cos(pi e / epochs)) / 2`, 1 at epoch 0; 0 from `epochs` on.
 * - `{ kind: 'table', rates }`: rate of each epoch; the last one stays.
 */
export type NoiseSchedule =
  | { readonly kind: 'constant' }
  | { readonly kind: 'cosine'; readonly epochs: number }
  | { readonly kind: 'table'; readonly rates: readonly number[] };

/** Settings of the noise on one operation: plain JSON. */
export interface NoiseSettings {
  /** Law of the draws. */
  readonly distribution: 'gaussian' | 'uniform';
  /** Noise is added to the map, or multiplies it. */
  readonly mixture: 'additive' | 'multiplicative';
  /** Mean of the noise, absolute. Unbiased: 0 if additive, 1 if multiplicative. */
  readonly mean: number;
  /** Standard deviation: lambda of the paper if relative, absolute otherwise. */
  readonly std: number;
  /** Whether `std` is a share of the standard deviation of the map it falls on. */
  readonly relative: boolean;
  /** How the noise changes over the epochs. */
  readonly schedule: NoiseSchedule;
  /**
   * What the schedule does to multiplicative noise n: `'fade'` it to 1, `x (1 + rate (n - 1))`, or `'shrink'` the
   * branch, `x rate n`, as the official code does.
   */
  readonly multiplicativeDecay: 'fade' | 'shrink';
}

/** Options of {@link gaussianNoise} and {@link uniformNoise}. */
export interface NoiseOptions {
  /** Standard deviation; lambda of the paper. Default 0.2. */
  readonly std?: number;
  /** Mean. Default: unbiased, 0 if additive and 1 if multiplicative. */
  readonly mean?: number;
  /** Default `'additive'`. */
  readonly mixture?: 'additive' | 'multiplicative';
  /** Whether `std` is a share of the map's standard deviation. Default: true if additive, false if multiplicative. */
  readonly relative?: boolean;
  /** Default constant; `'cosine'` stands for the official decay over 50 epochs. */
  readonly schedule?: NoiseSchedule | 'constant' | 'cosine';
  /** Default `'fade'`. */
  readonly multiplicativeDecay?: 'fade' | 'shrink';
}

const COMMON = {
  std: 'amount',
  mean: 'finite',
  mixture: ['additive', 'multiplicative'],
  relative: 'flag',
  schedule: true,
  multiplicativeDecay: ['fade', 'shrink'],
} as const;
const OPTIONS = COMMON satisfies OptionKeys<NoiseOptions>;
const KEYS = { ...COMMON, distribution: ['gaussian', 'uniform'] } satisfies OptionKeys<NoiseSettings>;

function noise(
  fn: string,
  distribution: NoiseSettings['distribution'],
  options: NoiseOptions,
): NoiseSettings {
  checkOptions(fn, options, OPTIONS);
  const {
    std = 0.2,
    mixture = 'additive',
    mean = mixture === 'additive' ? 0 : 1,
    relative = mixture === 'additive',
    schedule = 'constant',
    multiplicativeDecay = 'fade',
  } = options;
  const settings: NoiseSettings = {
    distribution,
    mixture,
    mean,
    std,
    relative,
    schedule:
      schedule === 'constant'
        ? { kind: 'constant' }
        : schedule === 'cosine'
          ? { kind: 'cosine', epochs: 50 }
          : schedule,
    multiplicativeDecay,
  };
  return checkNoise(fn, settings);
}

/**
 * Gaussian noise. By default the paper's: added, mean 0, standard deviation `lambda * std(x)`, lambda = 0.2.
 *
 * @throws RangeError for a negative or non-finite std, a non-finite mean or a bad schedule.
 *
 * Source: paper, section 3.2.
 */
export function gaussianNoise(options: NoiseOptions = {}): NoiseSettings {
  return noise('gaussianNoise', 'gaussian', options);
}

/**
 * Uniform noise with the same mean and standard deviation as {@link gaussianNoise} of the same options: its half-width
 * is `sqrt(3)` times the standard deviation.
 *
 * @throws RangeError for a negative or non-finite std, a non-finite mean or a bad schedule.
 */
export function uniformNoise(options: NoiseOptions = {}): NoiseSettings {
  return noise('uniformNoise', 'uniform', options);
}

/** Refuses settings that are not noise settings; returns them otherwise. */
export function checkNoise(fn: string, settings: NoiseSettings): NoiseSettings {
  const { schedule } = checkOptions(fn, settings, KEYS, true);
  requireKind(fn, 'schedule.kind', schedule?.kind, ['constant', 'cosine', 'table']);
  if (schedule.kind === 'cosine' && !(schedule.epochs > 0)) {
    throw rangeError(fn, 'a cosine schedule needs a positive number of epochs', schedule.epochs, 'use 50');
  }
  if (
    schedule.kind === 'table' &&
    !(Array.isArray(schedule.rates) && schedule.rates.length > 0 && schedule.rates.every(Number.isFinite))
  ) {
    throw rangeError(
      fn,
      'a table schedule needs a finite rate for each epoch',
      schedule.rates,
      'use for example [1, 0.5, 0]',
    );
  }
  return settings;
}

/** Rate of a schedule at an epoch counted from 0. */
export function noiseRate(schedule: NoiseSchedule, epoch: number): number {
  switch (schedule.kind) {
    case 'constant':
      return 1;
    case 'cosine':
      return epoch >= schedule.epochs ? 0 : (1 + Math.cos((Math.PI * epoch) / schedule.epochs)) / 2;
    case 'table':
      return schedule.rates[Math.min(Math.max(0, Math.floor(epoch)), schedule.rates.length - 1)]!;
  }
}

/** The formula of the settings at an epoch. */
export function noiseFormula(settings: NoiseSettings, epoch: number): NoiseFormula {
  const { distribution, mixture, mean, std, relative } = settings;
  return {
    distribution,
    mixture,
    mean,
    std,
    relative,
    rate: noiseRate(settings.schedule, epoch),
    shrink: settings.multiplicativeDecay === 'shrink',
  };
}
