import type { WasmInstance } from '../instance';
import type { EdgeLayout, NormPlace } from './layout';

/** Addresses of one norm's numbers. */
export interface NormAddresses {
  readonly mean: number;
  readonly variance: number;
  readonly gain: number;
}

/** Addresses of a norm's numbers below those of all norms. */
export function normAddresses(statistics: number, { at, channels }: NormPlace): NormAddresses {
  const mean = statistics + 4 * at;
  return { mean, variance: mean + 4 * channels, gain: mean + 8 * channels };
}

/** The terms that take part in the sum, and their place in alpha. */
export function presentTerms({ terms }: EdgeLayout): number[] {
  return terms.flatMap((term, k) => (term.kind === 'zero' ? [] : [k]));
}

/** Bytes that {@link writeTable} writes. */
export const tableBytes = (terms: number): number => 16 * terms;

/**
 * Writes the module's table of a mixture: map, mean and gain of each of some terms (the last two null where no norm
 * follows), then their weights. Returns the address of the weights.
 */
export function writeTable(
  module: WasmInstance,
  table: number,
  layout: EdgeLayout,
  some: readonly number[],
  maps: ReadonlyMap<number, number>,
  statistics: number,
  weights: number,
): number {
  const rows = some.flatMap((k) => {
    const stage = layout.terms[k]!.stages.at(-1);
    const norm = stage && normAddresses(statistics, stage.norm);
    return [maps.get(k)!, norm?.mean ?? 0, norm?.gain ?? 0];
  });
  module.words(table, rows.length).set(rows);
  const chosen = table + 12 * some.length;
  const all = module.floats(weights, layout.terms.length);
  module.floats(chosen, some.length).set(some.map((k) => all[k]!));
  return chosen;
}
