import { rangeError } from '../errors';
import { genotypeMixture } from '../genotype';
import type { LayerWeight } from '../layers';
import { variableOf } from '../layers/noisy-darts-layer';
import { unpackOptions } from '../layers/options';
import { type StoredParts, unpackRun } from '../runs';
import { decodeCheckpoint } from '../runs/checkpoint';
import { mapAlphas, type SearchSpace } from '../spaces';
import type { Supernet } from '../supernet';
import type { EpochRecord } from './events';

/** A weight's name below the supernet; the supernet's own name differs from run to run. */
const nameBelow = (weight: LayerWeight) => weight.originalName.slice(weight.originalName.indexOf('/') + 1);

/** What a checkpoint holds of a supernet. */
export function storedSupernet({ weights }: Supernet): Pick<StoredParts, 'subject' | 'variables'> {
  return {
    subject: 'supernet',
    variables: new Map(weights.map((weight) => [nameBelow(weight), variableOf(weight)])),
  };
}

/** Refuses a line of history that no search of the space has written. */
export function checkRecord<S extends SearchSpace>(space: S, record: EpochRecord<S>): void {
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
 * @param supernet - Built, with the options of that run's.
 * @throws RangeError if the bytes are no checkpoint, or one of another supernet; nothing has changed then.
 */
export function restoreSupernet<S extends SearchSpace>(supernet: Supernet<S>, bytes: Uint8Array): void {
  const { settings } = (decodeCheckpoint(bytes).meta ?? {}) as { settings?: Record<string, unknown> };
  unpackRun(
    bytes,
    { fn: 'restoreSupernet', ...storedSupernet(supernet as unknown as Supernet), trained: {} },
    { ...settings, supernet: unpackOptions(supernet.getConfig().options) },
    () => undefined,
  );
}
