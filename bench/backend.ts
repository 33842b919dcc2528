import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import type { WebGPUDevice } from 'noisydarts/node';
import type { WasmTrainingOptions } from 'noisydarts/wasm';

/** What a benchmark may be told about the backend. */
export interface BackendOptions {
  readonly backend: 'cpu' | 'wasm' | 'webgpu';
  /** Whether the wasm or webgpu backend gets this library's training kernels. */
  readonly fast: boolean;
  /** Which build of the wasm kernels. Default what `enableWasmTraining()` takes. */
  readonly build?: WasmTrainingOptions['build'];
}

/**
 * Makes a backend the current one. Of threads it uses one: more come from an engine that splits the batch.
 *
 * @returns The GPU, or what stands in for it, if the backend is webgpu.
 */
export async function useBackend({
  backend,
  fast,
  build = 'auto',
}: BackendOptions): Promise<WebGPUDevice | undefined> {
  if (backend === 'webgpu') {
    const { registerWebGPU } = await import('noisydarts/node');
    const device = await registerWebGPU();
    if (fast) await (await import('noisydarts/webgpu')).enableWebGPUTraining();
    return device;
  }
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
    await enableWasmTraining({ build });
  }
  return undefined;
}

/** Size of all buffers of the webgpu device in MB, which are kept for use again, so that it is the peak; else null. */
export const deviceMb = (): number | null =>
  tf.getBackend() === 'webgpu' ? toMb((tf.backend() as WebGPUBackend).memory().numBytesAllocatedInGPU) : null;

/** Size of the wasm backend's memory in MB, which only ever grows, so that it is the peak; null on other backends. */
export function wasmHeapMb(): number | null {
  const { wasm } = tf.backend() as { wasm?: { HEAPU8: Uint8Array } };
  return wasm ? toMb(wasm.HEAPU8.buffer.byteLength) : null;
}

/** Bytes in MB, rounded. */
export const toMb = (bytes: number): number => Math.round(bytes / 2 ** 20);
