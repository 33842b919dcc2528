import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CellAlphas, decodeGenotype, genotypeWeights, validateGenotype } from '../../../src/genotype';
import { softmax } from '../../../src/genotype/alpha';
import {
  alphaShape,
  type DartsSpace,
  darts,
  defineSpace,
  edgeCandidates,
  edgeIndex,
  nodeEdges,
  robustDarts,
} from '../../../src/spaces';

type Rows = number[][];

/** Numbers on a coarse binary grid: sums and differences are exact, and ties are frequent. */
const grid = fc.integer({ min: -24, max: 24 }).map((n) => n / 8);

const spaces: readonly DartsSpace[] = [
  darts(),
  darts({ none: true }),
  robustDarts('S1'),
  robustDarts('S3'),
  robustDarts('S4'),
  defineSpace({ name: 'late', primitives: ['none', 'skip_connect', 'conv_9x9'], nodes: 5, multiplier: 2 }),
];

const cases = fc.constantFrom(...spaces).chain((space) => {
  const [edges, width] = alphaShape(space);
  const matrix = fc.array(fc.array(grid, { minLength: width, maxLength: width }), {
    minLength: edges,
    maxLength: edges,
  });
  return fc.record({ space: fc.constant(space), normal: matrix, reduce: matrix });
});

const map = (rows: Rows, fn: (row: number[], edge: number) => readonly number[]) =>
  rows.map((row, edge) => [...fn(row, edge)]);

describe('decodeGenotype', () => {
  it('ends in a genotype of the space, which never holds none', () => {
    fc.assert(
      fc.property(cases, ({ space, ...alphas }) => {
        const genotype = decodeGenotype(space, alphas);
        expect(validateGenotype(genotype, { space })).toEqual(genotype);
        expect([...genotype.normal, ...genotype.reduce].map(([primitive]) => primitive)).not.toContain(
          'none',
        );
      }),
    );
  });

  it('takes the heaviest edges of each node, the heavier first, the earlier first among equals', () => {
    fc.assert(
      fc.property(cases, ({ space, ...alphas }) => {
        const genotype = decodeGenotype(space, alphas);
        for (const cell of ['normal', 'reduce'] as const) {
          for (let node = 0; node < space.nodes; node++) {
            const [start, end] = nodeEdges(node);
            const strengths = alphas[cell].slice(start, end).map((row, input) => {
              const candidates = edgeCandidates(space, cell, start + input);
              return Math.max(...softmax(row).filter((_, k) => candidates[k] !== 'none'));
            });
            const order = strengths.map((_, i) => i).sort((a, b) => strengths[b]! - strengths[a]! || a - b);
            const kept = genotype[cell].slice(2 * node, 2 * node + 2);
            expect(kept.map(([, input]) => input)).toEqual(order.slice(0, 2));
          }
        }
      }),
    );
  });

  it('takes the first of the largest candidates', () => {
    fc.assert(
      fc.property(cases, ({ space, ...alphas }) => {
        const genotype = decodeGenotype(space, alphas);
        for (const [i, [primitive, input]] of genotype.normal.entries()) {
          const edge = edgeIndex({ node: Math.floor(i / 2), input });
          const candidates = edgeCandidates(space, 'normal', edge);
          const row = alphas.normal[edge]!.map((value, k) => (candidates[k] === 'none' ? -Infinity : value));
          expect(primitive).toBe(candidates[row.indexOf(Math.max(...row))]);
        }
      }),
    );
  });

  it('does not change when a constant is added to a row', () => {
    fc.assert(
      fc.property(
        cases,
        fc.array(grid, { minLength: 20, maxLength: 20 }),
        ({ space, normal, reduce }, shifts) => {
          const shift = (rows: Rows) => map(rows, (row, edge) => row.map((value) => value + shifts[edge]!));
          expect(decodeGenotype(space, { normal: shift(normal), reduce: shift(reduce) })).toEqual(
            decodeGenotype(space, { normal, reduce }),
          );
        },
      ),
    );
  });

  it('reads alphas and weights alike', () => {
    fc.assert(
      fc.property(cases, ({ space, normal, reduce }) => {
        const weights = { normal: map(normal, softmax), reduce: map(reduce, softmax) };
        expect(decodeGenotype(space, weights, { from: 'weights' })).toEqual(
          decodeGenotype(space, { normal, reduce }),
        );
      }),
    );
  });

  it('reads rows and flat arrays alike', () => {
    fc.assert(
      fc.property(cases, ({ space, normal, reduce }) => {
        const flat = (rows: Rows) => ({ shape: alphaShape(space), data: Float32Array.from(rows.flat()) });
        expect(decodeGenotype(space, { normal: flat(normal), reduce: flat(reduce) })).toEqual(
          decodeGenotype(space, { normal, reduce }),
        );
      }),
    );
  });

  it('calls edges equally strong whose alphas differ in order only', () => {
    const row = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(row, fc.infiniteStream(fc.nat()), (values, random) => {
        const shuffled = () =>
          values
            .map((value) => ({ value, at: random.next().value! }))
            .sort((a, b) => a.at - b.at)
            .map(({ value }) => value);
        const alpha = Array.from({ length: 14 }, shuffled);
        const { normal } = decodeGenotype(darts(), { normal: alpha, reduce: alpha });
        expect(normal.map(([, input]) => input)).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
      }),
    );
  });

  it('compares weights, not alphas: a strong none makes an edge weak', () => {
    const space = defineSpace({ name: 'tiny', primitives: ['none', 'skip_connect'], nodes: 2 });
    const alpha = [
      [0, 1],
      [0, 1],
      [5, 2],
      [0, 1],
      [0, 0.5],
    ];
    expect(decodeGenotype(space, { normal: alpha, reduce: alpha }).normal).toEqual([
      ['skip_connect', 0],
      ['skip_connect', 1],
      ['skip_connect', 1],
      ['skip_connect', 2],
    ]);
  });

  it('concatenates the last nodes of the space', () => {
    const space = defineSpace({ name: 'late', primitives: ['skip_connect'], nodes: 5, multiplier: 2 });
    const alpha = Array.from({ length: 20 }, () => [0]);
    const { normalConcat, reduceConcat } = decodeGenotype(space, { normal: alpha, reduce: alpha });
    expect([normalConcat, reduceConcat]).toEqual([
      [5, 6],
      [5, 6],
    ]);
  });

  it('types what it returns by the space, without none', () => {
    const space = defineSpace({ name: 'tiny', primitives: ['none', 'skip_connect'], nodes: 1 });
    const { normal } = decodeGenotype(space, {
      normal: [
        [0, 1],
        [0, 1],
      ],
      reduce: [
        [0, 1],
        [0, 1],
      ],
    });
    const primitive: 'skip_connect' = normal[0]![0];
    // @ts-expect-error: none is never chosen.
    const none: 'none' = normal[0]![0];
    expect(primitive).toBe(none);
  });

  it('refuses matrices that do not fit and numbers that are none', () => {
    const zeros = Array.from({ length: 14 }, () => Array<number>(7).fill(0));
    const decode = (normal: CellAlphas['normal']) => () => decodeGenotype(darts(), { normal, reduce: zeros });
    expect(decode(zeros.slice(1))).toThrow(
      new RangeError(
        'decodeGenotype: alphas.normal must be [14 edges, 7 candidates], got [13, 7]; pass the alpha of this space, as numbers',
      ),
    );
    expect(decode([...zeros.slice(1), [0]])).toThrow(
      'alphas.normal must be [14 edges, 7 candidates], got [14, 7, 1];',
    );
    expect(decode({ shape: [14, 8], data: new Float32Array(112) })).toThrow('got [14, 8];');
    expect(decode({ shape: [14, 7], data: new Float32Array(97) })).toThrow('got [97];');
    expect(decode({ shape: [98], data: new Float32Array(98) })).toThrow('got [98];');
    const broken = zeros.map((row) => [...row]);
    broken[3]![2] = Number.NaN;
    expect(decode(broken)).toThrow(
      new RangeError(
        'decodeGenotype: alphas.normal must be finite at edge 3, candidate 2, got NaN; go back to before the search diverged',
      ),
    );
    expect(() =>
      decodeGenotype(darts(), { normal: zeros, reduce: zeros }, { from: 'logits' as 'alpha' }),
    ).toThrow(new RangeError("decodeGenotype: from must be 'alpha' or 'weights', got 'logits'; correct it"));
  });
});

describe('genotypeWeights', () => {
  it('gives each edge the softmax weight of its operation', () => {
    fc.assert(
      fc.property(cases, ({ space, ...alphas }) => {
        const genotype = decodeGenotype(space, alphas);
        const weights = genotypeWeights(space, genotype, alphas);
        for (const cell of ['normal', 'reduce'] as const) {
          for (const [i, [primitive, input]] of genotype[cell].entries()) {
            const edge = edgeIndex({ node: Math.floor(i / 2), input });
            const k = edgeCandidates(space, cell, edge).indexOf(primitive);
            const total = alphas[cell][edge]!.reduce((sum, value) => sum + Math.exp(value), 0);
            expect(weights[cell][i]).toBeCloseTo(Math.exp(alphas[cell][edge]![k]!) / total, 12);
          }
        }
        const given = { normal: map(alphas.normal, softmax), reduce: map(alphas.reduce, softmax) };
        expect(genotypeWeights(space, genotype, given, { from: 'weights' })).toEqual(weights);
      }),
    );
  });

  it('refuses the genotype of another space', () => {
    const zeros = (width: number) => Array.from({ length: 14 }, () => Array<number>(width).fill(0));
    const genotype = decodeGenotype(robustDarts('S4'), { normal: zeros(2), reduce: zeros(2) });
    expect(() => genotypeWeights<string>(darts(), genotype, { normal: zeros(7), reduce: zeros(7) })).toThrow(
      new RangeError(
        "genotypeWeights: edge 0 of darts offers no such operation, got 'noise'; pass its own space",
      ),
    );
  });
});
