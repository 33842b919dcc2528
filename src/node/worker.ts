import { parentPort, workerData } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
// All strategies and tasks that the library brings.
import '../strategies';
import '../tasks';
import { addUp } from './add-up';
import { readVariables, writeVariables } from './shared-variables';
import type { Handlers, WorkerAnswer, WorkerRequest, WorkerStart } from './worker-protocol';
import { networkSubject, searchSubject, type WorkerSubject } from './worker-subjects';

// A thread of threadedEngine() or threadedNetwork(): a copy of what they compute with on a wasm backend of its own, whose
// parameters follow the main thread's.

const port = parentPort!;
const say = (message: WorkerAnswer) => port.postMessage(message);

async function start(given: WorkerStart): Promise<void> {
  const { subject, task, index, build, setup } = given;
  await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
  if (build) {
    const { enableWasmTraining } = await import('../wasm');
    await enableWasmTraining({ build });
  }
  for (const module of setup) await import(module);
  const parameters = new Float32Array(given.parameters);
  const gradients = given.gradients.map((buffer) => new Float32Array(buffer));
  const made: WorkerSubject =
    subject.kind === 'network' ? await networkSubject(subject, task) : await searchSubject(subject, task);
  const handlers: Handlers = {
    ...made.handlers(async (variables, { losses, metrics, grads }) => {
      // A variable outside the loss has no gradient on any thread; the main thread knows which from its own part.
      const dense = variables.map((variable, i) => grads[i] ?? tf.zerosLike(variable));
      await readVariables(dense, gradients[index]!).finally(() => tf.dispose(dense));
      return { losses, metrics };
    }),
    async add({ shares, from, to }) {
      addUp(gradients, shares, from, to);
      return null;
    },
  };

  let version = 0;
  const answer = async ([kind, ask]: WorkerRequest) => {
    const handle = handlers[kind] as (ask: unknown) => Promise<unknown>;
    if ('version' in ask && ask.version !== version) {
      writeVariables(made.variables, parameters);
      version = ask.version;
    }
    say({ kind: 'answer', answer: await handle(ask) });
  };
  let turn = Promise.resolve();
  port.on('message', (request: WorkerRequest) => {
    turn = turn.then(() => answer(request)).catch(fail);
  });
  say({ kind: 'answer', answer: null });
}

function fail(error: unknown): void {
  say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
}

start(workerData as WorkerStart).catch(fail);
