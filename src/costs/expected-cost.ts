import type { Probabilities } from '../search';
import { type AnySpace, type NasBench201Space, nodeEdges } from '../spaces';

/** What the networks of a space cost, taken apart. */
export interface CostTerms {
  readonly space: AnySpace;
  /** What every network has. */
  readonly fixed: number;
  /** What an operation of an edge adds, in all cells together: [edges][candidates] by the name of the cell, layer or edge. */
  readonly costs: Probabilities;
  /**
   * Whether operations that no path leads on from to the output cost nothing: they are not in the network in stock layers
   * that is measured, and are in the one whose parameters are counted. Only NAS-Bench-201 has them.
   */
  readonly usedOnly: boolean;
  /**
   * What each node saves whose operations are not all `none`, in all cells together: every operation counts an addition, and
   * the first of a node needs none. Only measured tables of NAS-Bench-201 have it; default 0.
   */
  readonly joined?: number;
}

/**
 * How probable it is that anything is made of each row's output, by the name of the cell; rows that are not named: 1. And how
 * many nodes that something is made of have an operation that is not `none`.
 */
function useOf(
  { space, usedOnly }: CostTerms,
  p: Probabilities,
): { readonly rows: Readonly<Record<string, readonly number[]>>; readonly nodes: number } {
  if (!usedOnly || space.kind !== 'nas-bench-201') return { rows: {}, nodes: 0 };
  const { nodes, primitives } = space as NasBench201Space;
  const none = primitives.indexOf('none');
  const alive = p.cell!.map((row) => row.reduce((sum, each, k) => (k === none ? sum : sum + each), 0));
  // The last node is the output; an earlier one counts if an edge leads from it to one that does.
  const used = Array<number>(nodes).fill(1);
  for (let node = nodes - 2; node >= 0; node--) {
    let idle = 1;
    for (let later = node + 1; later < nodes; later++) {
      const [start] = nodeEdges(later, 1);
      idle *= 1 - used[later]! * alive[start + node + 1]!;
    }
    used[node] = 1 - idle;
  }
  const rowsOf = (node: number) => alive.slice(...nodeEdges(node, 1));
  return {
    rows: { cell: used.flatMap((share, node) => rowsOf(node).map(() => share)) },
    nodes: used.reduce(
      (sum, share, node) => sum + share * (1 - rowsOf(node).reduce((none, each) => none * (1 - each), 1)),
      0,
    ),
  };
}

/**
 * The cost expected of architectures whose edges draw their operations by probabilities,
 *
 * `E = fixed + sum over edges e of u_e sum over operations k of p_ek cost_ek`,
 *
 * u_e the probability that a path leads on from the edge to the output (1 but in NAS-Bench-201; of cells of more than three
 * nodes as if its nodes were independent); less `joined` for each node expected to be used that has an operation at all. For a genotype's mixture it is what its network costs.
 *
 * Source: Cai et al. 2019, "ProxylessNAS", section 3.2.
 */
export function expectedCost(table: CostTerms, p: Probabilities): number {
  const { rows: use, nodes } = useOf(table, p);
  return Object.entries(table.costs).reduce(
    (all, [name, rows]) =>
      rows.reduce(
        (sum, costs, e) =>
          sum + (use[name]?.[e] ?? 1) * costs.reduce((row, cost, k) => row + cost * p[name]![e]![k]!, 0),
        all,
      ),
    table.fixed - (table.joined ?? 0) * nodes,
  );
}

/**
 * The derivative of {@link expectedCost} over each probability. Exact: the expectation is linear in every row, so that it is
 * the difference between an edge that has the operation for certain and one that is left out.
 */
export function costGradient(table: CostTerms, p: Probabilities): Probabilities {
  if (!table.usedOnly || table.space.kind !== 'nas-bench-201') return table.costs;
  return Object.fromEntries(
    Object.entries(p).map(([name, rows]) => [
      name,
      rows.map((row, e) => {
        const withRow = (other: readonly number[]) =>
          expectedCost(table, { ...p, [name]: rows.map((same, i) => (i === e ? other : same)) });
        const without = withRow(row.map(() => 0));
        return row.map((_, k) => withRow(row.map((__, j) => (j === k ? 1 : 0))) - without);
      }),
    ]),
  );
}

/** Costs, or their derivatives, times a factor. */
export const scaledCosts = (costs: Probabilities, factor: number): Probabilities =>
  Object.fromEntries(
    Object.entries(costs).map(([name, rows]) => [name, rows.map((row) => row.map((each) => factor * each))]),
  );
