// Somebody else's program, compiled and run outside the repository against the packed library.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  adam,
  archVariables,
  createSupernet,
  darts,
  gaussianNoise,
  NoisyMixedOp,
  weightVariables,
} from 'noisydarts';
import { epochBatches } from 'noisydarts/data';
import { prefetch, readIdx, threadedEngine } from 'noisydarts/node';
import { stream } from 'noisydarts/random';
import { alphaStep } from 'noisydarts/search';
import { enableWasmTraining } from 'noisydarts/wasm';

const name = process.argv[2] ?? 'cpu';
if (name === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
else await import('@tensorflow/tfjs-backend-wasm');
await tf.setBackend(name);
await tf.ready();
if (name === 'wasm') await enableWasmTraining();

const edge = new NoisyMixedOp({
  candidates: ['skip_connect', 'sep_conv_3x3'],
  noise: gaussianNoise({ std: 0.2 }),
  seed: 3,
});
const input = tfl.input({ shape: [8, 8, 4] });
const pooled = tfl.layers.globalAveragePooling2d({}).apply(edge.apply(input));
const model = tfl.model({
  inputs: input,
  outputs: tfl.layers.dense({ units: 3, activation: 'softmax' }).apply(pooled) as tfl.SymbolicTensor,
});
model.compile({ optimizer: tf.train.sgd(0.05), loss: 'categoricalCrossentropy' });

const x = tf.randomNormal<tf.Rank.R4>([6, 8, 8, 4], 0, 1, 'float32', 7);
const y = tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32'), 3);
const first = (await model.trainOnBatch(x, y)) as number;
let last = first;
for (let step = 0; step < 3; step++) last = (await model.trainOnBatch(x, y)) as number;

const alphas = archVariables(edge);
if (alphas.length !== 1 || weightVariables(edge).includes(alphas[0]!))
  throw new Error('alpha is among the weights');
if (model.trainableWeights.some((weight) => weight.read() === alphas[0]))
  throw new Error('alpha is trainable');
const moved = tf.train.adam(0.1);
moved.minimize(() => tf.mean(tf.square(edge.apply(x, { training: true }) as tf.Tensor)), false, alphas);

const { op, weight } = edge.decode();
const known: 'skip_connect' | 'sep_conv_3x3' = op;
// @ts-expect-error A candidate that this edge does not have.
const unknown: 'max_pool_3x3' = op;

if (name === 'wasm') {
  const supernet = createSupernet({
    space: darts(),
    channels: 2,
    cells: 2,
    classes: 3,
    inputShape: [8, 8, 4],
  });
  const engine = await threadedEngine(supernet, { threads: 2, inputShape: [8, 8, 4] });
  const loss = await alphaStep(
    engine,
    adam({ learningRate: 3e-4 }),
    { x, y: tf.argMax(y, 1) },
    { epoch: 0, step: 0 },
  );
  await engine.dispose();
  if (!Number.isFinite(loss)) throw new Error(`threads: the loss is ${loss}`);

  const folder = await mkdtemp(join(tmpdir(), 'consumer-'));
  const [imageFile, labelFile] = [join(folder, 'images'), join(folder, 'labels')];
  await writeFile(imageFile, Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 1, 10, 20, 30));
  await writeFile(labelFile, Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3));
  const digits = await prefetch(await readIdx({ images: imageFile, labels: labelFile }));
  let seen = 0;
  for await (const batch of epochBatches(digits, { batchSize: 2, stream: stream(1), epoch: 0 })) {
    const [pixels, classes] = [await batch.x.data(), await batch.y.data()];
    for (const [i, label] of classes.entries()) if (Math.round(pixels[i]! * 255) === 10 * label) seen += 1;
    tf.dispose([batch.x, batch.y]);
  }
  await digits.dispose();
  await rm(folder, { recursive: true });
  if (seen !== 3) throw new Error(`prefetch: ${seen} images of 3`);
}
console.log(
  `${name}: loss ${first.toFixed(4)} -> ${last.toFixed(4)}, ${known} ${weight.toFixed(3)}${unknown ? '' : '!'}`,
);
