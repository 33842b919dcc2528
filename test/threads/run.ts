import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { memoryStore, NoisyMixedOp, search } from 'noisydarts';
import { threadedEngine } from 'noisydarts/node';
import { regression } from 'noisydarts/tasks';
import { halves, tinySupernet } from '../tensor/search/support';
import { strategies } from '../tensor/strategies/support';

// Run by threads.test.ts in a process of its own, where worker threads can load TypeScript. Prints one JSON line.

const [mode, threads] = [process.argv[2]!, Number(process.argv[3])];
await tf.setBackend('wasm');
const supernet = tinySupernet();

/** A model of somebody's own, a layer of which does not train. */
function ownModel(
  first = layers.conv2d({ filters: 2, kernelSize: 3, kernelInitializer: 'ones', trainable: false }),
) {
  const model = sequential({
    layers: [layers.reshape({ inputShape: [6, 6, 1], targetShape: [6, 6, 1] }), first],
  });
  model.add(new NoisyMixedOp({ name: 'edge', candidates: ['skip_connect', 'nor_conv_3x3'], seed: 1 }));
  model.add(layers.flatten());
  model.add(layers.dense({ units: 2, kernelInitializer: 'zeros' }));
  return model;
}

/** A class that no other thread knows. */
class Twice extends layers.Layer {
  override call(x: tf.Tensor | tf.Tensor[]) {
    return tf.mul([x].flat()[0]!, 2);
  }
  override computeOutputShape(shape: number[]) {
    return shape;
  }
  static className = 'Twice';
}

/** A module that does something in a worker at the nth request. */
const atRequest = (n: number, what: string) =>
  `data:text/javascript,import { parentPort } from 'node:worker_threads'; let n = 0; parentPort.on('message', () => { if (++n === ${n}) ${what}; });`;
const setup: Record<string, string[]> = {
  death: [atRequest(5, 'process.exit(1)')],
  blocked: [atRequest(1, 'for (;;);')],
};
const model = mode === 'model' ? ownModel() : undefined;
/** What is said of a model that another thread cannot make. */
const message =
  model &&
  (await threadedEngine(ownModel(new Twice() as never), { threads, inputShape: [6, 6, 1] }).catch(
    (error: Error) => error.message,
  ));
const engine = await threadedEngine(model ?? supernet, {
  threads,
  inputShape: [6, 6, 1],
  fast: false,
  setup: setup[mode] ?? [],
  ...(mode === 'blocked' && { timeLimit: 1 }),
});
const images = halves('some', 9).read(Array.from({ length: 9 }, (_, i) => i));
const batch = { x: tf.tensor4d(images.images, [9, 6, 6, 1]), y: tf.tensor1d(images.labels, 'int32') };

const options = { train: halves('train', 12), valid: halves('valid', 8), epochs: 2, batchSize: 4 };

async function gradients(of: 'weights' | 'alphas' | 'both', step: number) {
  const { loss, metrics, grads } = await engine.gradients(batch, of, { epoch: 0, step, pass: 0 });
  const values = grads.map((grad) => Array.from(grad!.dataSync()));
  tf.dispose(grads.filter((grad) => grad !== null));
  return { loss, accuracy: metrics.accuracy, values };
}

if (mode === 'gradients') {
  await gradients('weights', 0);
  const before = tf.memory().numTensors;
  const first = await gradients('weights', 1);
  const again = await gradients('weights', 1);
  const alphas = await gradients('alphas', 1);
  const both = await gradients('both', 1);
  const leaked = tf.memory().numTensors - before;
  console.log(JSON.stringify({ first, again, alphas, both, leaked }));
} else if (mode === 'strategies') {
  const results: Record<string, { readonly whole: number[]; readonly resumed: number[] }> = {};
  for (const strategy of strategies) {
    const searched = tinySupernet(7, strategy);
    const own = await threadedEngine(searched, { threads, fast: false });
    const store = memoryStore();
    let resume: Awaited<ReturnType<typeof store.load>>;
    const losses = async (more: object) => {
      const all: number[] = [];
      const run = search({ supernet: searched, engine: own, ...options, ...more });
      for await (const event of run) {
        if (event.type !== 'step') continue;
        all.push(event.trainLoss, event.validLoss!);
        if (event.step === 2) resume = await store.load();
      }
      return all;
    };
    const whole = await losses({ checkpoint: { store, everySteps: 1 } });
    results[strategy.kind] = { whole, resumed: await losses({ resume }) };
    await own.dispose();
  }
  console.log(JSON.stringify(results));
} else if (mode === 'model') {
  const losses: number[] = [];
  for await (const event of search({ model: model!, engine, ...options }))
    if (event.type === 'step') losses.push(event.trainLoss);
  console.log(JSON.stringify({ losses, message }));
} else if (mode === 'task') {
  const inputShape = [6, 6, 1];
  const batch = { x: tf.ones([9, ...inputShape]), y: tf.ones([9, 2]) };
  const moment = { epoch: 0, step: 0, pass: 0 };
  const own = new URL('./own-task.ts', import.meta.url);
  await import(own.href);
  const results: unknown[] = [];
  for (const [task, modules] of [
    [regression(), []],
    [{ kind: 'own' }, [own]],
  ] as const) {
    const some = await threadedEngine(supernet, { threads, inputShape, task, fast: false, setup: modules });
    const { loss, metrics, grads } = await some.gradients(batch, 'weights', moment);
    results.push({ loss, metrics, grads: grads.filter((grad) => grad !== null).length });
    tf.dispose(grads.filter((grad) => grad !== null));
    await some.dispose();
  }
  const refused = await threadedEngine(supernet, { threads, inputShape, task: { kind: 'own' } }).catch(
    (error: Error) => error.message,
  );
  console.log(JSON.stringify({ results, refused }));
} else if (mode === 'disposed' || mode === 'blocked') {
  const before = tf.memory().numTensors;
  const running = Promise.allSettled([gradients('weights', 0), gradients('alphas', 0)]);
  if (mode === 'disposed') await engine.dispose();
  const messages = (await running).map((each) => (each as PromiseRejectedResult).reason.message);
  console.log(JSON.stringify({ messages, leaked: tf.memory().numTensors - before }));
} else if (mode === 'together') {
  const apart = [await gradients('weights', 1), await gradients('alphas', 1)];
  const together = await Promise.all([gradients('weights', 1), gradients('alphas', 1)]);
  console.log(JSON.stringify({ apart, together }));
} else {
  const store = memoryStore();
  const run = search({ supernet, engine, ...options, checkpoint: { store, everySteps: 1 } });
  let message = '';
  try {
    for await (const _ of run);
  } catch (error) {
    message = (error as Error).message;
  }
  console.log(JSON.stringify({ message, stored: (await store.load())?.length ?? 0 }));
}
await engine.dispose();
