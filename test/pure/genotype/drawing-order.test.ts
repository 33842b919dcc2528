import { describe, expect, it } from 'vitest';
import { publishedGenotype, publishedGenotypeNames } from '../../../src/catalogue';
import type { Genotype } from '../../../src/genotype';
import { drawGenotype } from '../../../src/genotype';
import type { CellGraph } from '../../../src/genotype/drawing/graph';
import { orderLanes } from '../../../src/genotype/drawing/order';
import { cellRanks, type Lane, type Rank } from '../../../src/genotype/drawing/ranks';

/** Ranks with more lanes have too many orders to try them all. */
const WIDEST = 4;

function graphOf(genotype: Genotype, cell: 'normal' | 'reduce'): CellGraph {
  const edges = genotype[cell].map(([primitive, input]) => ({ primitive, input }));
  const nodes = Array.from({ length: edges.length / 2 }, (_, node) => edges.slice(2 * node, 2 * node + 2));
  return { inputs: ['k−2', 'k−1'], nodes, output: genotype[`${cell}Concat`] };
}

function orders<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => orders(items.filter((_, j) => j !== i)).map((rest) => [item, ...rest]));
}

/** Crossings between two ranks, the labels of a node standing in the order of their lines. */
function crossings(graph: CellGraph, left: Rank, right: Rank): number {
  const heights = right.map(({ state, kind }: Lane) => {
    const sources =
      kind === 'passing'
        ? [state]
        : kind === 'output'
          ? graph.output
          : graph.nodes[state - graph.inputs.length]!.map(({ input }) => input);
    return sources.map((source) => left.findIndex((lane) => lane.state === source));
  });
  let count = 0;
  for (const [i, upper] of heights.entries()) {
    for (const lower of heights.slice(i + 1)) {
      for (const a of upper) for (const b of lower) if (a > b) count++;
    }
  }
  return count;
}

/** The fewest crossings of all orders: the shortest way from rank to rank. */
function fewest(graph: CellGraph, ranks: readonly Rank[]): number {
  let ways = [{ order: ranks[0]!, total: 0 }];
  for (const rank of ranks.slice(1)) {
    ways = orders(rank).map((order) => ({
      order,
      total: Math.min(...ways.map((way) => way.total + crossings(graph, way.order, order))),
    }));
  }
  return Math.min(...ways.map(({ total }) => total));
}

describe('orderLanes', () => {
  it('finds an order with the fewest crossings for every published cell that is not too wide to tell', () => {
    let told = 0;
    for (const name of publishedGenotypeNames) {
      for (const cell of ['normal', 'reduce'] as const) {
        const graph = graphOf(publishedGenotype(name), cell);
        const ranks = cellRanks(graph);
        if (ranks.some((rank) => rank.length > WIDEST)) continue;
        const order = orderLanes(graph, ranks);
        let found = 0;
        for (const [r, rank] of order.entries()) if (r > 0) found += crossings(graph, order[r - 1]!, rank);
        expect([name, cell, found]).toEqual([name, cell, fewest(graph, ranks)]);
        told++;
      }
    }
    expect(told).toBeGreaterThan(100);
  });

  it('keeps the lanes of every rank, and the inputs in their order', () => {
    const graph = graphOf(publishedGenotype('AmoebaNet'), 'reduce');
    const ranks = cellRanks(graph);
    const order = orderLanes(graph, ranks);
    const states = (rank: Rank) => rank.map(({ state, kind }) => `${kind} ${state}`);
    expect(states(order[0]!)).toEqual(['input 0', 'input 1']);
    expect(order.map((rank) => states(rank).sort())).toEqual(ranks.map((rank) => states(rank).sort()));
  });
});

describe('large cells', () => {
  it('are drawn too, and names that XML cannot hold stand as it can', () => {
    const nodes = 64;
    const edges = Array.from({ length: 2 * nodes }, (_, i) => {
      const node = i >> 1;
      return ['skip_connect', i % 2 ? node + 1 : Math.max(0, node - 3)] as const;
    });
    const concat = Array.from({ length: nodes }, (_, i) => i + 2);
    const genotype = { normal: edges, normalConcat: concat, reduce: edges.slice(0, 2), reduceConcat: [2] };
    const svg = drawGenotype(genotype, { title: 'a\0b' });
    expect(svg).toContain('Node 63 is the sum of');
    expect(svg).toContain('a\uFFFDb');
    expect(svg).not.toContain('\0');
  });
});
