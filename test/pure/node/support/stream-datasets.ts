import { setImmediate, setTimeout } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { ImageDataset } from 'noisydarts';
import { augmentation, epochBatches } from 'noisydarts/data';
import { readCifar10, readMnist, readSvhn } from 'noisydarts/node';
import { stream } from 'noisydarts/random';

// Run by memory.test.ts with --expose-gc: opens data sets, goes through a shuffled epoch of each, and prints the most bytes
// that were held in arrays, garbage left out, as one JSON line.

const [folder = ''] = process.argv.slice(2);
const open: Record<string, () => Promise<ImageDataset>> = {
  cifar10: () => readCifar10(folder),
  svhn: () => readSvhn(folder),
  idx: () => readMnist(folder),
};
await tf.setBackend('cpu');

/** Bytes in arrays; the first collection finds the garbage, and the second waits until it is freed. */
async function held(): Promise<number> {
  globalThis.gc!();
  await setImmediate();
  globalThis.gc!();
  return process.memoryUsage().arrayBuffers;
}

const found: Record<string, { opening: number; epoch: number; images: number }> = {};
for (const [name, read] of Object.entries(open)) {
  const before = await held();
  const most = { opening: 0, epoch: 0 };
  let opening = true;
  const watching = (async () => {
    while (opening) {
      most.opening = Math.max(most.opening, (await held()) - before);
      // A collection takes longer than the work between two of them, so not all the time.
      await setTimeout(50);
    }
  })();
  const dataset = await read();
  opening = false;
  await watching;
  const augment = augmentation({ crop: { padding: 4 }, flip: true });
  const options = { batchSize: 64, augment, stream: stream(1), epoch: 0 };
  let images = 0;
  let batches = 0;
  for await (const { x, y, size } of epochBatches(dataset, options)) {
    if (batches++ % 20 === 0) most.epoch = Math.max(most.epoch, (await held()) - before);
    images += size;
    tf.dispose([x, y]);
  }
  found[name] = { ...most, images };
}
console.log(JSON.stringify(found));
