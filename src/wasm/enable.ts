import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, type OptionKeys, requireKind } from '../errors';
import { setEdgeKernel } from '../kernels';
import { edgeKernel } from '../kernels/edge';
import { registerFastKernels, unregisterFastKernels } from '../kernels/fast-kernel';
import type { WasmBuild } from './build';
import { edge } from './edge';
import { copyClones, shareClones } from './identity';
import { instanceOf, instanceOn, Unsupported } from './instance';
import { fastKernels } from './kernels';
import { addStockKernels, removeStockKernels } from './stock';
import { freeAsRead, keepToTheEnd } from './way-back';

const BACKEND = 'wasm';
let warned = false;

function warn(reason: string): false {
  if (!warned) {
    const build = tf.getBackend() === BACKEND && wasmBuild();
    const now = build
      ? `the build '${build}' stays in use`
      : 'training runs on the generic kernels, which are slower';
    console.warn(`enableWasmTraining: ${reason}; ${now}`);
    warned = true;
  }
  return false;
}

/** Options of {@link enableWasmTraining}. */
export interface WasmTrainingOptions {
  /**
   * Which build of the module runs: `'simd'`, `'relaxed-simd'` (fused multiply-adds; Node from 22 on) or, the default, `'auto'`:
   * the second where some milliseconds of measuring show it clearly faster. Results differ in the last bits, so that a run
   * goes on bit for bit on the build it started on alone; its checkpoints name it.
   */
  readonly build?: WasmBuild | 'auto';
}

const optionKeys = { build: true } satisfies OptionKeys<WasmTrainingOptions>;

/**
 * Gives tfjs's wasm backend fast training kernels: hand-written SIMD bodies, in a module that works on the backend's
 * memory in place, for the kernels of this library, forward and backward, and for those of tfjs's own that the backend
 * lacks, so that every layer that trains on cpu trains on it.
 *
 * Results are those of the generic kernels to float32 rounding; random draws are the same to the bit. Call it once,
 * with the wasm backend active; where it cannot work (another backend, no SIMD, the multi-threaded build, a version of
 * the backend that hides its memory) it says so on the console, once, and everything runs as before.
 *
 * @returns Whether the fast kernels are in use as asked for; {@link wasmBuild} tells which build, which stays where another is refused.
 * @throws RangeError for a build that there is not.
 */
export async function enableWasmTraining(options: WasmTrainingOptions = {}): Promise<boolean> {
  checkOptions('enableWasmTraining', options, optionKeys);
  const { build = 'auto' } = options;
  requireKind('enableWasmTraining', 'build', build, ['auto', 'simd', 'relaxed-simd'], 'leave it out');
  await tf.ready();
  if (tf.getBackend() !== BACKEND) {
    return warn(`the backend must be 'wasm', got '${tf.getBackend()}'; await tf.setBackend('wasm') first`);
  }
  try {
    const instance = await instanceOn(tf.backend(), build === 'auto' ? undefined : build);
    setEdgeKernel(BACKEND, { ...edge, build: instance.build });
  } catch (error) {
    if (error instanceof Unsupported) return warn(error.message);
    throw error;
  }
  registerFastKernels(BACKEND, fastKernels, instanceOf);
  addStockKernels(BACKEND);
  shareClones(BACKEND);
  freeAsRead();
  return true;
}

/** The build of the module that is in use, see {@link WasmTrainingOptions}; undefined without the fast kernels. */
export function wasmBuild(): WasmBuild | undefined {
  return edgeKernel(BACKEND)?.build as WasmBuild | undefined;
}

/** Takes the fast kernels away again; the generic ones return at their next use. */
export function disableWasmTraining(): void {
  setEdgeKernel(BACKEND, undefined);
  keepToTheEnd();
  copyClones(BACKEND);
  removeStockKernels(BACKEND);
  unregisterFastKernels(BACKEND, fastKernels);
}
