import { parentPort, workerData } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../data/shape';
import { localEngine } from '../search';
import { variablesOf } from '../search/engine';
// All tasks that the library brings.
import '../strategies';
import '../tasks';
import { createSupernet, modelSupernet, type SearchedModel } from '../supernet';
import { fromCopy } from './model-copy';
import { countValues, readVariables, writeVariables } from './shared-variables';
import type { GradientRequest, WorkerAnswer, WorkerStart } from './worker-protocol';

// A thread of threadedEngine(): a supernet of its own on a wasm backend of its own, whose parameters follow the main
// thread's.

const port = parentPort!;
const answer = (message: WorkerAnswer) => port.postMessage(message);

async function start({
  searched,
  inputShape,
  task,
  parameters,
  gradients,
  fast,
  build,
  setup,
}: WorkerStart): Promise<void> {
  await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
  if (fast) {
    const { enableWasmTraining } = await import('../wasm');
    await enableWasmTraining({ build });
  }
  for (const module of setup) await import(module);
  const supernet: SearchedModel =
    'topology' in searched
      ? modelSupernet(await fromCopy(searched))
      : createSupernet({ ...JSON.parse(searched.name), inputShape: [...inputShape] });
  const engine = localEngine(supernet, task);
  const alphas = supernet.archVariables();
  const weights = supernet.weightVariables();
  const values = new Float32Array(parameters);
  const out = new Float32Array(gradients);
  const split = countValues(alphas);

  const gradientsOf = async ({ x: examples, y: answers, target, of, moment }: GradientRequest) => {
    writeVariables(alphas, values.subarray(0, split));
    writeVariables(weights, values.subarray(split));
    const size = answers.length / sizeOf(target);
    const x = tf.tensor(examples, [size, ...inputShape], 'float32');
    const y = tf.tensor(answers, [size, ...target], answers instanceof Int32Array ? 'int32' : 'float32');
    const { loss, metrics, grads } = await engine.gradients({ x, y }, of, moment);
    const variables = variablesOf(supernet, of);
    // A variable outside the loss has no gradient on any thread; the main thread knows which from its own part.
    const dense = variables.map((variable, i) => grads[i] ?? tf.zerosLike(variable));
    await readVariables(dense, out);
    tf.dispose([x, y, ...dense]);
    answer({ kind: 'gradients', loss, metrics });
  };

  port.on('message', (request: GradientRequest) => {
    gradientsOf(request).catch(fail);
  });
  answer({ kind: 'ready' });
}

function fail(error: unknown): void {
  answer({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
}

start(workerData as WorkerStart).catch(fail);
