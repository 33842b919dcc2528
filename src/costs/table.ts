import { rangeError, requireObject, requireText, typeError } from '../errors';
import { type GenotypeOf, genotypeMixture } from '../genotype';
import { choicesOf } from '../genotype/choices';
import { type AnySpace, mapAlphas } from '../spaces';
import { type CostTerms, expectedCost } from './expected-cost';
import type { NetworkSizes } from './sizes';

/** What a table can hold: measured, or counted. */
export type CostName = 'latency' | 'parameters' | 'multiplyAdds' | 'float32' | 'float16' | 'int8';

/** The unit of each cost. */
export const units: { readonly [N in CostName]: string } = {
  latency: 'ms',
  parameters: 'parameters',
  multiplyAdds: 'multiply-adds',
  float32: 'bytes',
  float16: 'bytes',
  int8: 'bytes',
};

/**
 * What the networks of a space cost, taken apart: `cost = fixed + sum over the edges kept of costs[alpha][row][operation]`.
 * Plain JSON.
 */
export interface CostTable extends CostTerms {
  readonly format: 'noisydarts-costs';
  readonly version: 1;
  readonly cost: CostName;
  readonly unit: string;
  /** Sizes of the networks, as they were given. */
  readonly sizes: NetworkSizes;
}

const MADE = 'pass what measureCosts() or countCosts() returns';

/**
 * Refuses what is no cost table, such as a file that was cut off or is of something else.
 *
 * @returns The table, the same object.
 * @throws TypeError for what is no table; RangeError for one whose costs do not fit its space.
 */
export function checkCostTable<T extends CostTable>(fn: string, table: T): T {
  requireObject(fn, 'the table', table, MADE, 'format', 'version', 'cost', 'space', 'fixed', 'costs');
  const { format, version, cost, space, fixed, costs, joined = 0 } = table;
  if (format !== 'noisydarts-costs' || version !== 1)
    throw typeError(fn, 'the table must be a cost table of version 1', `${format} ${version}`, MADE);
  requireText(fn, 'its cost', cost, MADE);
  if (!Object.hasOwn(units, cost)) throw rangeError(fn, 'its cost must be a known one', cost, MADE);
  // Refuses what is no space.
  choicesOf(fn, space);
  for (const part of [fixed, joined])
    if (!Number.isFinite(part))
      throw rangeError(fn, 'what every network costs must be a finite number', part, MADE);
  mapAlphas(space, (name, rows) => {
    const given = costs[name];
    const fits =
      given?.length === rows.length &&
      rows.every((row, i) => given[i]!.length === row.length && given[i]!.every(Number.isFinite));
    if (!fits) throw rangeError(fn, `the costs of ${name} must be finite, one an operation`, given, MADE);
  });
  return table;
}

/** Reads a table from JSON. @throws TypeError or RangeError for what is no JSON, such as a file cut off, or no table. */
export function costTableFromJson(json: string): CostTable {
  const fn = 'costTableFromJson';
  requireText(fn, 'the JSON', json, 'pass the text of a file');
  let table: CostTable;
  try {
    table = JSON.parse(json) as CostTable;
  } catch (error) {
    throw typeError(fn, `the text must be JSON (${(error as Error).message})`, json, MADE);
  }
  return checkCostTable(fn, table);
}

/**
 * What a table says a genotype's network costs.
 *
 * @throws TypeError or RangeError for what is no table, or a genotype of another space.
 */
export function predictCost<S extends AnySpace>(
  table: CostTable & { readonly space: S },
  genotype: GenotypeOf<S>,
): number {
  checkCostTable('predictCost', table);
  return expectedCost(table, genotypeMixture<AnySpace>(table.space, genotype as GenotypeOf<AnySpace>));
}

/** What the cheapest and the dearest network of a space cost. */
export interface CostRange {
  readonly least: number;
  readonly most: number;
}

/**
 * What the cheapest and the dearest network of a table's space cost: between them lie the limits that make sense.
 *
 * @throws TypeError or RangeError for what is no table.
 */
export function costRange(table: CostTable): CostRange {
  checkCostTable('costRange', table);
  const ends = choicesOf('costRange', table.space).decisions.map(({ take, picks }) => {
    // The best of each row, then the best rows.
    const end = (sign: 1 | -1) => {
      const rows = new Map<number, number>();
      for (const { alpha, row, column } of picks) {
        const cost = sign * table.costs[alpha]![row]![column]!;
        rows.set(row, Math.min(cost, rows.get(row) ?? Number.POSITIVE_INFINITY));
      }
      const best = [...rows.values()].sort((a, b) => a - b).slice(0, take);
      return sign * best.reduce((sum, cost) => sum + cost, 0);
    };
    return [end(1), end(-1)] as const;
  });
  const total = (end: 0 | 1) => ends.reduce((sum, costs) => sum + costs[end], table.fixed);
  // The dearest network has an operation at every node; of the cheapest no edge but one costs anything, or none.
  const { joined = 0, space } = table;
  return { least: total(0), most: total(1) - (space.kind === 'nas-bench-201' ? joined * space.nodes : 0) };
}
