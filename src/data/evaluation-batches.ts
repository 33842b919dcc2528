import { checkOptions, type OptionKeys } from '../errors';
import { stream } from '../random';
import { checkFit, type Normalization } from './augment';
import { type Batch, batchCount, requestBatch, toBatch } from './batch';
import type { Dataset } from './dataset';
import { readAhead } from './read-ahead';

/** Options of {@link evaluationBatches}. */
export interface EvaluationBatchesOptions {
  /** Examples a batch. */
  readonly batchSize: number;
  /** The normalisation of the training examples; default none. */
  readonly normalize?: Normalization | undefined;
}

const KEYS = { batchSize: 'count', normalize: 'object' } satisfies OptionKeys<EvaluationBatchesOptions>;

/** Normalisation draws nothing, so any key will do. */
const { key } = stream('evaluation');

/**
 * Every example once, in the order of the data set and not augmented; the last batch may be smaller.
 *
 * @throws RangeError if an example is not usable or the normalisation is of other channels.
 */
export function evaluationBatches<D extends Dataset>(
  dataset: D,
  options: EvaluationBatchesOptions,
): AsyncGenerator<Batch<D>, void, undefined> {
  checkOptions('evaluationBatches', options, KEYS);
  const { batchSize, normalize } = options;
  const count = batchCount(dataset, { batchSize });
  checkFit('evaluationBatches', { normalize }, dataset);
  return (async function* () {
    const at = readAhead(dataset.readAhead ?? 0, (position) => {
      if (position >= count) return undefined;
      const from = position * batchSize;
      const length = Math.min(batchSize, dataset.size - from);
      const indices = Int32Array.from({ length }, (_, i) => from + i);
      return requestBatch(dataset, { indices, augment: normalize && { normalize }, key });
    });
    for (let position = 0; position < count; position++) yield toBatch(dataset, await at(position));
  })();
}
