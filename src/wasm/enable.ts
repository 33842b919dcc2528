import * as tf from '@tensorflow/tfjs-core';
import { setEdgeKernel } from '../kernels';
import { registerFastKernels, unregisterFastKernels } from '../kernels/fast-kernel';
import { edge } from './edge';
import { copyClones, shareClones } from './identity';
import { instanceOf, instanceOn, Unsupported } from './instance';
import { fastKernels } from './kernels';
import { addStockKernels, removeStockKernels } from './stock';

const BACKEND = 'wasm';
let warned = false;

function warn(reason: string): false {
  if (!warned) {
    console.warn(`enableWasmTraining: ${reason}; training runs on the generic kernels, which are slower`);
    warned = true;
  }
  return false;
}

/**
 * Gives tfjs's wasm backend fast training kernels: hand-written SIMD bodies, in a module that works on the backend's
 * memory in place, for the kernels of this library, forward and backward, and for those of tfjs's own that the backend
 * lacks, so that every layer that trains on cpu trains on it.
 *
 * Results are those of the generic kernels to float32 rounding; random draws are the same to the bit. Call it once,
 * with the wasm backend active; where it cannot work (another backend, no SIMD, the multi-threaded build, a version of
 * the backend that hides its memory) it says so on the console, once, and everything runs as before.
 *
 * @returns Whether the fast kernels are in use.
 */
export async function enableWasmTraining(): Promise<boolean> {
  await tf.ready();
  if (tf.getBackend() !== BACKEND) {
    return warn(`the backend must be 'wasm', got '${tf.getBackend()}'; await tf.setBackend('wasm') first`);
  }
  try {
    await instanceOn(tf.backend());
  } catch (error) {
    if (error instanceof Unsupported) return warn(error.message);
    throw error;
  }
  registerFastKernels(BACKEND, fastKernels, instanceOf);
  addStockKernels(BACKEND);
  shareClones(BACKEND);
  setEdgeKernel(BACKEND, edge);
  return true;
}

/** Takes the fast kernels away again; the generic ones return at their next use. */
export function disableWasmTraining(): void {
  setEdgeKernel(BACKEND, undefined);
  copyClones(BACKEND);
  removeStockKernels(BACKEND);
  unregisterFastKernels(BACKEND, fastKernels);
}
