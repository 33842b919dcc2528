import * as tf from '@tensorflow/tfjs-core';
import { rangeError } from '../errors';
import type { InputShape } from '../layers';
import type { Supernet } from '../supernet';

/** Most memory a backend can address, where that is known: WebAssembly's is 32-bit, less a page. */
const LIMITS: Readonly<Record<string, number>> = { wasm: 2 ** 32 - 2 ** 16 };

/**
 * Refuses a batch that cannot fit before hours are spent on it.
 *
 * On a backend whose limit is not known it lets everything pass.
 *
 * @throws RangeError if the estimate is above what the current backend can address.
 */
export async function checkMemory(
  supernet: Supernet,
  inputShape: InputShape,
  batchSize: number,
  threads: number,
): Promise<void> {
  const limit = LIMITS[tf.getBackend()];
  if (limit === undefined) return;
  const { estimateMemory } = await import('../supernet/memory/estimate-memory');
  const needed = (batch: number) => estimateMemory(supernet, { batchSize: batch, inputShape }).bytes;
  const share = Math.ceil(batchSize / threads);
  if (needed(share) <= limit) return;
  let fitting = share;
  while (fitting > 1 && needed(fitting) > limit) fitting = Math.floor(fitting * 0.9);
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  throw rangeError(
    'search',
    `a batch of ${batchSize} images needs about ${gigabytes(needed(share))} a thread, more than the ${gigabytes(limit)} of the ${tf.getBackend()} backend`,
    batchSize,
    `use batchSize ${fitting * threads}, or createSupernet({ recompute: 'cell' })`,
  );
}
