import type { CellGraph } from './graph';
import { type Lane, type Link, type Rank, rankLinks } from './ranks';
import { LANE_GAP, PASSING_GAP, PILL_HEIGHT, PILL_PITCH, STATE_HEIGHT } from './sizes';

/** How much more it matters that a passing line is straight. */
const PASSING_WEIGHT = 12;

/** Height of what a lane draws. */
export function laneHeight({ kind, edges }: Lane): number {
  if (kind === 'passing') return 0;
  return Math.max(STATE_HEIGHT, (edges.length - 1) * PILL_PITCH + PILL_HEIGHT);
}

/** Vertical offset of an edge's label from the middle of its lane. */
export function slotOffset({ edges }: Lane, slot: number): number {
  return edges.length === 0 ? 0 : (slot - (edges.length - 1) / 2) * PILL_PITCH;
}

/** The least distance between the middles of neighbouring lanes. */
export function laneSeparation(above: Lane, below: Lane): number {
  const gap = above.kind === 'passing' || below.kind === 'passing' ? PASSING_GAP : LANE_GAP;
  return (laneHeight(above) + laneHeight(below)) / 2 + gap;
}

/** The positions nearest to the wishes (least squares) that keep the separations: pool adjacent violators. */
function settle(rank: Rank, wishes: readonly number[]): number[] {
  const offsets = [0];
  for (let i = 1; i < rank.length; i++)
    offsets.push(offsets[i - 1]! + laneSeparation(rank[i - 1]!, rank[i]!));
  const pools: { mean: number; size: number }[] = [];
  for (const [i, wish] of wishes.entries()) {
    let pool = { mean: wish - offsets[i]!, size: 1 };
    while (pools.length > 0 && pools.at(-1)!.mean > pool.mean) {
      const { mean, size } = pools.pop()!;
      pool = { mean: (mean * size + pool.mean * pool.size) / (size + pool.size), size: size + pool.size };
    }
    pools.push(pool);
  }
  return pools
    .flatMap(({ mean, size }) => Array<number>(size).fill(mean))
    .map((mean, i) => mean + offsets[i]!);
}

/**
 * The vertical middle of every lane: as close to the lanes it is linked with as the order and the separations allow,
 * found by sweeping over the ranks.
 */
export function laneCoordinates(
  graph: CellGraph,
  ranks: readonly Rank[],
  sweeps: number,
): readonly (readonly number[])[] {
  const links: (readonly Link[])[] = ranks.slice(1).map((rank, i) => rankLinks(graph, ranks[i]!, rank));
  const middles = ranks.map((rank) =>
    settle(
      rank,
      rank.map(() => 0),
    ),
  );
  const sweep = (r: number) => {
    const rank = ranks[r]!;
    const sums = rank.map(() => ({ total: 0, weight: 0 }));
    const pull = (lane: number, wish: number, weight: number) => {
      const sum = sums[lane]!;
      sum.total += wish * weight;
      sum.weight += weight;
    };
    for (const { from, to, slot } of links[r - 1] ?? []) {
      pull(
        to,
        middles[r - 1]![from]! - slotOffset(rank[to]!, slot),
        rank[to]!.kind === 'passing' ? PASSING_WEIGHT : 1,
      );
    }
    for (const { from, to, slot } of links[r] ?? []) {
      const target = ranks[r + 1]![to]!;
      pull(
        from,
        middles[r + 1]![to]! + slotOffset(target, slot),
        target.kind === 'passing' ? PASSING_WEIGHT : 1,
      );
    }
    middles[r] = settle(
      rank,
      sums.map(({ total, weight }, i) => (weight > 0 ? total / weight : middles[r]![i]!)),
    );
  };
  for (let i = 0; i < sweeps; i++) {
    for (let r = 0; r < ranks.length; r++) sweep(r);
    for (let r = ranks.length - 2; r > 0; r--) sweep(r);
  }
  return middles;
}
