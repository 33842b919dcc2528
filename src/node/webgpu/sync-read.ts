import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type BackendValues, type DataType, util } from '@tensorflow/tfjs-core';

// tfjs reads synchronously from WebGPU through a canvas, which Node has not. Dawn's buffers are mapped by a callback
// that it hands to `setImmediate`; who holds that callback can run it at once instead of in the next turn of the loop.
// Nothing in this library reads so; it is for programs and tests that were written for other backends. Should Dawn do it
// another way one day, no callback is held, and reading at once is an error that says what to do.

const ticks = new Set<() => void>();
let intercepted = false;

/** Notes the callbacks that Dawn schedules from now on; they still run in their turn unless {@link runTicks} did. */
export function interceptTicks(): void {
  if (intercepted) return;
  intercepted = true;
  const schedule = globalThis.setImmediate;
  const isNative = (callback: unknown) =>
    Function.prototype.toString.call(callback).includes('[native code]');
  const noting = (callback: (...args: unknown[]) => void, ...args: unknown[]) => {
    if (args.length > 0 || !isNative(callback)) return schedule(callback, ...args);
    const tick = () => callback();
    ticks.add(tick);
    return schedule(() => {
      if (ticks.delete(tick)) tick();
    });
  };
  globalThis.setImmediate = Object.defineProperties(
    noting,
    Object.getOwnPropertyDescriptors(schedule),
  ) as typeof setImmediate;
}

function runTicks(): boolean {
  const [tick] = ticks;
  if (!tick) return false;
  ticks.delete(tick);
  tick();
  return true;
}

/** The bytes of a buffer, after everything recorded so far has run. */
function readBuffer(backend: WebGPUBackend, buffer: GPUBuffer): ArrayBuffer {
  const { device, queue } = backend;
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
  const staging = device.createBuffer({
    size: buffer.size,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  try {
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
    queue.submit([encoder.finish()]);
    staging.mapAsync(GPUMapMode.READ).catch(() => {});
    while (staging.mapState === 'pending' && runTicks());
    if (staging.mapState !== 'mapped') {
      throw new Error(
        `webgpu: this version of the package 'webgpu' cannot be read at once, got a buffer that is ${staging.mapState}; ` +
          'use await tensor.data() or tensor.array() instead of dataSync() or arraySync()',
      );
    }
    return staging.getMappedRange().slice(0);
  } finally {
    staging.destroy();
  }
}

/** Lets `dataSync()` and `arraySync()` read from this device. */
export function readSynchronously(backend: WebGPUBackend): void {
  const stock = backend.readSync.bind(backend);
  backend.readSync = (dataId: object): BackendValues => {
    const data = backend.tensorMap.get(dataId) as {
      values: BackendValues | null;
      dtype: DataType;
      resource?: GPUBuffer;
    };
    if (data.values != null || data.dtype === 'complex64' || !data.resource) return stock(dataId);
    data.values = util.convertBackendValuesAndArrayBuffer(
      readBuffer(backend, data.resource),
      data.dtype,
    ) as BackendValues;
    return data.values;
  };
}
