import { type CellGraph, stateRanks } from './graph';

/** One lane of a rank: the state's own box, or its line passing through to a later rank. */
export interface Lane {
  readonly state: number;
  readonly kind: 'input' | 'node' | 'passing' | 'output';
  /** Of a node: the indices of its edges, from top to bottom. */
  readonly edges: readonly number[];
}

/** The lanes of a rank, from top to bottom. */
export type Rank = readonly Lane[];

/**
 * The lanes of every rank in the order of the states. A state used beyond the next rank passes through the ranks in
 * between on one lane, however many edges it feeds.
 */
export function cellRanks(graph: CellGraph): readonly Rank[] {
  const own = stateRanks(graph);
  const last = 1 + Math.max(...own);
  const until = own.map(() => 0);
  for (const [node, edges] of graph.nodes.entries()) {
    const rank = own[graph.inputs.length + node]!;
    for (const { input } of edges) until[input] = Math.max(until[input]!, rank);
  }
  for (const state of graph.output) until[state] = last;
  const ranks: Lane[][] = Array.from({ length: last }, () => []);
  for (const [state, rank] of own.entries()) {
    const node = state - graph.inputs.length;
    ranks[rank]!.push(
      node < 0
        ? { state, kind: 'input', edges: [] }
        : { state, kind: 'node', edges: graph.nodes[node]!.map((_, edge) => edge) },
    );
    for (let through = rank + 1; through < until[state]!; through++) {
      ranks[through]!.push({ state, kind: 'passing', edges: [] });
    }
  }
  return [...ranks, [{ state: own.length, kind: 'output', edges: [] }]];
}

/** A piece of line between neighbouring ranks: from a lane to a passing lane, an edge of a node, or the output. */
export interface Link {
  readonly from: number;
  readonly to: number;
  /** Of a node: the position of the edge in the lane, from the top. */
  readonly slot: number;
}

/** The links from one rank to the next, as positions in both. */
export function rankLinks(graph: CellGraph, left: Rank, right: Rank): readonly Link[] {
  const position = new Map(left.map(({ state }, i) => [state, i]));
  return right.flatMap(({ state, kind, edges }, to) => {
    if (kind === 'passing') return [{ from: position.get(state)!, to, slot: 0 }];
    if (kind === 'output')
      return graph.output.map((source) => ({ from: position.get(source)!, to, slot: 0 }));
    const incoming = graph.nodes[state - graph.inputs.length]!;
    return edges.map((edge, slot) => ({ from: position.get(incoming[edge]!.input)!, to, slot }));
  });
}
