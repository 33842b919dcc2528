import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AugmentationOptions } from 'noisydarts';
import { UsageError } from 'noisydarts/cli';
import { type Dataset, fromArrays } from 'noisydarts/data';
import wavefile from 'wavefile';
import { logMel, RATE, SHAPE } from './features';

/** The recordings that come with the examples. */
export const shipped = fileURLToPath(new URL('../data/spoken', import.meta.url));

const NAME = /^(\d)_speaker(\d)_(\d\d)\.wav$/;
/** The speaker that only tests hear. */
const UNHEARD_SPEAKER = 6;
/** Recordings of the other speakers below this number are for tests. */
const UNHEARD = 5;

/** Spoken digits, apart: what search and training hear, recordings they do not hear, and a speaker they do not hear. */
export interface SpokenDigits {
  readonly train: Dataset;
  /** Undefined if there are none. */
  readonly recordings: Dataset | undefined;
  readonly speaker: Dataset | undefined;
}

/** The samples of a WAV file, its channels' mean, on [-1, 1]. */
export function decodeWav(file: string, bytes: Uint8Array): Float64Array {
  try {
    const wav = new wavefile.WaveFile(bytes);
    if ((wav.fmt as { sampleRate: number }).sampleRate !== RATE) wav.toSampleRate(RATE);
    wav.toBitDepth('32f');
    const samples = wav.getSamples(false) as unknown as Float64Array | Float64Array[];
    if (!Array.isArray(samples)) return samples;
    return samples[0]!.map((_, i) => samples.reduce((sum, channel) => sum + channel[i]!, 0) / samples.length);
  } catch (error) {
    throw new UsageError(`--data: '${file}' is no WAV file, got ${(error as Error).message}; leave it out`, {
      cause: error,
    });
  }
}

/**
 * Reads a folder of recordings `DIGIT_speakerN_INDEX.wav`: speaker 6 and the indices below 05 of the others are for tests.
 *
 * @throws UsageError for a folder without recordings, and for a file that is none.
 */
export async function readSpokenDigits(folder: string): Promise<SpokenDigits> {
  const names = await readdir(folder).catch((error: Error) => {
    throw new UsageError(`--data: '${folder}' cannot be read, got ${error.message}`, { cause: error });
  });
  const parts = { train: [], recordings: [], speaker: [] } as Record<
    keyof SpokenDigits,
    { x: Float32Array; y: number }[]
  >;
  for (const name of names.sort()) {
    const [, digit, speaker, index] = NAME.exec(name) ?? [];
    if (digit === undefined) continue;
    const x = logMel(decodeWav(name, await readFile(join(folder, name))));
    const unheard = Number(index) < UNHEARD ? 'recordings' : 'train';
    parts[Number(speaker) === UNHEARD_SPEAKER ? 'speaker' : unheard].push({ x, y: Number(digit) });
  }
  const dataset = (part: keyof SpokenDigits): Dataset | undefined => {
    const examples = parts[part];
    if (examples.length === 0) return undefined;
    const x = new Float32Array(examples.length * SHAPE[0] * SHAPE[1]);
    examples.forEach((example, i) => {
      x.set(example.x, i * example.x.length);
    });
    return fromArrays({
      name: `spoken digits: ${part}`,
      x,
      y: examples.map(({ y }) => y),
      shape: SHAPE,
      classes: 10,
    });
  };
  const train = dataset('train');
  if (!train)
    throw new UsageError(
      `--data: '${folder}' holds no recordings to train on, got ${names.length} files; name them as 7_speaker1_05.wav`,
    );
  return { train, recordings: dataset('recordings'), speaker: dataset('speaker') };
}

/** Earlier or later by up to 4 points, and a stretch of time and one of bands out of hearing. */
export const augment: AugmentationOptions = {
  own: (example, { generator }) => {
    const [frames, bands] = SHAPE;
    const shift = generator.int(9) - 4;
    const from = example.slice();
    for (let t = 0; t < frames; t++) {
      const at = Math.min(frames - 1, Math.max(0, t + shift));
      example.set(from.subarray(at * bands, (at + 1) * bands), t * bands);
    }
    const [length, begin] = [generator.int(9), generator.int(frames)];
    example.fill(0, begin * bands, Math.min(frames, begin + length) * bands);
    const [width, first] = [generator.int(6), generator.int(bands)];
    for (let t = 0; t < frames; t++) {
      example.fill(0, t * bands + first, t * bands + Math.min(bands, first + width));
    }
  },
};
