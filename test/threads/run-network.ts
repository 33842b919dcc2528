import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { memoryStore, sgd, weightVariables } from 'noisydarts';
import { fromTensors } from 'noisydarts/data';
import {
  evaluateNetwork,
  putWeights,
  setDropPath,
  takeWeights,
  trainingStep,
  trainNetwork,
} from 'noisydarts/network';
import { threadedNetwork } from 'noisydarts/node';
import { regression } from 'noisydarts/tasks';
import { enableWasmTraining } from 'noisydarts/wasm';
import { type NetworkGradients, networkGradients } from '../../src/network/training/engine';
import { plainTask, taskOf } from '../../src/tasks/task';
import { halves, tinyNetwork } from '../tensor/network/training/support';

// Run by network.test.ts in a process of its own, where worker threads can load TypeScript. Prints one JSON line.

const THREADS = 3;
await tf.setBackend('wasm');
await enableWasmTraining();
const side = 16;
const images = halves(31, side);
const network = tinyNetwork({ cells: 1, inputShape: [side, side, 1], auxiliary: true, seed: 4 });
const start = await takeWeights(network);
const before = tf.memory().numTensors;
const engine = await threadedNetwork(network, { threads: THREADS });
const said = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing',
    (error: Error) => error.message,
  );

/** What stands for numbers, all of their bits. */
const digest = (arrays: readonly ArrayLike<number>[]) => {
  const hash = createHash('sha256');
  for (const array of arrays) hash.update(Float32Array.from(array));
  return hash.digest('hex');
};

/** A training from the first weights, all of it or from a checkpoint, for some steps or to its end. */
async function train(resume?: Uint8Array, steps = Number.POSITIVE_INFINITY, using = engine) {
  if (!resume) putWeights(network, start);
  const store = memoryStore();
  const losses: number[] = [];
  let heldOut: unknown;
  for await (const event of trainNetwork({
    network,
    engine: using,
    train: images,
    heldOut: 0.25,
    epochs: 2,
    batchSize: 8,
    evaluationBatchSize: 2,
    dropPath: 0.4,
    augment: { flip: true, mixup: { alpha: 0.4 } },
    checkpoint: { store, everySteps: 1 },
    ...(resume && { resume }),
  })) {
    if (event.type === 'step') losses.push(event.trainLoss, event.auxiliaryLoss!);
    if (event.type === 'done') heldOut = event.heldOut;
    if (event.type === 'checkpoint' && event.step === steps) break;
  }
  const weights = digest((await takeWeights(network)).map(({ data }) => data));
  return { losses, heldOut, weights, checkpoint: (await store.load())! };
}

// Of what the parts give by themselves, the mean.
const moment = { epoch: 0, step: 7, pass: 0 };
const batch = {
  x: tf.randomNormal([8, side, side, 1], 0, 1, 'float32', 1),
  y: tf.tensor1d([0, 1, 1, 0, 1, 0, 0, 1], 'int32'),
};
setDropPath(network, 0.5);
const shared = await engine.gradients(batch, { moment, auxiliaryWeight: 0.3 });
const alone: (NetworkGradients & { readonly share: number })[] = [];
for (const [shard, [from, size]] of [
  [0, 3],
  [3, 3],
  [6, 2],
].entries()) {
  const part = { x: tf.slice(batch.x, from!, size!), y: tf.slice(batch.y, from!, size!) };
  const when = { moment: { ...moment, shard }, auxiliaryWeight: 0.3 };
  alone.push({
    share: size! / 8,
    ...(await networkGradients(network, taskOf(plainTask, 'test'), part, when)),
  });
  tf.dispose(part);
}
const means = alone[0]!.grads.map((_, i) => {
  const sum = new Float32Array(alone[0]!.grads[i]!.size);
  for (const { share, grads } of alone) {
    const part = grads[i]!.dataSync();
    for (let j = 0; j < sum.length; j++) sum[j]! += share * part[j]!;
  }
  return sum;
});
const mean = (values: readonly number[]) =>
  values.reduce((sum, value, i) => sum + alone[i]!.share * value, 0);
const gradients = {
  shared: { losses: shared.losses, grads: digest(shared.grads.map((grad) => grad!.dataSync())) },
  parts: { losses: [0, 1].map((i) => mean(alone.map(({ losses }) => losses[i]!))), grads: digest(means) },
};
tf.dispose([batch.x, batch.y, ...[shared, ...alone].flatMap(({ grads }) => grads as tf.Tensor[])]);

const { checkpoint: _, ...whole } = await train();
const { losses, checkpoint } = await train(undefined, 3);
const { checkpoint: __, ...rest } = await train(checkpoint);
const resumed = { ...rest, losses: [...losses, ...rest.losses] };

const options = { batchSize: 4 };
const evaluated = {
  shared: await engine.evaluate(images, options),
  alone: await evaluateNetwork(network, images, options),
};
const { shape, values } = await engine.predict(images, options);
const raw = await images.read(Array.from({ length: 31 }, (_, i) => i));
const outputs = tf.tidy(() =>
  Array.from({ length: 8 }, (_, i) => {
    const x = tf.tensor4d(raw.images.slice(4 * i * side ** 2, 4 * (i + 1) * side ** 2), [
      Math.min(4, 31 - 4 * i),
      side,
      side,
      1,
    ]);
    return Array.from((network.apply(x, { training: false }) as tf.Tensor[])[0]!.dataSync());
  }).flat(),
);
const predicted = {
  shape,
  same: outputs.every((value, i) => value === values[i]) && outputs.length === values.length,
};

const messages = [
  await said(train(checkpoint, 9, await threadedNetwork(network, { threads: 1 }))),
  await said(engine.predict(halves(4))),
];
await engine.dispose();
messages.push(await said(engine.evaluate(images)));
const leaked = tf.memory().numTensors - before;

// A model of somebody's own, of another task, part of which does not train.
const own = sequential({
  layers: [
    layers.flatten({ inputShape: [4, 4, 1] }),
    layers.dense({ units: 3, kernelInitializer: 'ones', activation: 'relu' }),
    layers.dense({ units: 2, kernelInitializer: 'ones' }),
  ],
});
own.layers[1]!.trainable = false;
const task = regression();
const numbers = await fromTensors(tf.randomNormal([9, 4, 4, 1], 0, 1, 'float32', 3), tf.ones([9, 2]));
const other = await threadedNetwork(own, { threads: 2, task });
const { x, y } = { x: tf.ones([5, 4, 4, 1]), y: tf.ones([5, 2]) };
const optimizer = sgd({ learningRate: 0.1 });
const trained = weightVariables(own).length;
const { loss } = await trainingStep(own, optimizer, { x, y }, { moment, task, engine: other });
const ofNumbers = {
  trained,
  loss,
  shared: await other.evaluate(numbers, { batchSize: 2 }),
  alone: await evaluateNetwork(own, numbers, { batchSize: 2, task }),
};
messages.push(await said(trainingStep(network, optimizer, { x, y }, { moment, task, engine: other })));
await other.dispose();
console.log(JSON.stringify({ gradients, whole, resumed, evaluated, predicted, messages, leaked, ofNumbers }));
