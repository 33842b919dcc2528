import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type BackendValues, type DataType, util } from '@tensorflow/tfjs-core';

// tfjs reads synchronously from WebGPU through a canvas, which Node has not. While Dawn waits for a device it asks again
// and again by a callback that it hands to `setImmediate`; who holds that callback can run it at once instead of in the next
// turn of the loop. Nothing in this library reads so; it is for programs and tests that were written for other backends.
// Should Dawn do it another way one day, no callback is held, and reading at once is an error that says what to do.

/** Milliseconds for which Dawn may ask without a pause: a short wait should end at once. */
const EAGER = 2;
/** Milliseconds between two questions after that, so that a long wait leaves the processor to others. */
const PAUSE = 1;

const ticks = new Set<() => void>();
let intercepted = false;
/** When the present wait began; undefined outside one. */
let waiting: number | undefined;
/** Whether a reader runs the callbacks itself. */
let reading = false;
let later: (tick: () => void) => void;

/** Notes the callbacks that Dawn schedules from now on; they still run in their turn unless {@link runTicks} did. */
export function interceptTicks(): void {
  if (intercepted) return;
  intercepted = true;
  const schedule = globalThis.setImmediate;
  const isNative = (callback: unknown) =>
    Function.prototype.toString.call(callback).includes('[native code]');
  later = (tick) => {
    const turn = () => {
      if (ticks.delete(tick)) tick();
    };
    const now = performance.now();
    if (now - (waiting ?? now) < EAGER) schedule(turn);
    else setTimeout(turn, PAUSE);
  };
  const noting = (callback: (...args: unknown[]) => void, ...args: unknown[]) => {
    if (args.length > 0 || !isNative(callback)) return schedule(callback, ...args);
    waiting ??= performance.now();
    const tick = () => {
      const before = ticks.size;
      callback();
      // Who has nothing more to ask has what it waited for.
      if (ticks.size === before) waiting = undefined;
    };
    ticks.add(tick);
    // One that a reader is about to run itself would only pile up in the loop, which does not turn meanwhile.
    if (!reading) later(tick);
    return undefined;
  };
  globalThis.setImmediate = Object.defineProperties(
    noting,
    Object.getOwnPropertyDescriptors(schedule),
  ) as unknown as typeof setImmediate;
}

function runTicks(): boolean {
  const [tick] = ticks;
  if (!tick) return false;
  ticks.delete(tick);
  if (waiting !== undefined && performance.now() - waiting > EAGER) sleep(PAUSE);
  tick();
  return true;
}

const asleep = new Int32Array(new SharedArrayBuffer(4));
const sleep = (milliseconds: number) => void Atomics.wait(asleep, 0, 0, milliseconds);

/** Runs Dawn's callbacks until `done`, or until there is none. */
function runTicksUntil(done: () => boolean): void {
  reading = true;
  try {
    while (!done() && runTicks());
  } finally {
    reading = false;
    for (const tick of ticks) later(tick);
  }
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
    runTicksUntil(() => staging.mapState !== 'pending');
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
