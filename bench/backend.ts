import * as tf from '@tensorflow/tfjs-core';

/** What a benchmark may be told about the backend. */
export interface BackendOptions {
  readonly backend: 'cpu' | 'wasm';
  /** Whether the wasm backend gets this library's training kernels. */
  readonly fast: boolean;
}

/** Makes a backend the current one. Of threads it uses one: more come from an engine that splits the batch. */
export async function useBackend({ backend, fast }: BackendOptions): Promise<void> {
  if (backend === 'cpu') {
    await import('@tensorflow/tfjs-backend-cpu');
  } else {
    const { setThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
    setThreadsCount(1);
  }
  await tf.setBackend(backend);
  await tf.ready();
  if (backend === 'wasm' && fast) {
    const { enableWasmTraining } = await import('noisydarts/wasm');
    await enableWasmTraining();
  }
}

/** Size of the wasm backend's memory in MB, which only ever grows, so that it is the peak; null on other backends. */
export function wasmHeapMb(): number | null {
  const { wasm } = tf.backend() as { wasm?: { HEAPU8: Uint8Array } };
  return wasm ? toMb(wasm.HEAPU8.buffer.byteLength) : null;
}

/** Bytes in MB, rounded. */
export const toMb = (bytes: number): number => Math.round(bytes / 2 ** 20);
