import { columns } from './columns';
import { laneCoordinates, laneHeight, slotOffset } from './coordinates';
import type { CellGraph } from './graph';
import { orderLanes } from './order';
import { cellRanks } from './ranks';
import { NODE_RADIUS, PILL_HEIGHT, STATE_HEIGHT, STATE_WIDTH } from './sizes';
import { straighten } from './straighten';

/** A box by its middle and its size. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A point that a line leads through. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line from a box or a fork: it curves to the start of each level run past a rank, then on to what it leads to. */
export interface PlacedLine {
  readonly from: Point;
  readonly runs: readonly { readonly start: Point; readonly end: Point }[];
  /** Missing where only edges go on from the last run. */
  readonly to?: Point;
}

/** An edge of the cell, placed. */
export interface PlacedEdge {
  readonly node: number;
  /** Position among the node's edges. */
  readonly edge: number;
  readonly label: Box;
  /** From the state, or from where the other users of the state part from it, to the label. */
  readonly line: PlacedLine;
  /** Where it enters the node. */
  readonly to: Point;
}

/** Everything a drawing needs to know about where things are. */
export interface CellLayout {
  readonly width: number;
  readonly height: number;
  /** Inputs, then nodes. */
  readonly states: readonly Box[];
  readonly output: Box;
  readonly edges: readonly PlacedEdge[];
  /** What several edges, or the output, share of a state's line. */
  readonly trunks: readonly PlacedLine[];
  /** Where edges leave a trunk that goes on. */
  readonly forks: readonly Point[];
}

const FINE_SWEEPS = 200;

/** What the ranks make of one state: its line past later ranks and those who use it. */
interface Course {
  readonly rank: number;
  readonly exit: Point;
  readonly runs: { readonly start: Point; readonly end: Point }[];
  /** The rank of every edge or output that uses the state. */
  readonly users: number[];
}

/** How many of a state's runs are shared: those still ahead of two users, or of the output. */
function sharedRuns({ rank, runs, users }: Course, inOutput: boolean): number {
  if (inOutput) return runs.length;
  const beforeLast = [...users].sort((a, b) => a - b).at(-2) ?? rank;
  return Math.max(0, beforeLast - rank - 1);
}

/** Places a cell: boxes that never overlap, and lines that keep clear of all boxes but their own. */
export function layoutCell(graph: CellGraph): CellLayout {
  const ranks = orderLanes(graph, cellRanks(graph));
  const raw = straighten(graph, ranks, laneCoordinates(graph, ranks, FINE_SWEEPS));
  const top = Math.min(
    ...ranks.flatMap((rank, r) => rank.map((lane, i) => raw[r]![i]! - laneHeight(lane) / 2)),
  );
  const middles = raw.map((rank) => rank.map((y) => y - top));
  const cols = columns(graph, ranks, middles);
  const last = ranks.length - 1;
  const states: Box[] = [];
  const labels: { node: number; edge: number; rank: number; box: Box }[] = [];
  const courses: Course[] = [];
  for (const [r, rank] of ranks.entries()) {
    const { left, right, states: x, labels: labelX, labelWidth: width } = cols[r]!;
    for (const [i, lane] of rank.entries()) {
      const y = middles[r]![i]!;
      const { state, kind } = lane;
      if (kind === 'output') continue;
      if (kind === 'passing') {
        courses[state]!.runs.push({ start: { x: left, y }, end: { x: right, y } });
        continue;
      }
      courses[state] = { rank: r, exit: { x: right, y }, runs: [], users: [] };
      states[state] =
        kind === 'input'
          ? { x, y, width: STATE_WIDTH, height: STATE_HEIGHT }
          : { x, y, width: 2 * NODE_RADIUS, height: 2 * NODE_RADIUS };
      const node = state - graph.inputs.length;
      for (const [slot, edge] of lane.edges.entries()) {
        const box = { x: labelX, y: y + slotOffset(lane, slot), width, height: PILL_HEIGHT };
        labels.push({ node, edge, rank: r, box });
        courses[graph.nodes[node]![edge]!.input]!.users.push(r);
      }
    }
  }

  const output: Box = {
    x: cols[last]!.states,
    y: middles[last]![0]!,
    width: STATE_WIDTH,
    height: STATE_HEIGHT,
  };
  const shared = courses.map((course, state) => sharedRuns(course, graph.output.includes(state)));
  const trunks = courses.flatMap(({ exit, runs }, state): PlacedLine[] => {
    const trunk = { from: exit, runs: runs.slice(0, shared[state]) };
    if (graph.output.includes(state)) return [{ ...trunk, to: { x: cols[last]!.left, y: output.y } }];
    return trunk.runs.length > 0 ? [trunk] : [];
  });
  const forks: Point[] = [];
  const edges = labels.map(({ node, edge, rank, box }): PlacedEdge => {
    const { input } = graph.nodes[node]![edge]!;
    const { rank: start, exit, runs } = courses[input]!;
    const own = Math.min(shared[input]!, rank - start - 1);
    const from = runs[own - 1]?.end ?? exit;
    if (own > 0) forks.push(from);
    const to = { x: box.x - box.width / 2, y: box.y };
    const line = { from, runs: runs.slice(own, rank - start - 1), to };
    const { x, y, width } = states[graph.inputs.length + node]!;
    return { node, edge, label: box, line, to: { x: x - width / 2, y } };
  });
  const bottom = Math.max(
    ...ranks.flatMap((rank, r) => rank.map((lane, i) => middles[r]![i]! + laneHeight(lane) / 2)),
  );
  return { width: cols[last]!.right, height: bottom, states, output, edges, trunks, forks };
}
