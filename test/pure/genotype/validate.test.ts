import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Genotype, validateGenotype } from '../../../src/genotype';
import { type DartsPrimitive, type DartsSpace, darts, defineSpace, robustDarts } from '../../../src/spaces';
import { genotypes, small } from './support';

describe('validateGenotype', () => {
  it('takes any genotype and returns a copy of its four fields', () => {
    fc.assert(
      fc.property(genotypes, (genotype) => {
        const copy = validateGenotype({ ...genotype, colour: 'blue' });
        expect(copy).toStrictEqual(genotype);
        expect(copy.normal).not.toBe(genotype.normal);
      }),
    );
  });

  const faults: readonly (readonly [string, object, string])[] = [
    [
      'a missing cell',
      { reduce: undefined },
      'reduce must be a list of edges, got undefined; use for example',
    ],
    ['a text for a cell', { normal: 'skip' }, "normal must be a list of edges, got 'skip'"],
    [
      'an empty cell',
      { normal: [] },
      'normal must hold two edges for each node, got 0; list both edges of every node',
    ],
    ['an odd edge', { reduce: [['skip_connect', 0]] }, 'reduce must hold two edges for each node, got 1;'],
    [
      'an edge that is no pair',
      { reduce: [['skip_connect', 0], ['skip_connect']] },
      'reduce[1] must be a pair',
    ],
    [
      'an edge that is a text',
      { reduce: ['skip_connect', 'skip_connect'] },
      "reduce[0] must be a pair, got 'skip_connect'",
    ],
    [
      'a number for a name',
      {
        reduce: [
          [0, 0],
          [0, 0],
        ],
      },
      'reduce[0][0] is not the name of an operation, got 0; use a letter',
    ],
    [
      'an input that comes later',
      {
        reduce: [
          ['skip_connect', 0],
          ['skip_connect', 2],
        ],
      },
      'reduce[1][1] must be a state before node 0, so 0 to 1, got 2; correct the number',
    ],
    [
      'an input that is a text',
      {
        reduce: [
          ['skip_connect', '0'],
          ['skip_connect', 1],
        ],
      },
      "reduce[0][1] must be a state before node 0, so 0 to 1, got '0'",
    ],
    [
      'no output',
      { reduceConcat: [] },
      'reduceConcat must list the states that make up the output, got []; use',
    ],
    ['an input as output', { normalConcat: [1, 2] }, 'normalConcat[0] must be a node, so 2 to 3, got 1'],
    [
      'an output beyond the last node',
      { normalConcat: [2, 4] },
      'normalConcat[1] must be a node, so 2 to 3, got 4',
    ],
    [
      'a repeated output',
      { normalConcat: [2, 2] },
      'normalConcat must not repeat a node, got 2; list it once',
    ],
  ];
  it.each(faults)('refuses %s', (_, change, message) => {
    expect(() => validateGenotype({ ...small, ...change })).toThrow(`validateGenotype: ${message}`);
  });

  it('refuses what is no object', () => {
    expect(() => validateGenotype(null)).toThrow(
      new TypeError(
        'validateGenotype: a genotype must be an object, got null; pass { normal, normalConcat, reduce, reduceConcat }',
      ),
    );
  });
});

describe('validateGenotype with a space', () => {
  const space = defineSpace({
    name: 'tiny',
    primitives: ['none', 'skip_connect', 'sep_conv_3x3'],
    nodes: 2,
    multiplier: 1,
  });
  const edges = [
    ['skip_connect', 0],
    ['sep_conv_3x3', 1],
    ['sep_conv_3x3', 2],
    ['sep_conv_3x3', 0],
  ];
  const member = { normal: edges, normalConcat: [3], reduce: edges, reduceConcat: [3] };
  const change = (i: number, edge: unknown) => ({
    ...member,
    reduce: edges.map((e, j) => (i === j ? edge : e)),
  });

  it('types the genotype by it', () => {
    const genotype: Genotype<'skip_connect' | 'sep_conv_3x3'> = validateGenotype(member, { space });
    expect(genotype).toEqual(member);
    // @ts-expect-error: the space has no pooling.
    const wrong: Genotype<'max_pool_3x3'> = validateGenotype(member, { space });
    expect(wrong).toBeDefined();
    const seven: DartsSpace<DartsPrimitive> = darts();
    expect(() => validateGenotype(member, { space: seven })).toThrow(
      'normal of a darts genotype must hold 8 edges, got 4; read it without a space, or with its own',
    );
  });

  it.each([
    [
      change(1, ['max_pool_3x3', 1]),
      "reduce[1] of a tiny genotype must be one of skip_connect, sep_conv_3x3, got 'max_pool_3x3'",
    ],
    [
      change(1, ['none', 1]),
      "reduce[1] of a tiny genotype must be one of skip_connect, sep_conv_3x3, got 'none'",
    ],
    [
      change(3, ['sep_conv_3x3', 2]),
      "reduce[3] must start from another state than the node's first edge, got 2",
    ],
    [
      { ...member, normalConcat: [2, 3] },
      'normalConcat of a tiny genotype is [3], got [2, 3]; correct the list',
    ],
  ])('refuses what its search cannot end in: %#', (value, message) => {
    expect(validateGenotype(value)).toEqual(value);
    expect(() => validateGenotype(value, { space })).toThrow(
      new RangeError(`validateGenotype: ${message}`).message,
    );
  });

  it('looks at each edge by itself where the space does', () => {
    const s1 = robustDarts('S1');
    const pick = (cell: 'normal' | 'reduce', k: number) =>
      [0, 1, 2, 3, 5, 6, 9, 10].map((edge, i) => [s1.edges![cell][edge]![k], i % 2] as const);
    const genotype = (k: number) => ({
      normal: pick('normal', k),
      normalConcat: [2, 3, 4, 5],
      reduce: pick('reduce', k),
      reduceConcat: [2, 3, 4, 5],
    });
    expect(validateGenotype(genotype(0), { space: s1 })).toEqual(genotype(0));
    const wrong = { ...genotype(1), reduce: genotype(1).normal };
    expect(() => validateGenotype(wrong, { space: s1 })).toThrow(
      'reduce[0] of a robust-darts-s1 genotype must be one of max_pool_3x3, avg_pool_3x3',
    );
  });
});
