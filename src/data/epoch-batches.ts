import { checkOptions, type OptionKeys, rangeError, requireKind } from '../errors';
import { type Batch, toBatch } from './batch';
import type { Dataset } from './dataset';
import { readAhead } from './read-ahead';
import { epochOrder, SHUFFLED_KEYS, type ShuffledOptions, shuffledBatch, shuffledCount } from './shuffled';

/** Options of {@link epochBatches}. */
export interface EpochBatchesOptions extends ShuffledOptions {
  /** Which epoch, from 0. */
  readonly epoch: number;
  /** Batches already done, to go on in the middle of an epoch; default 0. */
  readonly skip?: number | undefined;
}

const KEYS = { ...SHUFFLED_KEYS, epoch: 'whole', skip: 'whole' } satisfies OptionKeys<EpochBatchesOptions>;

/**
 * The shuffled batches of one epoch: every example once, in an order of the epoch's own.
 *
 * The order depends on (stream, epoch) alone and the augmentation on (stream, epoch, position) alone, so going on with
 * `skip` gives bit for bit the batches of an epoch that was not interrupted.
 *
 * @throws RangeError if `skip` is more than the epoch has, the augmentation does not fit the examples, or one is not
 * usable.
 */
export function epochBatches<D extends Dataset>(
  dataset: D,
  options: EpochBatchesOptions,
): AsyncGenerator<Batch<D>, void, undefined> {
  checkOptions('epochBatches', options, KEYS);
  const { stream, epoch, skip = 0 } = options;
  const count = shuffledCount('epochBatches', dataset, options);
  requireKind('epochBatches', 'epoch', epoch, 'whole');
  if (skip > count) {
    throw rangeError(
      'epochBatches',
      `the epoch has only ${count} batches to skip`,
      skip,
      `pass at most ${count}`,
    );
  }
  return (async function* () {
    const order = epochOrder(dataset, stream, epoch);
    const at = readAhead(dataset.readAhead ?? 0, (position) =>
      position < count ? shuffledBatch(dataset, options, order, epoch, position) : undefined,
    );
    for (let position = skip; position < count; position++) yield toBatch(dataset, await at(position));
  })();
}
