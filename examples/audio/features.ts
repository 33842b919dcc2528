import { fft } from 'fourier-transform';

// What the network hears of a recording; the commands and the page compute the same.

/** Samples a second. */
export const RATE = 8000;
/** Points of a spectrum along time, and its channels: [time, bands] is the shape of an example. */
export const SHAPE = [64, 32] as const;

const [FRAMES, BANDS] = SHAPE;
const WINDOW = 256;
const HOP = 128;
/** Samples that are heard: 1.04 seconds. */
const LENGTH = WINDOW + (FRAMES - 1) * HOP;
/** Everything this far below the loudest band counts as silence, as a share of its power. */
const FLOOR = 1e-6;
/** Where speech begins and ends: this share of the loudest tenth of a second. */
const QUIET = 0.05;
const LOWEST = 60;

const hann = Float64Array.from(
  { length: WINDOW },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW),
);

const mel = (hertz: number) => 2595 * Math.log10(1 + hertz / 700);
const hertz = (mels: number) => 700 * (10 ** (mels / 2595) - 1);

/** Edges and centres of the bands, evenly spaced in mels, in bins of the Fourier transform. */
const edges = Array.from({ length: BANDS + 2 }, (_, i) => {
  const [low, high] = [mel(LOWEST), mel(RATE / 2)];
  return (hertz(low + ((high - low) * i) / (BANDS + 1)) * WINDOW) / RATE;
});

/** Weights of the bins in a band: a triangle, of at least its nearest bin. */
const bands = Array.from({ length: BANDS }, (_, band) => {
  const [from, centre, to] = [edges[band]!, edges[band + 1]!, edges[band + 2]!];
  const weights = Float64Array.from({ length: WINDOW / 2 + 1 }, (_, bin) =>
    Math.max(0, Math.min((bin - from) / (centre - from), (to - bin) / (to - centre))),
  );
  if (weights.every((weight) => weight === 0)) weights[Math.round(centre)] = 1;
  return weights;
});

/** The speech of a recording in the middle of {@link LENGTH} samples, silence around it; its middle, if it is longer. */
export function centred(samples: ArrayLike<number>): Float64Array {
  const step = RATE / 100;
  const blocks = Math.max(1, Math.floor(samples.length / step));
  const loudness = Array.from({ length: blocks }, (_, block) => {
    let sum = 0;
    for (let i = block * step; i < Math.min(samples.length, (block + 1) * step); i++) sum += samples[i]! ** 2;
    return Math.sqrt(sum / step);
  });
  const threshold = QUIET * Math.max(...loudness);
  const from =
    Math.max(
      0,
      loudness.findIndex((value) => value > threshold),
    ) * step;
  const to = Math.min(samples.length, (loudness.findLastIndex((value) => value > threshold) + 1) * step);
  const start = Math.round((from + to - LENGTH) / 2);
  return Float64Array.from({ length: LENGTH }, (_, i) => {
    const at = start + i;
    return at >= from && at < to ? samples[at]! : 0;
  });
}

/**
 * The logarithms of the power in bands of the mel scale over time, [64, 32], of mean 0 and standard deviation 1: how loud
 * the recording is does not matter.
 *
 * @param samples - Of {@link RATE} a second.
 */
export function logMel(samples: ArrayLike<number>): Float32Array {
  const heard = centred(samples);
  const frame = new Float64Array(WINDOW);
  const powers = new Float64Array(FRAMES * BANDS);
  for (let t = 0; t < FRAMES; t++) {
    for (let i = 0; i < WINDOW; i++) frame[i] = hann[i]! * heard[t * HOP + i]!;
    const [re, im] = fft(frame);
    bands.forEach((weights, band) => {
      let sum = 0;
      weights.forEach((weight, bin) => {
        sum += weight * (re[bin]! ** 2 + im[bin]! ** 2);
      });
      powers[t * BANDS + band] = sum;
    });
  }
  const floor = FLOOR * powers.reduce((most, power) => Math.max(most, power), 1e-12);
  const logs = powers.map((power) => Math.log(Math.max(power, floor)));
  const mean = logs.reduce((sum, value) => sum + value) / logs.length;
  const deviation = Math.sqrt(logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / logs.length);
  return Float32Array.from(logs, (value) => (value - mean) / (deviation > 1e-6 ? deviation : 1));
}
