import { rangeError } from '../errors';
import { genotypeMixture } from '../genotype';
import { type StoredParts, unpackRun } from '../runs';
import { decodeCheckpoint } from '../runs/checkpoint';
import { type AnySpace, mapAlphas } from '../spaces';
import type { Searchable } from '../supernet';
import type { EpochRecord } from './events';

/** What a checkpoint holds of a supernet. */
export function storedSupernet<S extends AnySpace>(
  supernet: Searchable<S>,
): Pick<StoredParts, 'subject' | 'variables'> {
  return { subject: supernet.subject, variables: supernet.namedVariables() };
}

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

/**
 * Gives a supernet the weights, alphas and running statistics of a checkpoint of {@link search}, to look at what a run has
 * come to. Going on with the run is the option `resume`.
 *
 * @param supernet - Built, with the options of that run's; of a model `modelSupernet(model)`.
 * @throws RangeError if the bytes are no checkpoint, or one of another supernet; nothing has changed then.
 */
export function restoreSupernet<S extends AnySpace>(supernet: Searchable<S>, bytes: Uint8Array): void {
  const { settings } = (decodeCheckpoint(bytes).meta ?? {}) as { settings?: Record<string, unknown> };
  unpackRun(
    bytes,
    { fn: 'restoreSupernet', ...storedSupernet(supernet), trained: {} },
    { ...settings, [supernet.subject]: supernet.description },
    () => undefined,
  );
}
