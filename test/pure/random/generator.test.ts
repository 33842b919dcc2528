import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Generator, stream } from '../../../src/random';
import { correlation, kolmogorovSmirnov, moments, normalCdf } from './support';

const generator = (...path: (string | number)[]) => stream(10, 'generator', ...path).generator();
const list = <T>(n: number, next: () => T) => Array.from({ length: n }, next);

describe('Generator', () => {
  it('goes on from a saved state, also one that went through JSON, wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 0, max: 2 ** 40 }),
        (before, position) => {
          const { key } = stream(10).generator().state();
          const first = new Generator({ key, position });
          list(before, () => first.uint32());
          const second = new Generator(JSON.parse(JSON.stringify(first.state())));
          expect(list(5, () => second.uint32())).toEqual(list(5, () => first.uint32()));
          expect(second.state()).toEqual(first.state());
        },
      ),
    );
  });

  it('does not repeat itself where the 32 bits of the block number end', () => {
    const key = generator('carry').state().key;
    const at = (position: number) =>
      list(
        4,
        (
          (g) => () =>
            g.uint32()
        )(new Generator({ key, position })),
      );
    expect(at(2 ** 33)).not.toEqual(at(0));
    expect(at(2 ** 34)).not.toEqual(at(2 ** 33));
  });

  it('draws uniform numbers in [0, 1)', () => {
    const sample = list(
      20_000,
      (
        (g) => () =>
          g.uniform()
      )(generator('uniform')),
    );
    expect(sample.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(kolmogorovSmirnov(sample, (x) => x)).toBeLessThan(1.95);
    expect(Math.abs(correlation(sample.slice(1), sample.slice(0, -1)))).toBeLessThan(5 / Math.sqrt(20_000));
  });

  it('draws normal numbers', () => {
    const sample = list(
      20_000,
      (
        (g) => () =>
          g.normal()
      )(generator('normal')),
    );
    expect(kolmogorovSmirnov(sample, normalCdf)).toBeLessThan(1.95);
    expect(Math.abs(moments(sample).variance - 1)).toBeLessThan(5 * Math.sqrt(2 / 20_000));
  });

  it('draws every integer below n equally often', () => {
    for (const n of [1, 2, 3, 7, 10]) {
      const g = generator('int', n);
      const counts = new Array<number>(n).fill(0);
      for (let i = 0; i < 10_000; i++) counts[g.int(n)]!++;
      const expected = 10_000 / n;
      // Chi-square with n - 1 degrees of freedom: below n + 4 sqrt(2 n) + 8 but once in ten thousand.
      const chi2 = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      expect(chi2, `${n}`).toBeLessThan(n + 4 * Math.sqrt(2 * n) + 8);
    }
  });

  it('throws away the words that would bias an integer', () => {
    // Of n = 3 * 2^30 the words from n on are refused: without that, the lower third would come up twice as often.
    const n = 3 * 2 ** 30;
    const g = generator('bias');
    const low = list(6000, () => g.int(n)).filter((x) => x < 2 ** 30).length;
    expect(Math.abs(low - 2000)).toBeLessThan(5 * Math.sqrt((6000 * 2) / 9));
  });

  it('permutes: every order of four equally often', () => {
    const g = generator('permutation');
    const counts = new Map<string, number>();
    for (let i = 0; i < 12_000; i++) {
      const order = g.permutation(4).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const chi2 = [...counts.values()].reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
    // Chi-square with 23 degrees of freedom passes 58.6 once in twenty thousand.
    expect(chi2).toBeLessThan(58.6);
  });

  it('permutes each of 0 .. n-1 to one place', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 }), (n) => {
        expect([...generator('all', n).permutation(n)].sort((a, b) => a - b)).toEqual(
          list(
            n,
            (
              (i) => () =>
                i++
            )(0),
          ),
        );
      }),
    );
  });

  it('shuffles any list in place and returns it', () => {
    const words = ['a', 'b', 'c', 'd'];
    expect(generator('shuffle').shuffle(words)).toBe(words);
    expect([...words].sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('gives the numbers that it has always given', () => {
    // Seeded runs rest on these: they may change with a major version only.
    const g = generator('snapshot');
    expect({
      words: list(3, () => g.uint32()),
      integers: list(5, () => g.int(100)),
      order: [...g.permutation(8)],
      normal: g.normal().toPrecision(12),
    }).toMatchInlineSnapshot(`
      {
        "integers": [
          38,
          84,
          4,
          64,
          72,
        ],
        "normal": "1.61603970221",
        "order": [
          1,
          3,
          4,
          5,
          7,
          6,
          0,
          2,
        ],
        "words": [
          690527325,
          4243344529,
          2724965752,
        ],
      }
    `);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 33])('draws no integer below %s', (n) => {
    expect(() => generator('int').int(n)).toThrow(
      'Generator.int: n must be a whole number from 1 to 4294967296',
    );
  });
});
