import { rangeError } from '../errors';
import { genotypeMixture } from '../genotype';
import { type AnySpace, mapAlphas } from '../spaces';
import type { EpochRecord } from './events';

/** Refuses a line of history that no search of the space has written. */
export function checkRecord<S extends AnySpace>(space: S, record: EpochRecord<S>): void {
  try {
    genotypeMixture(space, record.genotype);
    mapAlphas(space, (name, rows) => {
      const weights = record.alphas[name as never] as unknown as number[][];
      if (weights.length !== rows.length || weights.some((row, i) => row.length !== rows[i]!.length))
        throw weights;
    });
  } catch {
    throw rangeError(
      'search',
      `the checkpoint's history must hold alphas and a genotype of ${space.name}`,
      record,
      'use the checkpoint of such a run, or start the run anew',
    );
  }
}
