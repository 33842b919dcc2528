import { describe, expect, it } from 'vitest';
import { filterDirection } from '../../../src/analysis/filter-direction';
import { stream } from '../../../src/random';

const values = (size: number) => Float32Array.from({ length: size }, (_, i) => Math.cos(3 * i) + 0.1 * i);
const direction = (kind: 'weights' | 'alpha', shape: number[], name = 'first') => {
  const own = values(shape.reduce((a, b) => a * b, 1));
  return { own, drawn: filterDirection(kind, own, shape, stream(0, name)) };
};
const norm = (x: Float32Array, indices: number[]) => Math.hypot(...indices.map((i) => x[i]!));

/** Indices of each filter, spelt out by nested loops. */
const filters: [name: string, kind: 'weights' | 'alpha', shape: number[], indices: number[][]][] = [
  [
    'a dense filter [2, 2, 3, 4] by output channel',
    'weights',
    [2, 2, 3, 4],
    [0, 1, 2, 3].map((o) => Array.from({ length: 12 }, (_, i) => 4 * i + o)),
  ],
  [
    'a depthwise filter [3, 3, 2, 1] by channel',
    'weights',
    [3, 3, 2, 1],
    [0, 1].map((c) => Array.from({ length: 9 }, (_, i) => 2 * i + c)),
  ],
  [
    "the classifier's kernel [5, 3] by class",
    'weights',
    [5, 3],
    [0, 1, 2].map((o) => Array.from({ length: 5 }, (_, i) => 3 * i + o)),
  ],
  [
    'an alpha [2, 4] by edge',
    'alpha',
    [2, 4],
    [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ],
  ],
  ['an alpha [3] as one edge', 'alpha', [3], [[0, 1, 2]]],
];

describe('filterDirection', () => {
  it.each(filters)('is as long as the values: %s', (_, kind, shape, indices) => {
    const { own, drawn } = direction(kind, shape);
    for (const filter of indices) expect(norm(drawn, filter)).toBeCloseTo(norm(own, filter), 5);
    expect(indices.flat().sort((a, b) => a - b)).toEqual(Array.from(own, (__, i) => i));
  });

  it('leaves scales, offsets and biases where they are', () => {
    expect([...direction('weights', [6]).drawn]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('stays at a filter of zeros', () => {
    const drawn = filterDirection('alpha', Float32Array.from([0, 0, 1, 1]), [2, 2], stream(0, 'zeros'));
    expect(Array.from(drawn.subarray(0, 2), Math.abs)).toEqual([0, 0]);
    expect(norm(drawn, [2, 3])).toBeCloseTo(Math.SQRT2, 6);
  });

  it('has no preferred direction: along a filter the mean is 0, the mean square |w|^2 / n', () => {
    const [n, draws] = [8, 4000];
    const own = values(n);
    let [sum, square] = [0, 0];
    for (let i = 0; i < draws; i++) {
      const [first] = filterDirection('alpha', own, [1, n], stream(i, 'law'));
      sum += first!;
      square += first! ** 2;
    }
    const expected = norm(own, [...own.keys()]) ** 2 / n;
    expect(Math.abs(sum / draws)).toBeLessThan(4 * Math.sqrt(expected / draws));
    expect(square / draws / expected).toBeGreaterThan(0.9);
    expect(square / draws / expected).toBeLessThan(1.1);
  });
});
