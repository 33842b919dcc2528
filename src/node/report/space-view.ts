import type { Genotype, GenotypeOf, MobileGenotype, ModelGenotype, NasBench201Cell } from '../../genotype';
import {
  type AnySpace,
  alphaCandidates,
  type CellSpace,
  type CellType,
  edgeEnds,
  type MobileSpace,
  type ModelSpace,
} from '../../spaces';
import { cellInputs } from '../../spaces/edges';

/** One row of an alpha matrix as a report shows it. */
export interface EdgeView {
  /** The matrix it is in. */
  readonly alpha: string;
  /** Its row there. */
  readonly index: number;
  readonly candidates: readonly string[];
  /** What it is, in short. */
  readonly caption: string;
  /** What it is, in words that follow "Edge weights". */
  readonly phrase: string;
  /** Its place in the grid of its cell, from 0. */
  readonly row: number;
  readonly column: number;
}

/** One searched cell as a report shows it. */
export interface CellView {
  /** Its name in `keptOperations`. */
  readonly name: string;
  /** Its name among the lines of a chart. */
  readonly label: string;
  readonly title: string;
  /** Columns of its grid. */
  readonly columns: number;
  /** Rows of its grid. */
  readonly rows: number;
  readonly edges: readonly EdgeView[];
}

const NAMES = {
  normal: { label: 'normal', title: 'Normal cell' },
  reduce: { label: 'reduction', title: 'Reduction cell' },
  cell: { label: 'cell', title: 'Cell' },
} as const;

const INPUTS = { 1: ['c(k−1)'], 2: ['c(k−2)', 'c(k−1)'] } as const;

function searchedCells(space: CellSpace): readonly CellView[] {
  const inputs = cellInputs(space) as 1 | 2;
  return Object.entries(alphaCandidates(space)).map(([name, rows]) => {
    const { label, title } = NAMES[name as keyof typeof NAMES];
    return {
      name,
      label,
      title,
      columns: space.nodes - 1 + inputs,
      rows: space.nodes,
      edges: (rows as readonly (readonly string[])[]).map((candidates, index): EdgeView => {
        const { node, input } = edgeEnds(index, inputs);
        const from = INPUTS[inputs][input] ?? `node ${input - inputs}`;
        return {
          alpha: name,
          index,
          candidates,
          caption: `${from} → ${node}`,
          phrase: `from ${from} to node ${node} of the ${title.toLowerCase()}`,
          row: node,
          column: input,
        };
      }),
    };
  });
}

/** Columns of the grid of a mobile space's layers. */
const COLUMNS = 4;

function searchedLayers(space: MobileSpace): readonly CellView[] {
  const edges = space.layers.map(
    ({ filters }, i): EdgeView => ({
      alpha: `layer_${i}`,
      index: 0,
      candidates: alphaCandidates(space)[`layer_${i}`]![0]!,
      caption: `layer ${i}, ${filters} channels`,
      phrase: `of layer ${i} with ${filters} channels`,
      row: Math.floor(i / COLUMNS),
      column: i % COLUMNS,
    }),
  );
  const rows = Math.ceil(edges.length / COLUMNS);
  return [{ name: 'layers', label: 'layers', title: 'Layers', columns: COLUMNS, rows, edges }];
}

function searchedEdges(space: ModelSpace): readonly CellView[] {
  const edges = Object.entries(space.edges).map(
    ([name, candidates], i): EdgeView => ({
      alpha: name,
      index: 0,
      candidates,
      caption: name,
      phrase: `of the edge ${name}`,
      row: Math.floor(i / COLUMNS),
      column: i % COLUMNS,
    }),
  );
  const rows = Math.ceil(edges.length / COLUMNS);
  return [{ name: 'edges', label: 'edges', title: 'Edges', columns: COLUMNS, rows, edges }];
}

const views: { readonly [kind in AnySpace['kind']]: (space: never) => readonly CellView[] } = {
  darts: searchedCells,
  'nas-bench-201': searchedCells,
  mobile: searchedLayers,
  model: searchedEdges,
};

/** The searched cells of a space with their edges, or its layers, or a model's edges, in the order of reading. */
export function cellViews(space: AnySpace): readonly CellView[] {
  return views[space.kind](space as never);
}

/** The operation that a genotype keeps on an edge; undefined if the edge did not survive. */
export function keptOn(genotype: GenotypeOf<AnySpace>, { alpha, row, column }: EdgeView): string | undefined {
  if (Array.isArray(genotype)) return (genotype as NasBench201Cell)[row]![column]![0];
  const own = (genotype as ModelGenotype)[alpha];
  if (typeof own === 'string') return own;
  const { layers } = genotype as MobileGenotype;
  if (layers) return layers[Number(alpha.slice('layer_'.length))];
  return (genotype as Genotype)[alpha as CellType]
    .slice(2 * row, 2 * row + 2)
    .find(([, from]) => from === column)?.[0];
}
