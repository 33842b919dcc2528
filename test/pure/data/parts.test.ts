import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatenate, type ImageDataset, split, subset } from '../../../src/data';
import { stream } from '../../../src/random';
import { numbered } from '../../support/datasets';

async function all(dataset: ImageDataset): Promise<number[]> {
  const { labels } = await dataset.read(Int32Array.from({ length: dataset.size }, (_, i) => i));
  return Array.from(labels);
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('subset', () => {
  it('keeps a range', async () => {
    const part = subset(numbered(10), { from: 3, to: 7 });
    expect(part).toMatchObject({ name: 'numbered[3:7]', size: 4, shape: [2, 3, 1], classes: 10 });
    expect(await all(part)).toEqual([3, 4, 5, 6]);
    expect(await all(subset(numbered(10), { from: 8 }))).toEqual([8, 9]);
    expect(await all(subset(numbered(10), { to: 2 }))).toEqual([0, 1]);
  });

  it('keeps picked images in the given order, also of a subset', async () => {
    const part = subset(numbered(10), [9, 0, 4, 4]);
    expect(part).toMatchObject({ name: 'numbered[4 picked]', size: 4 });
    expect(await all(part)).toEqual([9, 0, 4, 4]);
    expect(await all(subset(part, Int32Array.of(2, 0)))).toEqual([4, 9]);
  });

  it('reads pixels and labels of the same image', async () => {
    const whole = numbered(10);
    expect(await subset(whole, [5, 2]).read([1, 0])).toEqual(whole.read([2, 5]));
  });

  it('does not follow later changes of the indices it was given', async () => {
    const indices = [1, 2];
    const part = subset(numbered(4), indices);
    indices[0] = 3;
    expect(await all(part)).toEqual([1, 2]);
  });

  it('names what is out of range', () => {
    expect(() => subset(numbered(10), [0, 10])).toThrow(
      "subset: there is no such example in 'numbered', got 10; pass indices from 0 to 9",
    );
    expect(() => subset(numbered(10), { from: 2, to: 11 })).toThrow(
      `subset: the range does not lie in 'numbered', got {"from":2,"to":11}; pass 0 <= from < to <= 10`,
    );
    expect(() => subset(numbered(10), { from: 0.5 })).toThrow("the range does not lie in 'numbered'");
    expect(() => subset(numbered(10), { from: 4, to: 4 })).toThrow(
      `subset: no example of 'numbered' is left, got {"from":4,"to":4}; pass at least one index`,
    );
    expect(() => subset(numbered(10), [])).toThrow("subset: no example of 'numbered' is left, got []");
    expect(() => subset(numbered(10), { from: 3, to: 7 }).read([4])).toThrow(
      "read: there is no such example in 'numbered[3:7]', got 4; pass indices from 0 to 3",
    );
  });
});

describe('split', () => {
  it('gives the first half and the second, unshuffled, as in the paper', async () => {
    const [first, second] = split(numbered(11));
    expect([first.name, second.name]).toEqual(['numbered[0:5]', 'numbered[5:11]']);
    expect(await all(first)).toEqual(range(0, 5));
    expect(await all(second)).toEqual(range(5, 11));
  });

  it('parts every image into exactly one of the two, shuffled or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 40 }),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        fc.option(fc.integer(), { nil: undefined }),
        async (size, fraction, seed) => {
          const border = Math.floor(fraction * size);
          fc.pre(border > 0);
          const shuffle = seed === undefined ? undefined : stream(seed, 'split');
          const parts = split(numbered(size), { fraction, shuffle });
          const [first, second] = [await all(parts[0]), await all(parts[1])];
          expect(first).toHaveLength(border);
          expect([...first, ...second].sort((a, b) => a - b)).toEqual(range(0, size));
        },
      ),
    );
  });

  it('shuffles by the stream', async () => {
    const parts = (seed: number) => split(numbered(40), { shuffle: stream(seed, 'split') });
    expect(await all(parts(1)[0])).toEqual(await all(parts(1)[0]));
    expect(await all(parts(1)[0])).not.toEqual(await all(parts(2)[0]));
    expect(await all(parts(1)[0])).not.toEqual(range(0, 20));
  });

  it.each([0, 1, -0.5, 0.01, Number.NaN])('refuses a fraction of %s of ten images', (fraction) => {
    expect(() => split(numbered(10), { fraction })).toThrow(
      `split: a part of 'numbered' (10 examples) would be empty, got ${fraction}; pass a fraction between 0 and 1`,
    );
  });
});

describe('concatenate', () => {
  it('reads across its parts in any order', async () => {
    const whole = numbered(12);
    const joined = concatenate('joined', [
      subset(whole, { to: 5 }),
      subset(whole, { from: 5, to: 6 }),
      subset(whole, { from: 6 }),
    ]);
    expect(joined).toMatchObject({ name: 'joined', size: 12, shape: [2, 3, 1], classes: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 20 }), async (indices) => {
        expect(await joined.read(indices)).toEqual(whole.read(indices));
      }),
    );
  });

  it('refuses nothing, what does not fit, and what is not there', async () => {
    expect(() => concatenate('none', [])).toThrow(
      'concatenate: there is nothing to join, got 0; pass at least one data set',
    );
    expect(() => concatenate('mixed', [numbered(4), numbered(4, [3, 2, 1], 'upright')])).toThrow(
      `concatenate: 'upright' differs from 'numbered' in shape, classes or targets, got {"shape":[3,2,1],"classes":4}; join data sets of shape 2x3x1 and 4 classes`,
    );
    expect(() => concatenate('mixed', [numbered(4), numbered(5)])).toThrow('in shape, classes or targets');
    await expect(concatenate('pair', [numbered(2), numbered(2)]).read([4])).rejects.toThrow(
      "read: there is no such example in 'pair', got 4; pass indices from 0 to 3",
    );
  });
});
