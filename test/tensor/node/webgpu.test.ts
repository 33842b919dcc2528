import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { SearchError } from 'noisydarts';
import { registerWebGPU } from 'noisydarts/node';
import { describe, expect, it } from 'vitest';
import { backend } from '../../support/backend';
import { tinySearch, tinySupernet } from '../search/support';

// tfjs computes small tensors beside the device.
const SIZE = 2000;
const large = () => tf.ones([SIZE]);

describe.skipIf(!backend.startsWith('webgpu'))('registerWebGPU (needs the webgpu backend)', () => {
  it('names the device, again when called again', async () => {
    const device = await registerWebGPU();
    expect(device.vendor).not.toBe('');
    expect(await registerWebGPU()).toEqual(device);
  });

  it('lets tensors be read at once', async () => {
    const y = tf.mul(large(), 2);
    expect(y.dataSync()[SIZE - 1]).toBe(2);
    expect((await tf.add(y, 1).data())[SIZE - 1]).toBe(3);
  });

  it('leaves nothing behind for the next turn of the loop while it reads at once', () => {
    const waiting = () =>
      process.getActiveResourcesInfo().filter((name) => /Immediate|Timeout/.test(name)).length;
    const before = waiting();
    tf.tidy(() => {
      const x = tf.ones([256, 256]);
      const y = Array.from({ length: 20 }).reduce<tf.Tensor>((y) => tf.matMul(y, tf.div(x, 256)), x);
      expect(y.dataSync()[0]).toBeCloseTo(1);
    });
    // Thousands, if every question whether the device is done stayed there.
    expect(waiting() - before).toBeLessThan(10);
  });

  it('says what to do where tensors cannot be read at once', async () => {
    const noting = globalThis.setImmediate;
    // As if Dawn no longer handed its callback over.
    globalThis.setImmediate = ((callback: () => void) => noting(() => callback())) as typeof setImmediate;
    try {
      // Those that it handed over before still run.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const y = tf.mul(large(), 2);
      expect(() => y.dataSync()).toThrow(
        "webgpu: this version of the package 'webgpu' cannot be read at once, got a buffer that is pending; " +
          'use await tensor.data() or tensor.array() instead of dataSync() or arraySync()',
      );
      expect((await y.data())[SIZE - 1]).toBe(2);
    } finally {
      globalThis.setImmediate = noting;
    }
    expect(tf.mul(large(), 3).dataSync()[SIZE - 1]).toBe(3);
  });

  // Last in the file: the device does not come back.
  it('a lost device stops a search with an error, and leaves the checkpoint whole', async () => {
    let stored: Uint8Array | undefined;
    const store = {
      location: 'memory',
      save: async (bytes: Uint8Array) => {
        stored = bytes;
      },
      load: async () => stored,
    };
    const { device } = tf.backend() as WebGPUBackend;
    const supernet = tinySupernet();
    const failure = await tinySearch(
      {
        checkpoint: {
          store: {
            ...store,
            save: async (bytes) => {
              await store.save(bytes);
              device.destroy();
            },
          },
          everySteps: 1,
        },
      },
      supernet,
    ).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SearchError);
    expect((failure as Error).message).toMatch(
      /stopped at epoch 0, step 1: webgpu: the device was lost, got destroyed.*last good checkpoint: memory \(epoch 0, step 1\)/,
    );

    // The same run to its end elsewhere, from the checkpoint.
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    const resumed = await tinySearch({ resume: stored! });
    expect(resumed.events.filter(({ type }) => type === 'step')).toHaveLength(5);
    expect(resumed.events.at(-1)?.type).toBe('done');
  });
});
