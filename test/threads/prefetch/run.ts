import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { type ImageDataset, normalizations, split, subset } from 'noisydarts';
import {
  augmentation,
  type Batch,
  cyclingBatches,
  type ExampleBatch,
  epochBatches,
  evaluationBatches,
} from 'noisydarts/data';
import { prefetch, readCifar10, readImageFolder, readMnist, readSvhn } from 'noisydarts/node';
import { stream } from 'noisydarts/random';
import openOwn from './own-data';

// Run by prefetch.test.ts in a process of its own, where worker threads can load TypeScript. Prints one JSON line.

const [mode, folder = ''] = process.argv.slice(2);
await tf.setBackend('cpu');

/** A short text that tells two batches apart. */
async function digest({ x, y }: Batch): Promise<string> {
  const pixels = await x.data();
  let sum = 0;
  for (const [i, value] of pixels.entries()) sum = (sum * 31 + value * ((i % 97) + 1)) % 1e6;
  const text = `${[...(await y.data())].join(' ')}: ${sum} ${pixels.length}`;
  tf.dispose([x, y]);
  return text;
}

async function collect(batches: AsyncIterable<Batch>): Promise<string[]> {
  const all: string[] = [];
  for await (const batch of batches) all.push(await digest(batch));
  return all;
}

/** Everything a search or a training asks of a data set, with a resume in the middle of an epoch. */
async function everything(dataset: ImageDataset): Promise<string[]> {
  const colour = dataset.shape[2] === 3;
  const normalize = colour ? normalizations.cifar10 : { mean: [0.3], std: [0.4] };
  const augment = augmentation({ crop: { padding: 1 }, flip: true, normalize, cutout: { length: 4 } });
  const [train, valid] = split(dataset);
  const options = { batchSize: 3, augment };
  const found = [
    ...(await collect(epochBatches(train, { ...options, stream: stream(1, 'train'), epoch: 0 }))),
    ...(await collect(epochBatches(train, { ...options, stream: stream(1, 'train'), epoch: 1, skip: 1 }))),
    ...(await collect(
      epochBatches(subset(train, { from: 1 }), { batchSize: 2, stream: stream(2), epoch: 0 }),
    )),
  ];
  const cycling = cyclingBatches(valid, { ...options, stream: stream(1, 'valid'), position: 1 });
  for (let i = 0; i < 4; i++) found.push(await digest(await cycling.next()));
  found.push(await digest(await cycling.at(9)), await digest(await cycling.next()));
  found.push(...(await collect(evaluationBatches(valid, { batchSize: 4, normalize }))));
  return found;
}

const messageOf = (error: unknown) => `${(error as Error).name}: ${(error as Error).message}`;
const own = new URL('./own-data.ts', import.meta.url);

if (mode === 'same') {
  const datasets = [
    await readCifar10(folder),
    await readSvhn(folder),
    await readMnist(folder),
    await readImageFolder(`${folder}/images`, { size: 8 }),
  ];
  const results: Record<string, { same: boolean; batches: number; read: boolean; leaked: number }> = {};
  for (const dataset of datasets) {
    const before = tf.memory().numTensors;
    const expected = await everything(dataset);
    const ahead = await prefetch(dataset);
    const found = await everything(ahead);
    const [direct, through] = [await dataset.read([0, 1]), await ahead.read([0, 1])];
    await ahead.dispose();
    results[dataset.name] = {
      same: JSON.stringify(found) === JSON.stringify(expected) && new Set(found).size === found.length,
      batches: found.length,
      read: JSON.stringify(direct) === JSON.stringify(through),
      leaked: tf.memory().numTensors - before,
    };
  }
  console.log(JSON.stringify(results));
} else if (mode === 'own') {
  const dataset = openOwn();
  const ahead = await prefetch(dataset, { module: own, ahead: 3 });
  const safe = { from: 0, to: 48 };
  const same =
    JSON.stringify(await everything(subset(ahead, safe))) ===
    JSON.stringify(await everything(subset(dataset, safe)));
  // A failed read is that batch's own; a dead thread is everybody's, those that wait included.
  const one = (index: number) => ahead.prepare!({ indices: Int32Array.of(index), key: [1, 2] });
  const failed = await one(48).catch(messageOf);
  const after = await one(5);
  const [waiting, died] = await Promise.all([one(49).catch(messageOf), one(6).catch(messageOf)]);
  const later = await one(7).catch(messageOf);
  const loop = await collect(evaluationBatches(subset(ahead, safe), { batchSize: 8 })).catch(messageOf);
  const onThisThread = (await ahead.read([3])).labels[0];
  await ahead.dispose();
  const wrong = await prefetch(subset(dataset, safe), { module: own }).catch(messageOf);
  const missing = await prefetch(dataset, { module: new URL('./missing.ts', import.meta.url) }).catch(
    messageOf,
  );
  const notFunction = await prefetch(dataset, { module: new URL('./constant.ts', import.meta.url) }).catch(
    messageOf,
  );
  const noOrigin = await prefetch(dataset).catch(messageOf);
  const noWhole = await prefetch(dataset, { ahead: 0, module: own }).catch(messageOf);
  const disposed = await prefetch(dataset, { module: own });
  const pending = disposed.prepare!({ indices: Int32Array.of(1), key: [1, 2] }).catch(messageOf);
  await disposed.dispose();
  console.log(
    JSON.stringify({
      same,
      failed,
      after: Array.from((after as ExampleBatch).y),
      waiting,
      died,
      later,
      loop,
      onThisThread,
      wrong,
      missing,
      notFunction,
      noOrigin,
      noWhole,
      pending: await pending,
    }),
  );
} else if (mode === 'exit') {
  // Neither disposed nor waited for: the process has to end by itself.
  const ahead = await prefetch(openOwn(), { module: own });
  for await (const batch of epochBatches(subset(ahead, { to: 40 }), {
    batchSize: 4,
    stream: stream(1),
    epoch: 0,
  })) {
    tf.dispose([batch.x, batch.y]);
    break;
  }
  console.log(JSON.stringify('done'));
}
