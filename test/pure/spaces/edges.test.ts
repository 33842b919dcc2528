import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alphaShape,
  countEdges,
  darts,
  defineSpace,
  edgeCandidates,
  edgeEnds,
  edgeIndex,
  nasBench201,
  nodeEdges,
  robustDarts,
} from '../../../src/spaces';
import { cellInputs } from '../../../src/spaces/edges';

const sizes = { nodes: fc.integer({ min: 1, max: 12 }), inputs: fc.integer({ min: 1, max: 3 }) };

describe('edge numbering', () => {
  it('counts one edge for every pair of a node and an earlier state', () => {
    fc.assert(
      fc.property(fc.record(sizes), ({ nodes, inputs }) => {
        let pairs = 0;
        for (let node = 0; node < nodes; node++) pairs += inputs + node;
        expect(countEdges(nodes, inputs)).toBe(pairs);
      }),
    );
  });

  it('takes edgeIndex and edgeEnds for inverses, in ascending order of node and input', () => {
    fc.assert(
      fc.property(fc.record(sizes), ({ nodes, inputs }) => {
        const all = Array.from({ length: countEdges(nodes, inputs) }, (_, edge) => edgeEnds(edge, inputs));
        expect(all.map((ends) => edgeIndex(ends, inputs))).toEqual(all.map((_, edge) => edge));
        const ordered = [...all].sort((a, b) => a.node - b.node || a.input - b.input);
        expect(all).toEqual(ordered);
        expect(all.at(-1)).toEqual({ node: nodes - 1, input: inputs + nodes - 2 });
      }),
    );
  });

  it('gives the edges into a node as the range that edgeEnds assigns to it', () => {
    fc.assert(
      fc.property(fc.record(sizes), ({ nodes, inputs }) => {
        for (let edge = 0; edge < countEdges(nodes, inputs); edge++) {
          const { node, input } = edgeEnds(edge, inputs);
          const [start, end] = nodeEdges(node, inputs);
          expect(edge - start).toBe(input);
          expect(edge).toBeLessThan(end);
        }
      }),
    );
  });

  it('refuses what is no edge', () => {
    expect(() => edgeIndex({ node: 1, input: 3 })).toThrow(
      new RangeError('edgeIndex: node 1 is fed by the states 0 to 2, got 3; choose an earlier state'),
    );
    expect(() => edgeEnds(-1)).toThrow(
      new RangeError('edgeEnds: the edge must be a whole number of at least 0, got -1; correct it'),
    );
    expect(() => countEdges(1.5)).toThrow(
      new RangeError(
        'countEdges: the number of nodes must be a whole number of at least 0, got 1.5; correct it',
      ),
    );
    expect(() => nodeEdges(Number.NaN)).toThrow('nodeEdges: the node must be a whole number');
  });
});

describe('edgeCandidates and alphaShape', () => {
  it('offers all primitives where edges are alike', () => {
    const space = darts();
    expect(alphaShape(space)).toEqual([14, space.primitives.length]);
    for (const cell of ['normal', 'reduce'] as const) {
      for (let edge = 0; edge < 14; edge++)
        expect(edgeCandidates(space, cell, edge)).toEqual(space.primitives);
    }
  });

  it('offers what the space says of each edge where they differ', () => {
    const space = robustDarts('S1');
    expect(alphaShape(space)).toEqual([14, 2]);
    expect(edgeCandidates(space, 'normal', 5)).toEqual(['max_pool_3x3', 'skip_connect']);
    expect(edgeCandidates(space, 'reduce', 5)).toEqual(['max_pool_3x3', 'avg_pool_3x3']);
  });

  it('knows the cell of NAS-Bench-201, which has one input', () => {
    const space = nasBench201();
    expect(cellInputs(space)).toBe(1);
    expect(alphaShape(space)).toEqual([6, 5]);
    expect(edgeCandidates(space, 'normal', 5)).toEqual(space.primitives);
  });

  it('refuses an edge or a cell that is not there', () => {
    expect(() => edgeCandidates(darts(), 'normal', 14)).toThrow(
      new RangeError(
        'edgeCandidates: the edge of darts must be a whole number from 0 to 13, got 14; correct it',
      ),
    );
    expect(() => edgeCandidates(darts(), 'reduction' as 'reduce', 0)).toThrow(
      new RangeError("edgeCandidates: the cell must be 'normal' or 'reduce', got 'reduction'; correct it"),
    );
  });

  it('keeps the primitives as literal types', () => {
    const space = defineSpace({ name: 'two', primitives: ['skip_connect', 'sep_conv_3x3'] });
    const candidates: readonly ('skip_connect' | 'sep_conv_3x3')[] = edgeCandidates(space, 'normal', 0);
    expect(candidates).toEqual(['skip_connect', 'sep_conv_3x3']);
    // @ts-expect-error: the space has no pooling.
    const wrong: readonly 'max_pool_3x3'[] = edgeCandidates(space, 'normal', 0);
    expect(wrong).toBeDefined();
  });
});
