import { type ImageDataset, inMemory, type Normalization, split } from 'noisydarts';
import { decodeDigits, divideDigits, measureNormalization } from 'noisydarts/data';
import { stream } from 'noisydarts/random';
import digitsUrl from '../../../data/digits.bin?url';
import type { RunSettings } from '../protocol';
import type { Pictures } from './pictures';

/** The images of a search. */
export interface RunData {
  /** For the weights. */
  readonly train: ImageDataset;
  /** For alpha. */
  readonly valid: ImageDataset;
  readonly normalize: Normalization;
  /** Names of the classes. */
  readonly classes: readonly string[];
}

async function readDigits(): Promise<ImageDataset> {
  const answer = await fetch(digitsUrl);
  if (!answer.ok) throw new Error(`The digits could not be loaded (${answer.status}); reload the page.`);
  return divideDigits(decodeDigits(new Uint8Array(await answer.arrayBuffer()))).train;
}

/** The digits, the same that `npm run search` searches with, or the pictures of the visitor; halved for the two levels. */
export async function readData(
  { seed }: Pick<RunSettings, 'seed'>,
  pictures: Pictures | undefined,
): Promise<RunData> {
  const images = pictures
    ? inMemory({
        name: 'pictures',
        images: pictures.pixels,
        labels: pictures.labels,
        shape: [pictures.side, pictures.side, 3],
        classes: pictures.classes.length,
      })
    : await readDigits();
  const [train, valid] = split(images, { shuffle: stream(seed, 'split') });
  return {
    train,
    valid,
    normalize: await measureNormalization(train),
    classes: pictures?.classes ?? Array.from({ length: images.classes }, (_, i) => String(i)),
  };
}
