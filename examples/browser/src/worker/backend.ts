import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import * as tf from '@tensorflow/tfjs-core';
import { disableWasmTraining, enableWasmTraining } from 'noisydarts/wasm';
import type { RunSettings } from '../protocol';

/** The part of WebGPU that tells what device there is; TypeScript's DOM library has none of it yet. */
interface Gpu {
  requestAdapter(): Promise<{
    readonly isFallbackAdapter?: boolean;
    readonly info?: {
      readonly vendor: string;
      readonly architecture: string;
      readonly description: string;
      readonly isFallbackAdapter?: boolean;
    };
  } | null>;
}

/** A GPU; `software` where the driver only imitates one. */
async function findAdapter(): Promise<'none' | 'software' | 'hardware'> {
  const { gpu } = navigator as { readonly gpu?: Gpu };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (!adapter) return 'none';
  const { vendor = '', architecture = '', description = '', isFallbackAdapter } = adapter.info ?? {};
  const imitated = /swiftshader|llvmpipe|software|basic render/i.test(
    `${vendor} ${architecture} ${description}`,
  );
  return adapter.isFallbackAdapter || isFallbackAdapter || imitated ? 'software' : 'hardware';
}

async function useWebGpu(): Promise<void> {
  await import('@tensorflow/tfjs-backend-webgpu');
  if (!(await tf.setBackend('webgpu'))) throw new Error('tfjs cannot use the device');
  await (await import('noisydarts/webgpu')).enableWebGPUTraining();
}

const verified = new Set<string>();

/** Runs the library's kernels on the backend in use, once, so that no search is spent on a device that computes wrongly. */
async function verify(name: string, tell: (note: string) => void): Promise<void> {
  if (verified.has(name)) return;
  tell(`Checking that ${name} computes rightly here`);
  const { formatVerification, verifyBackend } = await import('noisydarts/verify');
  const found = await verifyBackend({ quick: true });
  if (!found.ok) {
    console.warn(formatVerification(found));
    const wrong = found.kernels.filter(({ ok }) => !ok).map((kernel) => kernel.name);
    throw new Error(`this device computes wrongly (${wrong.join(', ')})`);
  }
  verified.add(name);
}

async function useWasm(): Promise<void> {
  // The training kernels need the single-threaded build, also on a page that is isolated across origins; the backend
  // asks for the address of the third one all the same.
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plain,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': simd,
  });
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await tf.setBackend('wasm'))) throw new Error('This browser runs no WebAssembly; use a newer one.');
  // Not the build that is faster here: the same seed finds the same cell on every visit, and after every reload.
  await enableWasmTraining({ build: 'simd' });
}

/** Runs `body` as where a network is used: without this library's kernels on wasm. */
export async function withoutTraining<T>(body: () => Promise<T>): Promise<T> {
  if (tf.getBackend() !== 'wasm') return body();
  disableWasmTraining();
  try {
    return await body();
  } finally {
    await enableWasmTraining({ build: 'simd' });
  }
}

/**
 * Sets the backend that a visitor asked for.
 *
 * `auto` is WebGPU on real hardware and WebAssembly elsewhere: a GPU in software is slower than WebAssembly.
 *
 * @param tell - Is told what takes a moment.
 * @returns What is in use, in words.
 * @throws Error if WebGPU was asked for by name and there is none, or if the backend computes wrongly.
 */
export async function useBackend(
  wanted: RunSettings['backend'],
  tell: (note: string) => void,
): Promise<string> {
  const adapter = wanted === 'wasm' ? 'none' : await findAdapter();
  if (wanted === 'webgpu' || adapter === 'hardware') {
    try {
      if (adapter === 'none') throw new Error('the browser offers no adapter');
      await useWebGpu();
      await verify('WebGPU', tell);
      return adapter === 'software' ? 'WebGPU, in software' : 'WebGPU';
    } catch (error) {
      if (wanted === 'webgpu') {
        throw new Error(
          `WebGPU does not work here: ${(error as Error).message}. Choose “Automatic” or “WebAssembly”.`,
          { cause: error },
        );
      }
    }
  }
  await useWasm();
  await verify('WebAssembly', tell);
  return 'WebAssembly';
}
