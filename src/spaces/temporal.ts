import { checkOptions, type OptionKeys } from '../errors';
import { type MobileOptions, mobile, temporalOperations } from './mobile';
import type { MobileSpace } from './types';

/** The primitives of {@link temporal}. */
export type TemporalPrimitive = keyof typeof temporalOperations | 'skip_connect';

/** Options of {@link temporal}; whether an operation squeezes its name says. */
export type TemporalOptions = Omit<MobileOptions, 'squeezeRatio'>;

const LAYERS = [
  { filters: 24, stride: 2 },
  { filters: 24, stride: 1 },
  { filters: 32, stride: 2 },
  { filters: 32, stride: 1 },
  { filters: 32, stride: 1 },
  { filters: 48, stride: 2 },
  { filters: 48, stride: 1 },
  { filters: 48, stride: 1 },
  { filters: 48, stride: 1 },
] as const;

const KEYS = {
  name: true,
  stem: true,
  first: true,
  layers: true,
  features: true,
  activation: true,
} satisfies OptionKeys<TemporalOptions>;

const OPERATIONS = Object.keys(temporalOperations) as (keyof typeof temporalOperations)[];

/**
 * A space of temporal convolutions for signals [N, T, C], such as spectra over time: a chain of layers, each an inverted
 * bottleneck of kernel 3, 5, 7 or 9 along time, with or without squeeze-and-excitation, or a skip connection where a layer
 * keeps length and channels.
 *
 * In the manner of the keyword spotter NoisyDARTS-TC14: kernels, squeeze-and-excitation, skip connection and widths are its
 * choices as published; its layers are residual blocks of dense convolutions, of which the publication tells no more. With
 * the defaults and 40 channels its networks have 24 to 110 thousand weights; the published one has about 109 thousand.
 *
 * @throws TypeError for an option that there is not; RangeError for a size that is not a positive integer.
 *
 * Source: Zhang et al. 2021, "AutoKWS", section 3; Choi et al. 2019, "Temporal Convolution for Real-time Keyword Spotting".
 */
export function temporal(options: TemporalOptions = {}): MobileSpace<TemporalPrimitive> {
  const settings: MobileOptions = {
    name: 'temporal',
    stem: 16,
    first: 16,
    layers: LAYERS,
    features: 96,
    activation: 'relu',
    ...checkOptions('temporal', options, KEYS),
  };
  return { ...mobile(settings), squeezeRatio: 0, primitives: ['skip_connect', ...OPERATIONS] };
}
