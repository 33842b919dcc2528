import { rangeError, show, typeError } from '../errors';
import {
  alphaShape,
  type NasBench201Primitive,
  type NasBench201Space,
  nasBench201,
  nodeEdges,
} from '../spaces';
import { cellInputs } from '../spaces/edges';
import { type AlphaMatrix, alphaRows } from './alpha';
import { checkText } from './python/tokens';
import type { GenotypeEdge, NasBench201Cell } from './types';

/** Checks every edge of a cell against its space and returns a copy. */
export function checkCell(
  fn: string,
  cell: unknown,
  { name, nodes, primitives }: NasBench201Space,
): NasBench201Cell {
  if (!Array.isArray(cell)) {
    throw typeError(
      fn,
      'a cell must list the edges of each node',
      cell,
      "use for example [[['skip_connect', 0]], ...]",
    );
  }
  if (cell.length !== nodes) {
    throw rangeError(fn, `a cell of ${name} must have ${nodes} nodes`, cell.length, 'give the edges of each');
  }
  return Array.from(cell, (edges: unknown, node) => {
    if (!Array.isArray(edges) || edges.length !== node + 1) {
      const fault = `node ${node} must have an edge from each of the ${node + 1} earlier states`;
      throw rangeError(fn, fault, edges, "leave none out, write 'none' for an absent one");
    }
    return Array.from(edges, (edge: unknown, input) => {
      const [primitive, from] = Array.isArray(edge) ? edge : [];
      if (!primitives.includes(primitive)) {
        const fault = `the edge of node ${node} from state ${input} must be one of ${primitives.join(', ')}`;
        throw rangeError(fn, fault, primitive, 'correct the name');
      }
      if (from !== input) {
        throw rangeError(
          fn,
          `edge ${input} of node ${node} must start from state ${input}`,
          from,
          'list edges in order',
        );
      }
      return [primitive, input] as const;
    });
  });
}

/**
 * Writes a cell in the form by which NAS-Bench-201 names it: nodes joined by `+`, edges between bars, as in
 * `|nor_conv_3x3~0|+|nor_conv_3x3~0|skip_connect~1|+|none~0|nor_conv_1x1~1|avg_pool_3x3~2|`.
 *
 * @param space - The space of the cell. Default `nasBench201()`.
 * @throws RangeError if the cell is not of the space.
 */
export function nasBench201ToString(cell: NasBench201Cell, space: NasBench201Space = nasBench201()): string {
  return checkCell('nasBench201ToString', cell, space)
    .map((edges) => `|${edges.map(([primitive, input]) => `${primitive}~${input}`).join('|')}|`)
    .join('+');
}

/**
 * Reads the form that {@link nasBench201ToString} writes.
 *
 * @throws SyntaxError that names the column where the text cannot be read; RangeError if the cell is not of the
 * space.
 */
export function nasBench201FromString(text: string): NasBench201Cell<NasBench201Primitive>;
export function nasBench201FromString<P extends string>(
  text: string,
  space: NasBench201Space<P>,
): NasBench201Cell<P>;
export function nasBench201FromString(
  text: string,
  space: NasBench201Space = nasBench201(),
): NasBench201Cell {
  const fn = 'nasBench201FromString';
  checkText(fn, text, "pass '|nor_conv_3x3~0|+...'", 'cell');
  let column = 1 + text.length - text.trimStart().length;
  const cell = text
    .trim()
    .split('+')
    .map((node) => {
      const bars = node.split('|');
      if (bars.length < 3 || bars[0] !== '' || bars.at(-1) !== '') {
        throw new SyntaxError(
          `${fn}: a node must stand between bars at column ${column}, got ${show(node)}; write |op~0|`,
        );
      }
      column++;
      const edges = bars.slice(1, -1).map((edge): GenotypeEdge => {
        const [, primitive, input] = /^([^~]+)~(\d+)$/.exec(edge) ?? [];
        if (primitive === undefined) {
          throw new SyntaxError(
            `${fn}: an edge must read op~state at column ${column}, got ${show(edge)}; write |op~0|`,
          );
        }
        column += edge.length + 1;
        return [primitive, Number(input)];
      });
      column++;
      return edges;
    });
  return checkCell(fn, cell, space);
}

/**
 * The cell that a search in a NAS-Bench-201 space has arrived at: the operation with the largest alpha on every edge,
 * `none` included; the first wins ties. The softmax keeps the order, so alphas and weights decode alike.
 *
 * @param alpha - [edges, candidates].
 * @throws RangeError if the matrix has another shape than the space's or holds a number that is not finite.
 */
export function decodeNasBench201<P extends string>(
  space: NasBench201Space<P>,
  alpha: AlphaMatrix,
): NasBench201Cell<P> {
  const rows = alphaRows('decodeNasBench201', 'alpha', alpha, alphaShape(space));
  return Array.from({ length: space.nodes }, (_, node) =>
    rows
      .slice(...nodeEdges(node, cellInputs(space)))
      .map((row, input) => [space.primitives[row.indexOf(Math.max(...row))]!, input] as const),
  );
}
