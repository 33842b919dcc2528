import { slotOffset } from './coordinates';
import type { CellGraph } from './graph';
import { operationLabel, weightLabel } from './operations';
import { type Rank, rankLinks } from './ranks';
import { FONT, LABEL_PADDING, MERGE_GAP, NODE_RADIUS, RANK_GAP, STATE_WIDTH } from './sizes';

/** A width that holds the text in any usual sans-serif font, since the reader's is unknown. */
export function textWidth(text: string, size = FONT): number {
  return text.length * 0.6 * size;
}

function labelWidth(primitive: string, weight: number | undefined): number {
  const text =
    weight === undefined ? operationLabel(primitive) : `${operationLabel(primitive)} ${weightLabel(weight)}`;
  return textWidth(text) + LABEL_PADDING;
}

/** The horizontal places of a rank. */
export interface Column {
  /** Left end: where lines from the rank before arrive. */
  readonly left: number;
  /** Middle and width of the labels, if any. */
  readonly labels: number;
  readonly labelWidth: number;
  /** Middle of the states. */
  readonly states: number;
  /** Right end: where lines to the next rank leave. */
  readonly right: number;
}

/** Puts the ranks side by side, with more room where lines climb further. */
export function columns(
  graph: CellGraph,
  ranks: readonly Rank[],
  middles: readonly (readonly number[])[],
): Column[] {
  const placed: Column[] = [];
  let x = 0;
  for (const [r, rank] of ranks.entries()) {
    if (r > 0) {
      const climbs = rankLinks(graph, ranks[r - 1]!, rank).map(({ from, to, slot }) =>
        Math.abs(middles[r]![to]! + slotOffset(rank[to]!, slot) - middles[r - 1]![from]!),
      );
      x += Math.min(RANK_GAP[1], Math.max(RANK_GAP[0], 0.45 * Math.max(0, ...climbs)));
    }
    const left = x;
    const nodes = rank.filter(({ kind }) => kind === 'node').map(({ state }) => state - graph.inputs.length);
    if (r === 0 || r === ranks.length - 1) {
      x += STATE_WIDTH;
      placed.push({ left, labels: left, labelWidth: 0, states: left + STATE_WIDTH / 2, right: x });
    } else {
      const widths = nodes.flatMap((node) =>
        graph.nodes[node]!.map((edge) => labelWidth(edge.primitive, edge.weight)),
      );
      const width = Math.max(0, ...widths);
      x += width + MERGE_GAP + 2 * NODE_RADIUS;
      placed.push({ left, labels: left + width / 2, labelWidth: width, states: x - NODE_RADIUS, right: x });
    }
  }
  return placed;
}
