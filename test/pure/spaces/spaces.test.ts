import { describe, expect, it } from 'vitest';
import {
  type DartsPrimitive,
  type DartsSpace,
  darts,
  edgeCandidates,
  nasBench201,
  type PrimitiveOf,
  primitiveNames,
  reductionCells,
  robustDarts,
  type SearchSpace,
  spaceFromJson,
} from '../../../src/spaces';

const all: readonly SearchSpace[] = [
  darts(),
  darts({ none: true }),
  robustDarts('S1'),
  robustDarts('S2'),
  robustDarts('S3'),
  robustDarts('S4'),
  nasBench201(),
];

describe('every space', () => {
  it('is plain JSON that reads back as itself', () => {
    for (const space of all) {
      expect(spaceFromJson(JSON.stringify(space))).toEqual(space);
      expect(spaceFromJson(JSON.parse(JSON.stringify(space)))).toStrictEqual(space);
    }
  });

  it('has a name of its own, built-in primitives and data of its own', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { primitives } of all) {
      for (const primitive of primitives) expect(primitiveNames).toContain(primitive);
    }
    (darts().primitives as string[]).push('spoilt');
    (robustDarts('S1').edges!.normal[0] as string[]).push('spoilt');
    expect(darts().primitives).not.toContain('spoilt');
    expect(robustDarts('S1').edges!.normal[0]).toHaveLength(2);
  });
});

describe('darts', () => {
  it("lists the paper's seven primitives in the official order", () => {
    expect(darts()).toMatchObject({
      kind: 'darts',
      nodes: 4,
      multiplier: 4,
      stemMultiplier: 3,
      reductions: 'thirds',
    });
    expect(darts().primitives).toEqual([
      'max_pool_3x3',
      'avg_pool_3x3',
      'skip_connect',
      'sep_conv_3x3',
      'sep_conv_5x5',
      'dil_conv_3x3',
      'dil_conv_5x5',
    ]);
  });

  it('puts none first where it competes', () => {
    expect(darts({ none: true }).primitives).toEqual(['none', ...darts().primitives]);
    expect(darts({ none: false })).toEqual(darts());
  });

  it('types its primitives accordingly', () => {
    const seven: DartsSpace<DartsPrimitive> = darts();
    const eight: DartsSpace<DartsPrimitive | 'none'> = darts({ none: true });
    // @ts-expect-error: none is among the eight.
    const narrowed: DartsSpace<DartsPrimitive> = darts({ none: true });
    // @ts-expect-error: a misspelt primitive is not of the space.
    const misspelt: PrimitiveOf<typeof seven> = 'sep_conv_3x4';
    expect([seven, eight, narrowed, misspelt]).toBeDefined();
  });
});

describe('robustDarts', () => {
  const count = (space: DartsSpace, cell: 'normal' | 'reduce', primitive: string) =>
    Array.from({ length: 14 }, (_, edge) => edgeCandidates(space, cell, edge)).filter((c) =>
      c.includes(primitive),
    ).length;

  it('S1 has the two published candidates on each edge', () => {
    const s1 = robustDarts('S1');
    const short: Record<string, string> = {
      skip: 'skip_connect',
      s3: 'sep_conv_3x3',
      d3: 'dil_conv_3x3',
      d5: 'dil_conv_5x5',
      mp: 'max_pool_3x3',
      ap: 'avg_pool_3x3',
    };
    const expand = (text: string) => text.split(' ').map((edge) => edge.split(',').map((op) => short[op]));
    expect(s1.edges!.normal).toEqual(
      expand(
        'skip,d3 skip,d5 skip,d5 skip,s3 skip,d3 mp,skip skip,s3 skip,s3 skip,d3 skip,s3 mp,skip skip,d3 d3,d5 d3,d5',
      ),
    );
    expect(s1.edges!.reduce).toEqual(
      expand(
        'mp,ap mp,d3 mp,ap mp,ap skip,d5 mp,ap mp,s3 skip,d3 skip,d5 mp,ap mp,ap skip,d5 skip,d5 skip,d5',
      ),
    );
    expect(new Set(s1.primitives)).toEqual(new Set([...s1.edges!.normal, ...s1.edges!.reduce].flat()));
  });

  it('S2, S3 and S4 are the same on all edges', () => {
    expect(robustDarts('S2').primitives).toEqual(['skip_connect', 'sep_conv_3x3']);
    expect(robustDarts('S3').primitives).toEqual(['none', 'skip_connect', 'sep_conv_3x3']);
    expect(robustDarts('S4').primitives).toEqual(['noise', 'sep_conv_3x3']);
    expect(count(robustDarts('S2'), 'reduce', 'skip_connect')).toBe(14);
    expect(count(robustDarts('S4'), 'normal', 'skip_connect')).toBe(0);
  });

  it('types the primitives of each', () => {
    const skip: PrimitiveOf<ReturnType<typeof robustDarts<'S2'>>> = 'skip_connect';
    // @ts-expect-error: S4 has no skip connection.
    const none: PrimitiveOf<ReturnType<typeof robustDarts<'S4'>>> = 'skip_connect';
    expect(skip).toBe(none);
  });

  it('refuses another name', () => {
    expect(() => robustDarts('S5' as 'S4')).toThrow(
      new RangeError("robustDarts: the spaces are S1 to S4, got 'S5'; use for example 'S2'"),
    );
    expect(() => robustDarts('toString' as 'S4')).toThrow(RangeError);
  });
});

describe('nasBench201', () => {
  it('has the five operations in the order of the benchmark', () => {
    expect(nasBench201()).toEqual({
      kind: 'nas-bench-201',
      name: 'nas-bench-201',
      primitives: ['none', 'skip_connect', 'nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3'],
      nodes: 3,
      stages: 3,
    });
  });
});

describe('primitiveNames', () => {
  it('names each operation once', () => {
    expect(new Set(primitiveNames).size).toBe(primitiveNames.length);
  });
});

describe('reductionCells', () => {
  it('puts them at one and two thirds of the depth', () => {
    const at = (cells: number) => reductionCells(darts(), cells);
    expect([8, 20, 5, 3, 2, 1].map(at)).toEqual([[2, 5], [6, 13], [1, 3], [1, 2], [0, 1], [0]]);
  });

  it('takes the cells that a space names', () => {
    const space: DartsSpace = { ...darts(), reductions: [1, 4] };
    expect(reductionCells(space, 5)).toEqual([1, 4]);
    expect(reductionCells({ ...space, reductions: [] }, 5)).toEqual([]);
    expect(() => reductionCells(space, 4)).toThrow(
      new RangeError(
        "reductionCells: darts reduces at cell 4, beyond the last of the network's cells, got 4; use more than 4 cells",
      ),
    );
  });

  it('refuses a depth that is none', () => {
    expect(() => reductionCells(darts(), 0)).toThrow(
      new RangeError('reductionCells: the number of cells must be a positive integer, got 0; correct it'),
    );
  });
});
