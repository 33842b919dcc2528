import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { setEdgeKernel } from '../kernels';
import { registerFastKernels, unregisterFastKernels } from '../kernels/fast-kernel';
import { isSoftware, useSmallTiles } from './adapter';
import { edge } from './edge';
import { webgpuKernels } from './kernels';

const BACKEND = 'webgpu';

/** tfjs's flag for computing on the host what is small and lies there. */
const ON_HOST = 'WEBGPU_CPU_FORWARD';

let warned = false;

/**
 * Gives tfjs's webgpu backend training kernels of one launch or a few each: shaders for the kernels of this library,
 * forward and backward, which otherwise are put together from tfjs's own.
 *
 * Results are those of the generic kernels to float32 rounding. Random draws come from the same counter on the device:
 * uniform ones to the bit, normal ones to the device's rounding of a square root. What tfjs would compute on the host since it
 * is small stays on the device too, so that a run that goes on from a checkpoint rounds as before. Call it once, with the webgpu backend
 * active; elsewhere it says so on the console, once, and everything runs as before.
 *
 * @returns Whether the shaders are in use.
 */
export async function enableWebGPUTraining(): Promise<boolean> {
  await tf.ready();
  if (tf.getBackend() !== BACKEND) {
    if (!warned) {
      console.warn(
        `enableWebGPUTraining: the backend must be 'webgpu', got '${tf.getBackend()}'; await tf.setBackend('webgpu') first; ` +
          'training runs on the generic kernels, which are slower',
      );
      warned = true;
    }
    return false;
  }
  disableWebGPUTraining();
  // Weights that were just loaded lie on the host, which rounds otherwise than the device: a resumed run would differ.
  tf.env().set(ON_HOST, false);
  // Only newer browsers, and newer types, tell a device's adapter.
  const { device } = tf.backend() as WebGPUBackend & {
    readonly device: { readonly adapterInfo?: GPUAdapterInfo };
  };
  if (isSoftware(device.adapterInfo)) useSmallTiles();
  registerFastKernels(BACKEND, webgpuKernels, (backend) => backend as WebGPUBackend);
  setEdgeKernel(BACKEND, edge);
  return true;
}

/** Takes the shaders away again; the generic kernels return at their next use. */
export function disableWebGPUTraining(): void {
  setEdgeKernel(BACKEND, undefined);
  if (tf.findBackend(BACKEND)) tf.env().set(ON_HOST, true);
  unregisterFastKernels(BACKEND, webgpuKernels);
}
