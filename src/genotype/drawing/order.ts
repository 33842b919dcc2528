import { stream } from '../../random';
import { laneCoordinates, slotOffset } from './coordinates';
import type { CellGraph } from './graph';
import { type Lane, type Rank, rankLinks } from './ranks';

/** How good an order is; smaller is better, the first difference decides. */
type Cost = readonly [crossings: number, length: number];

/** Measures an order; one that cannot beat `toBeat` may be measured in part. */
type Measure = (ranks: readonly Rank[], toBeat: Cost) => Cost;

/** Starts of the search, fewer for large cells, so that the lanes of all starts together are about as many. */
const STARTS = 12;
const LANES_SEARCHED = 300;
const REFINED = 2;
const ROUNDS = 24;
const COARSE_SWEEPS = 16;
/**
 * Lanes that the searches by crossings and by length may look at, over all orders that they try: enough for any cell of up to
 * eight nodes, where it changes nothing.
 */
const LOOKS = { crossings: 800_000, length: 80_000 };

/** Counts crossings between neighbouring ranks; a pair of ranks seen before is not counted again. */
function crossingCounter(graph: CellGraph): (ranks: readonly Rank[]) => number {
  const known = new WeakMap<Rank, WeakMap<Rank, number>>();
  const count = (left: Rank, right: Rank) => {
    const links = rankLinks(graph, left, right);
    let crossings = 0;
    for (const [i, a] of links.entries()) {
      for (let j = i + 1; j < links.length; j++) {
        const b = links[j]!;
        const ends = a.to === b.to ? a.slot - b.slot : a.to - b.to;
        if ((a.from - b.from) * ends < 0) crossings++;
      }
    }
    return crossings;
  };
  return (ranks) => {
    let total = 0;
    for (let r = 1; r < ranks.length; r++) {
      const [left, right] = [ranks[r - 1]!, ranks[r]!];
      const before = known.get(left) ?? new WeakMap<Rank, number>();
      const crossings = before.get(right) ?? count(left, right);
      known.set(left, before.set(right, crossings));
      total += crossings;
    }
    return total;
  };
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

/** Turns each node's labels to the order in which their lines arrive; a rank without a turn stays the same object. */
function untwist(graph: CellGraph, ranks: readonly Rank[]): readonly Rank[] {
  return ranks.map((rank, r) => {
    const position = new Map((ranks[r - 1] ?? []).map(({ state }, i) => [state, i]));
    let turned = false;
    const lanes = rank.map((lane): Lane => {
      if (lane.kind !== 'node') return lane;
      const incoming = graph.nodes[lane.state - graph.inputs.length]!;
      const height = (edge: number) => position.get(incoming[edge]!.input)!;
      const edges = incoming.map((_, edge) => edge).sort((a, b) => height(a) - height(b));
      if (edges.every((edge, slot) => edge === lane.edges[slot])) return lane;
      turned = true;
      return { ...lane, edges };
    });
    return turned ? lanes : rank;
  });
}

/** A rank with one of its lanes put elsewhere. */
function moved(rank: Rank, lane: Lane, to: number): Rank {
  const rest = rank.filter((other) => other !== lane);
  return [...rest.slice(0, to), lane, ...rest.slice(to)];
}

/**
 * The orders next to this one: one lane moved within its rank, or a state's whole line led above or below all else.
 */
function* neighbours(ranks: readonly Rank[]): Generator<readonly Rank[]> {
  for (const [r, rank] of ranks.entries()) {
    if (r === 0) continue;
    for (const [i, lane] of rank.entries()) {
      for (let to = 0; to < rank.length; to++) {
        if (to !== i) yield ranks.map((other) => (other === rank ? moved(rank, lane, to) : other));
      }
    }
  }
  const lines = new Set(ranks.flat().flatMap(({ kind, state }) => (kind === 'passing' ? [state] : [])));
  for (const state of lines) {
    for (const side of ['above', 'below'] as const) {
      yield ranks.map((rank) => {
        const lane = rank.find((other) => other.kind === 'passing' && other.state === state);
        return lane ? moved(rank, lane, side === 'above' ? 0 : rank.length - 1) : rank;
      });
    }
  }
}

/** What a search may still spend. */
interface Budget {
  /** Lanes to look at. */
  looks: number;
}

/**
 * Walks from order to better order, always to the best of the neighbours, until none is better or the budget is spent.
 *
 * @param price - Lanes that one measure looks at.
 */
function descend(
  graph: CellGraph,
  start: readonly Rank[],
  measure: Measure,
  price: number,
  budget: Budget,
): readonly Rank[] {
  let best = untwist(graph, start);
  let cost = measure(best, [Infinity, Infinity]);
  for (let round = 0; round < ROUNDS; round++) {
    const from = best;
    for (const neighbour of neighbours(from)) {
      budget.looks -= price;
      if (budget.looks < 0) return best;
      const tried = untwist(graph, neighbour);
      const next = measure(tried, cost);
      if (better(next, cost)) [best, cost] = [tried, next];
    }
    if (best === from) break;
  }
  return best;
}

/**
 * Puts the lanes of every rank into an order with few crossings and, among those, short lines. The inputs stay as
 * they are, so that drawings compare at a glance. A local search from several starts, which are always the same ones:
 * so is the drawing of a cell.
 */
export function orderLanes(graph: CellGraph, ranks: readonly Rank[]): readonly Rank[] {
  const crossings = crossingCounter(graph);
  const byCrossings: Measure = (order) => [crossings(order), 0];
  // The length costs far more to find out, and matters between equals only.
  const byLength: Measure = (order, [fewest]) => {
    const count = crossings(order);
    return [count, count > fewest ? Infinity : length(graph, order)];
  };
  const generator = stream('drawing').generator();
  const lanes = ranks.reduce((sum, rank) => sum + rank.length, 0);
  const starts = Math.min(STARTS, Math.ceil(LANES_SEARCHED / lanes));
  const [coarse, fine]: [Budget, Budget] = [{ looks: LOOKS.crossings }, { looks: LOOKS.length }];
  const found = Array.from({ length: starts }, (_, i) =>
    i === 0 ? ranks : ranks.map((rank, r) => (r === 0 ? rank : generator.shuffle([...rank]))),
  )
    .map((start) => descend(graph, start, byCrossings, lanes, coarse))
    .sort((a, b) => crossings(a) - crossings(b))
    .slice(0, REFINED)
    .map((order) => descend(graph, order, byLength, lanes, fine))
    .map((order) => ({ order, cost: byLength(order, [Infinity, Infinity]) }));
  return found.reduce((best, other) => (better(other.cost, best.cost) ? other : best)).order;
}
