import * as tf from '@tensorflow/tfjs-core';

/** What a command line says of the backend. */
export interface BackendSettings {
  readonly backend: 'wasm' | 'cpu';
  /** Whether the wasm backend gets this library's training kernels. */
  readonly fast: boolean;
}

/** Makes the backend of a run the one that tfjs uses. */
export async function useBackend({ backend, fast }: BackendSettings): Promise<void> {
  if (backend === 'cpu') {
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    return;
  }
  await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
  if (fast) {
    const { enableWasmTraining } = await import('noisydarts/wasm');
    await enableWasmTraining();
  }
}
