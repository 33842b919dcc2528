import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { beforeAll } from 'vitest';

/** The backend this run is on: `cpu`, `wasm` (generic bodies) or `wasm-fast` (with `enableWasmTraining()`). */
export const backend = process.env.BACKEND ?? 'cpu';

beforeAll(async () => {
  if (backend === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
  else if (backend.startsWith('wasm')) await import('@tensorflow/tfjs-backend-wasm');
  else throw new Error(`test/support/backend: unknown BACKEND, got '${backend}'`);
  await tf.setBackend(backend === 'cpu' ? 'cpu' : 'wasm');
  await tf.ready();
  if (backend === 'wasm-fast') {
    const { enableWasmTraining } = await import('noisydarts/wasm');
    if (!(await enableWasmTraining()))
      throw new Error('test/support/backend: the fast kernels do not run here');
  }
});
