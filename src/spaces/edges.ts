import { rangeError, requireKind, requireObject, typeError } from '../errors';
import type { CellSpace, CellType } from './types';

/** The two ends of an edge. */
export interface EdgeEnds {
  /** The node it leads to, counted from 0 without the cell's inputs. */
  readonly node: number;
  /** The state it starts from: first the cell's inputs, then the nodes. */
  readonly input: number;
}

/** Refuses what is no search space of one of the kinds. */
export function requireSpace(fn: string, space: unknown, ...kinds: string[]): void {
  if (!kinds.includes((space as { kind?: string } | null | undefined)?.kind as string))
    throw typeError(fn, `the space must be of kind ${kinds.join(', ')}`, space, 'pass for example darts()');
}

/** How many earlier cells feed a cell of this space: 2 in DARTS, 1 in NAS-Bench-201. */
export function cellInputs(space: CellSpace): number {
  return space.kind === 'darts' ? 2 : 1;
}

/**
 * The number of edges of a cell in which every node hears every earlier state: nodes inputs + nodes (nodes - 1) / 2.
 *
 * @param nodes - Nodes without the inputs.
 * @param inputs - Earlier cells that feed the cell. Default 2.
 */
export function countEdges(nodes: number, inputs = 2): number {
  requireKind('countEdges', 'the number of nodes', nodes, 'whole');
  requireKind('countEdges', 'the number of inputs', inputs, 'count');
  return nodes * inputs + (nodes * (nodes - 1)) / 2;
}

/**
 * The edges into a node as a half-open range [start, end): edges are numbered node by node, and within a node by the
 * state they start from.
 *
 * @param node - The node, counted from 0 without the inputs.
 * @param inputs - Earlier cells that feed the cell. Default 2.
 */
export function nodeEdges(node: number, inputs = 2): readonly [start: number, end: number] {
  requireKind('nodeEdges', 'the node', node, 'whole');
  const start = countEdges(node, inputs);
  return [start, start + inputs + node];
}

/**
 * The number of the edge from a state to a node; {@link edgeEnds} is its inverse.
 *
 * @throws RangeError if the state is not earlier than the node.
 */
export function edgeIndex(ends: EdgeEnds, inputs = 2): number {
  requireObject('edgeIndex', 'the ends', ends, 'pass { node: 0, input: 1 }', 'node', 'input');
  const { node, input } = ends;
  requireKind('edgeIndex', 'the node', node, 'whole');
  requireKind('edgeIndex', 'the input', input, 'whole');
  const [start, end] = nodeEdges(node, inputs);
  if (input >= end - start) {
    throw rangeError(
      'edgeIndex',
      `node ${node} is fed by the states 0 to ${end - start - 1}`,
      input,
      'choose an earlier state',
    );
  }
  return start + input;
}

/** The two ends of an edge; {@link edgeIndex} is its inverse. */
export function edgeEnds(edge: number, inputs = 2): EdgeEnds {
  requireKind('edgeEnds', 'the edge', edge, 'whole');
  let node = 0;
  while (nodeEdges(node, inputs)[1] <= edge) node++;
  return { node, input: edge - nodeEdges(node, inputs)[0] };
}

/**
 * What may stand on an edge, in the order of the columns of alpha's row for it.
 *
 * @param cell - Ignored by spaces that search a single cell.
 * @throws RangeError if the space has no such edge.
 */
export function edgeCandidates<P extends string>(
  space: CellSpace<P>,
  cell: CellType,
  edge: number,
): readonly P[] {
  requireSpace('edgeCandidates', space, 'darts', 'nas-bench-201');
  const last = countEdges(space.nodes, cellInputs(space)) - 1;
  requireKind('edgeCandidates', `the edge of ${space.name}`, edge, [0, last]);
  requireKind('edgeCandidates', 'the cell', cell, ['normal', 'reduce']);
  return (space.kind === 'darts' && space.edges?.[cell][edge]) || space.primitives;
}

/** The shape of one alpha matrix: [edges, candidates an edge]. */
export function alphaShape(space: CellSpace): readonly [edges: number, candidates: number] {
  requireSpace('alphaShape', space, 'darts', 'nas-bench-201');
  return [countEdges(space.nodes, cellInputs(space)), edgeCandidates(space, 'normal', 0).length];
}
