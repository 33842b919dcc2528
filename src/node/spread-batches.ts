import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch, Dataset } from '../data';
import type { Thread } from './thread';

/** Batches that a worker has at a time: one to compute and one to go on with while this thread computes one itself. */
const AHEAD = 2;

/**
 * Gives whole batches to whichever thread is free, and what comes of them in the batches' order.
 *
 * @param count - How many batches there are.
 * @param ask - Has a worker compute one.
 * @param own - Computes one here.
 */
export async function* spreadBatches<T>(
  batches: AsyncIterable<Batch<Dataset>>,
  count: number,
  workers: readonly Thread[],
  ask: (worker: Thread, batch: Batch<Dataset>) => Promise<T>,
  own: (batch: Batch<Dataset>) => Promise<T>,
): AsyncGenerator<{ readonly size: number; readonly result: T }, void, undefined> {
  const owed: { size: number; result: Promise<T> }[] = [];
  const take = async () => {
    const { size, result } = owed.shift()!;
    return { size, result: await result };
  };
  let left = count;
  try {
    for await (const batch of batches) {
      left -= 1;
      // Answers are taken in between; a computation of this thread lets none through.
      await setImmediate();
      const freest = workers.reduce<Thread | undefined>((a, b) => (a && a.owes <= b.owes ? a : b), undefined);
      // The last batch is this thread's, unless somebody has nothing to do.
      const given = freest && freest.owes < (left > 0 ? AHEAD : 1);
      const result = (given ? ask(freest, batch) : own(batch)).finally(() => tf.dispose([batch.x, batch.y]));
      result.catch(() => undefined);
      owed.push({ size: batch.size, result });
      while (owed.length > AHEAD * workers.length) yield await take();
    }
    while (owed.length > 0) yield await take();
  } finally {
    await Promise.allSettled(owed.map(({ result }) => result));
  }
}
