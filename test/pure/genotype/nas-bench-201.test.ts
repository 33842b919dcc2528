import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeNasBench201,
  type NasBench201Cell,
  nasBench201FromString,
  nasBench201ToString,
} from '../../../src/genotype';
import { alphaShape, edgeIndex, nasBench201 } from '../../../src/spaces';

const space = nasBench201();
const primitive = fc.constantFrom(...space.primitives);
const cells: fc.Arbitrary<NasBench201Cell<(typeof space.primitives)[number]>> = fc
  .tuple(
    ...Array.from({ length: space.nodes }, (_, node) =>
      fc.array(primitive, { minLength: node + 1, maxLength: node + 1 }),
    ),
  )
  .map((nodes) => nodes.map((edges) => edges.map((name, input) => [name, input] as const)));

const BEST =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|';

describe('the NAS-Bench-201 string', () => {
  it('reads what it wrote', () => {
    fc.assert(
      fc.property(cells, (cell) => {
        expect(nasBench201FromString(nasBench201ToString(cell))).toEqual(cell);
      }),
    );
  });

  it('has the form of the benchmark', () => {
    const cell = nasBench201FromString(`${BEST}\n`);
    expect(cell[2]).toEqual([
      ['skip_connect', 0],
      ['nor_conv_3x3', 1],
      ['nor_conv_3x3', 2],
    ]);
    expect(nasBench201ToString(cell)).toBe(BEST);
  });

  it('belongs to a space, which may be another', () => {
    const own = { ...space, name: 'own', primitives: ['my_op', 'skip_connect'] as const, nodes: 1 };
    const cell: NasBench201Cell<'my_op' | 'skip_connect'> = nasBench201FromString('|my_op~0|', own);
    expect(nasBench201ToString(cell, own)).toBe('|my_op~0|');
    expect(() => nasBench201FromString('|my_op~0|')).toThrow(
      new RangeError(
        'nasBench201FromString: a cell of nas-bench-201 must have 3 nodes, got 1; give the edges of each',
      ),
    );
  });

  it.each([
    [
      BEST.replace('+|', '+'),
      "a node must stand between bars at column 18, got 'nor_conv_3x3~0|nor_conv_3x3~1|'; write |op~0|",
    ],
    [
      BEST.slice(0, -1),
      "a node must stand between bars at column 50, got '|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2'",
    ],
    [
      `  ${BEST.replace('~1', ':1')}`,
      "an edge must read op~state at column 36, got 'nor_conv_3x3:1'; write |op~0|",
    ],
    ['', "a node must stand between bars at column 1, got ''"],
  ])('points at what it cannot read: %s', (text, message) => {
    expect(() => nasBench201FromString(text)).toThrow(SyntaxError);
    expect(() => nasBench201FromString(text)).toThrow(`nasBench201FromString: ${message}`);
  });

  it.each([
    [
      BEST.replace('skip_connect', 'skip'),
      'the edge of node 2 from state 0 must be one of none, skip_connect, nor_conv_1x1,',
    ],
    [
      BEST.replace('|nor_conv_3x3~1|+', '|+'),
      'node 1 must have an edge from each of the 2 earlier states, got [',
    ],
    [BEST.replace('~1|+', '~0|+'), 'edge 1 of node 1 must start from state 1, got 0; list edges in order'],
  ])('refuses what is not of the space: %s', (text, message) => {
    expect(() => nasBench201FromString(text)).toThrow(RangeError);
    expect(() => nasBench201FromString(text)).toThrow(`nasBench201FromString: ${message}`);
  });

  it('refuses what is no cell', () => {
    expect(() => nasBench201FromString(3 as unknown as string)).toThrow(
      'nasBench201FromString: the cell must be text, got 3',
    );
    expect(() => nasBench201ToString({} as NasBench201Cell)).toThrow(
      'nasBench201ToString: a cell must list the edges',
    );
    expect(() => nasBench201ToString([[[]], [], []] as unknown as NasBench201Cell)).toThrow(
      'from state 0 must be one of',
    );
  });
});

describe('decodeNasBench201', () => {
  const [edges, width] = alphaShape(space);
  const alphas = fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: width, maxLength: width }), {
    minLength: edges,
    maxLength: edges,
  });

  it('takes the first of the largest operations on every edge, none included', () => {
    fc.assert(
      fc.property(alphas, (alpha) => {
        for (const [node, incoming] of decodeNasBench201(space, alpha).entries()) {
          expect(incoming.map(([, input]) => input)).toEqual(incoming.map((_, i) => i));
          for (const [name, input] of incoming) {
            const row = alpha[edgeIndex({ node, input }, 1)]!;
            expect(row.indexOf(Math.max(...row))).toBe(space.primitives.indexOf(name));
          }
        }
      }),
    );
  });

  it('refuses a matrix of another space', () => {
    expect(() => decodeNasBench201(space, [[1, 2]])).toThrow(
      new RangeError(
        'decodeNasBench201: alpha must be [6 edges, 5 candidates], got [1, 2]; pass the alpha of this space, as numbers',
      ),
    );
  });
});
