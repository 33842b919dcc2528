import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { beforeAll } from 'vitest';

/** The backend this run is on: `cpu`, `wasm` (generic bodies), `wasm-fast` (with `enableWasmTraining()`), `webgpu`,
 * `webgpu-fast` (with `enableWebGPUTraining()`), `tensorflow` (a look-alike of tfjs-node) or, in Chromium, `webgl`. */
export const backend: string = import.meta.env.BACKEND ?? 'cpu';

beforeAll(async () => {
  if (backend === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
  else if (backend.startsWith('wasm')) await import('@tensorflow/tfjs-backend-wasm');
  else if (backend === 'webgl') {
    await import('@tensorflow/tfjs-backend-webgl');
    // Small tensors, too, are for the shaders and not for the processor.
    tf.env().set('WEBGL_CPU_FORWARD', false);
    if (!tf.env().getBool('WEBGL_RENDER_FLOAT32_CAPABLE'))
      throw new Error('test/support/backend: this WebGL device has no float32 textures to render to');
  } else if (backend === 'tensorflow') (await import('./tfjs-node-like')).registerTfjsNodeLike();
  else if (!backend.startsWith('webgpu'))
    throw new Error(`test/support/backend: unknown BACKEND, got '${backend}'`);
  if (backend.startsWith('webgpu')) await (await import('noisydarts/node')).registerWebGPU();
  else await tf.setBackend(backend.startsWith('wasm') ? 'wasm' : backend);
  await tf.ready();
  if (backend === 'wasm-fast') {
    const { enableWasmTraining } = await import('noisydarts/wasm');
    if (!(await enableWasmTraining()))
      throw new Error('test/support/backend: the fast kernels do not run here');
  }
  if (backend === 'webgpu-fast') await (await import('noisydarts/webgpu')).enableWebGPUTraining();
});
