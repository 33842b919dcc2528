import { laneCoordinates, slotOffset } from './coordinates';
import type { CellGraph } from './graph';
import { type Lane, type Rank, rankLinks } from './ranks';

/** How good an order is; smaller is better, the first difference decides. */
type Cost = readonly [crossings: number, length: number];

const ROUNDS = 8;
const COARSE_SWEEPS = 16;

function crossings(graph: CellGraph, ranks: readonly Rank[]): number {
  let count = 0;
  for (let r = 1; r < ranks.length; r++) {
    const links = rankLinks(graph, ranks[r - 1]!, ranks[r]!);
    for (const [i, a] of links.entries()) {
      for (const b of links.slice(i + 1)) {
        const ends = a.to === b.to ? a.slot - b.slot : a.to - b.to;
        if ((a.from - b.from) * ends < 0) count++;
      }
    }
  }
  return count;
}

function length(graph: CellGraph, ranks: readonly Rank[]): number {
  const middles = laneCoordinates(graph, ranks, COARSE_SWEEPS);
  let total = 0;
  for (let r = 1; r < ranks.length; r++) {
    for (const { from, to, slot } of rankLinks(graph, ranks[r - 1]!, ranks[r]!)) {
      const drop = middles[r]![to]! + slotOffset(ranks[r]![to]!, slot) - middles[r - 1]![from]!;
      total += drop * drop;
    }
  }
  return total;
}

function better(a: Cost, b: Cost): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1] - 1e-6);
}

/** Turns each node's labels to the order in which their lines arrive. */
function untwist(graph: CellGraph, ranks: readonly Rank[]): readonly Rank[] {
  return ranks.map((rank, r) => {
    const position = new Map((ranks[r - 1] ?? []).map(({ state }, i) => [state, i]));
    return rank.map((lane): Lane => {
      if (lane.kind !== 'node') return lane;
      const incoming = graph.nodes[lane.state - graph.inputs.length]!;
      const height = (edge: number) => position.get(incoming[edge]!.input)!;
      return { ...lane, edges: incoming.map((_, edge) => edge).sort((a, b) => height(a) - height(b)) };
    });
  });
}

/** All orders that differ from this one by moving one lane. */
function moves(rank: Rank): Rank[] {
  return rank.flatMap((lane, i) => {
    const rest = rank.filter((other) => other !== lane);
    return rank.flatMap((_, to) => (to === i ? [] : [[...rest.slice(0, to), lane, ...rest.slice(to)]]));
  });
}

/**
 * Puts the lanes of every rank into an order with few crossings and, among those, short lines. The inputs stay as they are,
 * so that drawings compare at a glance. A local search without chance: the same cell always gives the same drawing.
 */
export function orderLanes(graph: CellGraph, ranks: readonly Rank[]): readonly Rank[] {
  let best = untwist(graph, ranks);
  let cost: Cost = [crossings(graph, best), length(graph, best)];
  for (let round = 0; round < ROUNDS; round++) {
    const before = cost;
    for (let r = 1; r < ranks.length; r++) {
      for (const moved of moves(best[r]!)) {
        const tried = untwist(
          graph,
          best.map((rank, i) => (i === r ? moved : rank)),
        );
        const crossed = crossings(graph, tried);
        if (crossed > cost[0]) continue;
        const next: Cost = [crossed, length(graph, tried)];
        if (better(next, cost)) [best, cost] = [tried, next];
      }
    }
    if (!better(cost, before)) break;
  }
  return best;
}
