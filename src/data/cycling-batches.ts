import { checkOptions, type OptionKeys, requireKind } from '../errors';
import { type Batch, toBatch } from './batch';
import type { Dataset, ImageDataset } from './dataset';
import { readAhead } from './read-ahead';
import { epochOrder, SHUFFLED_KEYS, type ShuffledOptions, shuffledBatch, shuffledCount } from './shuffled';

/** Options of {@link cyclingBatches}. */
export interface CyclingBatchesOptions extends ShuffledOptions {
  /** Batches handed out before; default 0. */
  readonly position?: number | undefined;
}

const KEYS = { ...SHUFFLED_KEYS, position: 'whole' } satisfies OptionKeys<CyclingBatchesOptions>;

/** Shuffled batches without end. */
export interface CyclingBatches<D extends Dataset = ImageDataset> {
  /** Batches handed out so far: the whole state. Set it to go on from there. */
  position: number;
  /** Batches until the examples are shuffled anew. */
  readonly batchesPerCycle: number;
  /** The batch at `position`, which moves on by one. */
  next(): Promise<Batch<D>>;
  /** The batch at any position; the stream does not move. */
  at(position: number): Promise<Batch<D>>;
}

/**
 * Shuffled batches without end, for the validation side of a search: when all examples were used, they are shuffled anew.
 *
 * Batch p is batch p mod n of {@link epochBatches} in epoch floor(p / n), with n batches a cycle, so one integer
 * restores the stream bit for bit.
 *
 * @throws RangeError if an example is not usable, the augmentation does not fit the examples, or a position is not a whole
 * number.
 */
export function cyclingBatches<D extends Dataset>(
  dataset: D,
  options: CyclingBatchesOptions,
): CyclingBatches<D> {
  checkOptions('cyclingBatches', options, KEYS);
  const { stream } = options;
  const batchesPerCycle = shuffledCount('cyclingBatches', dataset, options);
  let position = 0;
  let shuffled: { readonly cycle: number; readonly order: Int32Array } | undefined;
  const rawAt = readAhead(dataset.readAhead ?? 0, (index) => {
    const cycle = Math.floor(index / batchesPerCycle);
    if (shuffled?.cycle !== cycle) shuffled = { cycle, order: epochOrder(dataset, stream, cycle) };
    return shuffledBatch(dataset, options, shuffled.order, cycle, index % batchesPerCycle);
  });

  const batches: CyclingBatches<D> = {
    batchesPerCycle,
    get position() {
      return position;
    },
    set position(value) {
      requireKind('cyclingBatches', 'position', value, 'whole');
      position = value;
    },
    next() {
      return batches.at(position++);
    },
    async at(index) {
      requireKind('cyclingBatches', 'position', index, 'whole');
      return toBatch(dataset, await rawAt(index));
    },
  };
  batches.position = options.position ?? 0;
  return batches;
}
