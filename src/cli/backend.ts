import * as tf from '@tensorflow/tfjs-core';
import type { WasmBuild } from 'noisydarts/wasm';
import { requireKinds, requireOptions } from '../errors';

/** What a command line says of the backend. */
export interface BackendSettings {
  readonly backend: 'wasm' | 'cpu';
  /** Whether the wasm backend gets this library's training kernels. */
  readonly fast: boolean;
  /** The build of these kernels that a run started on, which alone gives its last bits. Default: the faster one here. */
  readonly build?: WasmBuild;
}

/** Runs `body` as where a network is used: without this library's kernels. */
export async function withoutKernels<T>(
  { backend, fast, build }: BackendSettings,
  body: () => Promise<T>,
): Promise<T> {
  if (backend !== 'wasm' || !fast) return body();
  const { disableWasmTraining, enableWasmTraining } = await import('noisydarts/wasm');
  disableWasmTraining();
  try {
    return await body();
  } finally {
    await enableWasmTraining(build ? { build } : {});
  }
}

/**
 * Makes the backend of a run the one that tfjs uses.
 *
 * @param settings - Others that a run has may be among them.
 * @returns The settings, with the build of the kernels that is in use.
 */
export async function useBackend<T extends BackendSettings>(settings: T): Promise<T> {
  requireOptions('useBackend', settings, "pass { backend: 'wasm', fast: true }");
  requireKinds('useBackend', settings, { backend: ['wasm', 'cpu'], fast: 'flag' }, true);
  const { backend, fast, build } = settings;
  if (backend === 'cpu') {
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    return settings;
  }
  await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
  if (!fast) return settings;
  const { enableWasmTraining, wasmBuild } = await import('noisydarts/wasm');
  // Another machine may not have the build; the run says then that its last bits change.
  if (!build || !(await enableWasmTraining({ build }))) await enableWasmTraining();
  const used = wasmBuild();
  return used ? { ...settings, build: used } : settings;
}
