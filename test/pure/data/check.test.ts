import { describe, expect, it } from 'vitest';
import {
  augmentation,
  batchCount,
  concatenate,
  cyclingBatches,
  epochBatches,
  evaluationBatches,
  type ImageDataset,
  measureNormalization,
  split,
  subset,
} from '../../../src/data';
import { prepareBatch } from '../../../src/data/prepare-batch';
import { stream } from '../../../src/random';
import { numbered } from '../../support/datasets';

/** Every way into the room that takes a data set. */
const doors: Readonly<Record<string, (dataset: ImageDataset) => unknown>> = {
  batchCount: (dataset) => batchCount(dataset, { batchSize: 2 }),
  epochBatches: (dataset) => epochBatches(dataset, { batchSize: 2, stream: stream(1), epoch: 0 }),
  cyclingBatches: (dataset) => cyclingBatches(dataset, { batchSize: 2, stream: stream(1) }),
  evaluationBatches: (dataset) => evaluationBatches(dataset, { batchSize: 2 }),
  measureNormalization,
  split: (dataset) => split(dataset),
  subset: (dataset) => subset(dataset, { to: 1 }),
  concatenate: (dataset) => concatenate('both', [dataset, dataset]),
};

const faults: readonly [string, object | undefined | null][] = [
  ['nothing', undefined],
  ['null', null],
  ['a promise of one', Promise.resolve(numbered(4))],
  ['no read', { ...numbered(4), read: undefined }],
  ['no name', { ...numbered(4), name: undefined }],
  ...[Number.NaN, 0, -1, 1.5, Number.POSITIVE_INFINITY, 2 ** 40, '4', undefined].map(
    (size): [string, object] => [`a size of ${size}`, { ...numbered(4), size }],
  ),
  ...[Number.NaN, 0, 2.5, undefined].map((classes): [string, object] => [
    `${classes} classes`,
    { ...numbered(4), classes },
  ]),
  ...[undefined, 8, [], [8, 8, 0], [8, Number.NaN, 1], [2 ** 20, 2 ** 20, 3]].map(
    (shape): [string, object] => [`the shape ${shape}`, { ...numbered(4), shape }],
  ),
  ['a wrong readAhead', { ...numbered(4), readAhead: Number.NaN }],
];

describe.each(Object.entries(doors))('%s', (_, enter) => {
  it.each(faults)('refuses a data set with %s', async (_, fault) => {
    const error = await (async () => enter(fault as ImageDataset))().catch((e: Error) => e);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toMatch(/^[a-z]+[A-Za-z]*: .*, got [\s\S]*; /);
  });
});

it.each([
  ['nothing', undefined],
  ['a number', 3],
  ['no labels', { images: new Float32Array(12) }],
  ['lists', { images: new Array(12).fill(0), labels: [0, 1] }],
  ['bytes', { images: new Uint8Array(12), labels: new Int32Array(2) }],
  ['a pixel less', { images: new Float32Array(11), labels: new Int32Array(2) }],
  ['a label more', { images: new Float32Array(12), labels: new Int32Array(3) }],
])('a data set that returns %s is named, however it is read', async (_, raw) => {
  const dataset: ImageDataset = { ...numbered(2), name: 'own', read: () => raw as never };
  const message = /^read: 'own' (must return|returned the wrong number of)/;
  const request = { indices: Int32Array.of(0, 1), key: stream(1).key };
  await expect(prepareBatch(dataset, request)).rejects.toThrow(message);
  await expect(measureNormalization(dataset)).rejects.toThrow(message);
  await expect(concatenate('all', [dataset]).read([0, 1])).rejects.toThrow(message);
  const elsewhere: ImageDataset = { ...dataset, prepare: async () => raw as never };
  await expect(evaluationBatches(elsewhere, { batchSize: 2 }).next()).rejects.toThrow(message);
});

describe('batches', () => {
  const options = { batchSize: 2, stream: stream(1), epoch: 0 };

  it.each([
    ['a function', () => 0],
    ['the options of one', { flip: true }],
    ['null', null],
  ])('refuse %s for an augmentation', (_, augment) => {
    expect(() => epochBatches(numbered(4), { ...options, augment: augment as never })).toThrow(
      /^epochBatches: augment must be an augmentation, got .*; pass augmentation\(options\)$/,
    );
  });

  it('refuse an augmentation that does not fit the images before the first of them', () => {
    const augment = augmentation({ crop: { padding: 4 } });
    expect(() => epochBatches(numbered(4, [64, 1, 1]), { ...options, augment })).toThrow(
      'epochBatches: with this crop.padding an example of 64x1x1 can be lost whole, got 4; pass at most [4, 0]',
    );
    const normalize = { mean: [0, 0, 0], std: [1, 1, 1] };
    expect(() => evaluationBatches(numbered(4), { batchSize: 2, normalize })).toThrow(
      'evaluationBatches: the examples have 1 channels',
    );
  });

  it.each<[string, (other: object) => unknown]>([
    ['batchCount', (other) => batchCount(numbered(4), { batchSize: 2, ...other })],
    ['epochBatches', (other) => epochBatches(numbered(4), { ...options, ...other })],
    ['cyclingBatches', (other) => cyclingBatches(numbered(4), { batchSize: 2, stream: stream(1), ...other })],
    ['evaluationBatches', (other) => evaluationBatches(numbered(4), { batchSize: 2, ...other })],
    ['split', (other) => split(numbered(4), other)],
    ['subset', (other) => subset(numbered(4), other)],
  ])('%s refuses an option that there is not', (name, call) => {
    expect(() => call({ bachSize: 3 })).toThrow(`${name}: there is no such option, got 'bachSize'; use `);
  });

  it('are counted by the options of their loop', () => {
    expect(batchCount(numbered(5), options)).toBe(3);
  });

  it('refuse what is no stream', () => {
    expect(() => epochBatches(numbered(4), { ...options, stream: 1 as never })).toThrow(
      'epochBatches: stream must be a stream of random numbers, got 1; pass stream(seed)',
    );
    expect(() => split(numbered(4), { shuffle: true as never })).toThrow('split: shuffle must be a stream');
  });
});
