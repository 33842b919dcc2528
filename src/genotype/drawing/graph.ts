/** An operation on its way from a state to a node. */
export interface GraphEdge {
  readonly primitive: string;
  /** The state it starts from. */
  readonly input: number;
  /** How sure the search is of it, in (0, 1]. */
  readonly weight?: number;
}

/** A cell as a drawing sees it. States count the inputs first, then the nodes. */
export interface CellGraph {
  /** Subscripts of the input cells' names, such as `k−2`. */
  readonly inputs: readonly string[];
  /** The incoming edges of each node. */
  readonly nodes: readonly (readonly GraphEdge[])[];
  /** The states that make up the output. */
  readonly output: readonly number[];
}

/**
 * The rank of every state: 0 for inputs, else one more than the latest state it is made from. A drawing puts ranks
 * side by side, so that every edge leads to the right.
 */
export function stateRanks({ inputs, nodes }: CellGraph): readonly number[] {
  const ranks = inputs.map(() => 0);
  for (const edges of nodes) ranks.push(1 + Math.max(0, ...edges.map(({ input }) => ranks[input]!)));
  return ranks;
}
