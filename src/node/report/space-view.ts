import type { Genotype, GenotypeOf, NasBench201Cell } from '../../genotype';
import {
  type AlphaName,
  alphaCandidates,
  type CellType,
  cellInputs,
  edgeEnds,
  type SearchSpace,
} from '../../spaces';

/** One row of an alpha matrix as a report shows it. */
export interface EdgeView {
  /** The matrix it is in. */
  readonly alpha: AlphaName;
  /** Its row there. */
  readonly index: number;
  readonly candidates: readonly string[];
  /** Where the edge comes from, in plain text. */
  readonly from: string;
  /** Where it leads to. */
  readonly to: string;
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

/** The searched cells of a space with their edges, in the order of reading. */
export function cellViews(space: SearchSpace): readonly CellView[] {
  const inputs = cellInputs(space) as 1 | 2;
  return Object.entries(alphaCandidates(space)).map(([name, rows]) => ({
    name,
    ...NAMES[name as keyof typeof NAMES],
    columns: space.nodes - 1 + inputs,
    rows: space.nodes,
    edges: rows.map((candidates, index): EdgeView => {
      const { node, input } = edgeEnds(index, inputs);
      const from = INPUTS[inputs][input] ?? `node ${input - inputs}`;
      return {
        alpha: name as AlphaName,
        index,
        candidates,
        from,
        to: String(node),
        row: node,
        column: input,
      };
    }),
  }));
}

/** The operation that a genotype keeps on an edge; undefined if the edge did not survive. */
export function keptOn(genotype: GenotypeOf, { alpha, row, column }: EdgeView): string | undefined {
  if (Array.isArray(genotype)) return (genotype as NasBench201Cell)[row]![column]![0];
  return (genotype as Genotype)[alpha as CellType]
    .slice(2 * row, 2 * row + 2)
    .find(([, from]) => from === column)?.[0];
}
