import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

/**
 * Makes whatever goes wrong on the device an error of the next read: WebGPU itself goes on with invalid buffers, whose
 * numbers are zeros.
 */
export function reportFaults(backend: WebGPUBackend): void {
  const { device } = backend;
  let fault: Error | undefined;
  device.lost.then(({ reason, message }) => {
    fault = new Error(
      `webgpu: the device was lost, got ${reason}${message ? ` (${message.trim()})` : ''}; ` +
        'start again from the last checkpoint',
    );
  });
  device.addEventListener('uncapturederror', (event) => {
    event.preventDefault();
    const { error } = event as GPUUncapturedErrorEvent;
    const [first] = error.message.trim().split('\n');
    fault ??=
      error.constructor.name === 'GPUOutOfMemoryError'
        ? new Error(
            `webgpu: the device is out of memory, got ${first}; ` +
              'use smaller batches, fewer channels or recompute: true, and start again from the last checkpoint',
          )
        : new Error(
            `webgpu: the device reports an error, got ${first}; start again from the last checkpoint`,
          );
  });
  const check = () => {
    if (fault) throw fault;
  };

  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    check();
    try {
      return await read(dataId);
    } catch (error) {
      // The loss of a device is told after the failure of what it was doing.
      await new Promise((resolve) => setTimeout(resolve));
      check();
      throw error;
    } finally {
      check();
    }
  };
  const readSync = backend.readSync.bind(backend);
  backend.readSync = (dataId) => {
    check();
    const values = readSync(dataId);
    check();
    return values;
  };
}
