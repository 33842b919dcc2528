import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { isSoftware, useSmallTiles } from '../../webgpu/adapter';
import { reportFaults } from './device-faults';
import { swiftShader } from './software';
import { interceptTicks, readSynchronously } from './sync-read';

const FN = 'registerWebGPU';

/** Options of {@link registerWebGPU}. */
export interface RegisterWebGPUOptions {
  /**
   * Whether to compute in software: true for nothing else, false for a GPU or an error. Default: a GPU, and where there
   * is none, in software with a warning. Software means the SwiftShader of an installed Chromium or Chrome.
   */
  readonly software?: boolean;
}

/** The device that tfjs computes on. */
export interface WebGPUDevice {
  /** Maker, such as `nvidia`. */
  readonly vendor: string;
  /** Family, such as `ampere`. */
  readonly architecture: string;
  /** The device's own name. */
  readonly description: string;
  /** Whether it is a processor that plays a GPU: right, but slow. */
  readonly software: boolean;
}

/**
 * Gives Node a WebGPU backend and makes it the current one: the npm package `webgpu` (Dawn) under
 * `@tensorflow/tfjs-backend-webgpu`. Both are optional peers: `npm install webgpu @tensorflow/tfjs-backend-webgpu`.
 *
 * Errors of the device (lost, out of memory, invalid use) are thrown by the next read, so that a search stops with a
 * SearchError and its last checkpoint stands. `dataSync()` works too, if slowly; with a future
 * version of `webgpu` it may throw, and nothing of this library needs it in a search.
 *
 * @returns The device.
 * @throws Error if a package is missing or there is no adapter.
 */
export async function registerWebGPU({ software }: RegisterWebGPUOptions = {}): Promise<WebGPUDevice> {
  if (!tf.findBackend('webgpu')) {
    const gpu = await findGpu(software);
    provide(gpu);
    await load('@tensorflow/tfjs-backend-webgpu', () => import('@tensorflow/tfjs-backend-webgpu'));
    if (!(await tf.setBackend('webgpu'))) {
      throw new Error(`${FN}: the backend does not start, got no device; see the console for the reason`);
    }
    const backend = tf.backend() as WebGPUBackend;
    readSynchronously(backend);
    reportFaults(backend);
    if (isSoftware(backend.device.adapterInfo)) useSmallTiles();
  }
  await tf.setBackend('webgpu');
  await tf.ready();
  return describe((tf.backend() as WebGPUBackend).device.adapterInfo);
}

async function findGpu(software: boolean | undefined): Promise<GPU> {
  interceptTicks();
  const { create, globals } = await load('webgpu', () => import('webgpu'));
  Object.assign(globalThis, globals);
  if (!software) {
    const gpu = create([]);
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter && (software === undefined || !describe(adapter.info).software)) return gpu;
  }
  if (software === false) {
    throw new Error(
      `${FN}: there is no GPU adapter, got none from Vulkan, Metal or Direct3D; install the GPU's driver (on Linux also libvulkan1), or pass software: true`,
    );
  }
  const driver = swiftShader();
  // A driver that the user named stays.
  if (driver) process.env.VK_ICD_FILENAMES ??= driver;
  const gpu = create([]);
  if (!(await gpu.requestAdapter())) {
    throw new Error(
      `${FN}: there is no adapter, got neither a GPU nor one in software (driver: ${process.env.VK_ICD_FILENAMES ?? 'none found'}); ` +
        'install a GPU driver, or on Debian: apt-get install chromium libvulkan1',
    );
  }
  if (software === undefined) {
    console.warn(`${FN}: no GPU found; computing in software (${process.env.VK_ICD_FILENAMES})`);
  }
  return gpu;
}

/** Puts the GPU where tfjs looks for it. */
function provide(gpu: GPU): void {
  // Node has a navigator from version 21 on.
  if (!('navigator' in globalThis)) Object.defineProperty(globalThis, 'navigator', { value: {} });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
}

async function load<T>(name: string, importing: () => Promise<T>): Promise<T> {
  try {
    return await importing();
  } catch (error) {
    throw new Error(
      `${FN}: the package '${name}' cannot be loaded, got ${(error as Error).message}; install it: npm install ${name}`,
      { cause: error },
    );
  }
}

const describe = ({ vendor, architecture, description }: GPUAdapterInfo): WebGPUDevice => ({
  vendor,
  architecture,
  description,
  software: isSoftware({ architecture, description }),
});
