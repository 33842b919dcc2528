import { laneSeparation } from './coordinates';
import type { CellGraph } from './graph';
import { type Rank, rankLinks } from './ranks';

/** A step smaller than this looks like a mistake. */
const SMALL_STEP = 12;

interface Place {
  readonly rank: number;
  readonly lane: number;
}

const key = ({ rank, lane }: Place) => `${rank}/${lane}`;

/**
 * Lanes that one line runs through, so that they could be level: each state's own, its passing ones, and the output.
 */
function chains(graph: CellGraph, ranks: readonly Rank[]): readonly (readonly Place[])[] {
  const found: Place[][] = [];
  const open = new Map<string, Place[]>();
  for (const [rank, lanes] of ranks.entries()) {
    const arriving: number[][] = lanes.map(() => []);
    if (rank > 0)
      for (const { from, to } of rankLinks(graph, ranks[rank - 1]!, lanes)) arriving[to]!.push(from);
    for (const [lane, { kind }] of lanes.entries()) {
      const links = arriving[lane]!;
      const joins = kind === 'passing' || (kind === 'output' && links.length === 1);
      const chain = joins ? open.get(key({ rank: rank - 1, lane: links[0]! }))! : [];
      if (chain.length === 0) found.push(chain);
      chain.push({ rank, lane });
      open.set(key({ rank, lane }), chain);
    }
  }
  return found;
}

/**
 * Levels lines that climb or fall by a few pixels only, as far as the neighbours leave room; the longest stretches
 * first, since a lane that belongs to one stretch stays where that puts it.
 */
export function straighten(
  graph: CellGraph,
  ranks: readonly Rank[],
  middles: readonly (readonly number[])[],
): readonly (readonly number[])[] {
  const level = middles.map((rank) => [...rank]);
  const room = ({ rank, lane }: Place): readonly [number, number] => {
    const lanes = ranks[rank]!;
    const ys = level[rank]!;
    const above = lane === 0 ? -Infinity : ys[lane - 1]! + laneSeparation(lanes[lane - 1]!, lanes[lane]!);
    const below =
      lane === lanes.length - 1 ? Infinity : ys[lane + 1]! - laneSeparation(lanes[lane]!, lanes[lane + 1]!);
    return [above, below];
  };
  const stretches = chains(graph, ranks).flatMap((chain) =>
    chain.flatMap((_, start) =>
      chain.slice(start + 1).map((_, length) => chain.slice(start, start + length + 2)),
    ),
  );
  const settled = new Set<string>();
  for (const stretch of stretches.sort((a, b) => b.length - a.length)) {
    const ys = stretch.map(({ rank, lane }) => level[rank]![lane]!);
    if (Math.max(...ys) - Math.min(...ys) > SMALL_STEP) continue;
    const fixed = ys.filter((_, i) => settled.has(key(stretch[i]!)));
    const wish = fixed[0] ?? ys.reduce((sum, y) => sum + y, 0) / ys.length;
    const rooms = stretch.map(room);
    const lowest = Math.max(...rooms.map(([above]) => above));
    const highest = Math.min(...rooms.map(([, below]) => below));
    const y = Math.min(highest, Math.max(lowest, wish));
    if (lowest > highest || fixed.some((other) => other !== y)) continue;
    for (const place of stretch) {
      level[place.rank]![place.lane] = y;
      settled.add(key(place));
    }
  }
  return level;
}
