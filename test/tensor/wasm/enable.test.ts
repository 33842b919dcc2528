import * as tf from '@tensorflow/tfjs-core';
import { depthwiseConv2d } from 'noisydarts/kernels';
import { disableWasmTraining, enableWasmTraining } from 'noisydarts/wasm';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { instanceOn } from '../../../src/wasm/instance';
import { backend } from '../../support/backend';
import { leavesNoTensors } from '../../support/memory';
import { describeWasm, values } from './support';

const NAME = 'NoisyDartsDepthwiseConv2d';

describe.skipIf(backend !== 'cpu')('enableWasmTraining on another backend', () => {
  test('says once that it cannot help, and changes nothing', async () => {
    const before = tf.getKernel(NAME, 'wasm');
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(await enableWasmTraining()).toBe(false);
    expect(await enableWasmTraining()).toBe(false);
    expect(warn.mock.calls).toEqual([
      [
        "enableWasmTraining: the backend must be 'wasm', got 'cpu'; await tf.setBackend('wasm') first; " +
          'training runs on the generic kernels, which are slower',
      ],
    ]);
    warn.mockRestore();
    expect(tf.getKernel(NAME, 'wasm')).toBe(before);
  });
});

describeWasm('enableWasmTraining', () => {
  leavesNoTensors();
  afterEach(() => disableWasmTraining());

  test('can be called again, and taken back', async () => {
    expect(await enableWasmTraining()).toBe(true);
    expect(await enableWasmTraining()).toBe(true);
    expect(tf.getKernel(NAME, 'wasm')).toBeDefined();
    disableWasmTraining();
    expect(tf.getKernel(NAME, 'wasm')).toBeUndefined();
  });

  test('goes on working when the heap has grown', async () => {
    const x = values([1, 6, 6, 4], 1);
    const filter = values([3, 3, 4, 1], 2);
    const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
    const before = wasm.HEAPU8.byteLength;
    const expected = tf.tidy(() => depthwiseConv2d(x, filter).dataSync());
    await enableWasmTraining();
    const large: tf.Tensor[] = [];
    while (wasm.HEAPU8.byteLength === before) large.push(tf.zeros([2 ** 22]));
    const actual = tf.tidy(() => depthwiseConv2d(x, filter).dataSync());
    for (let i = 0; i < expected.length; i++) expect(actual[i]).toBeCloseTo(expected[i]!, 4);
    tf.dispose([x, filter, large]);
  });

  test('leaves no data behind on the heap', async () => {
    await enableWasmTraining();
    const heap = tf.backend() as unknown as { numDataIds(): number };
    const x = values([1, 6, 6, 3], 1);
    const filter = values([3, 3, 3, 1], 2);
    const before = heap.numDataIds();
    tf.tidy(() => {
      tf.grads((a, b) => depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D))([x, filter]);
    });
    expect(heap.numDataIds()).toBe(before);
    tf.dispose([x, filter]);
  });

  test.each([
    [{}, 'this version of @tensorflow/tfjs-backend-wasm has no backend.makeOutput()'],
    [{ wasm: { asm: {} } }, 'this version of @tensorflow/tfjs-backend-wasm does not expose its memory'],
    [
      { wasm: { asm: { memory: new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }) } } },
      'the backend runs its multi-threaded build, whose memory is shared',
    ],
  ])('a backend it cannot use: %o', async (fake, message) => {
    const methods = 'wasm' in fake ? { makeOutput() {}, getMemoryOffset() {}, disposeData() {} } : {};
    await expect(instanceOn({ ...methods, ...fake })).rejects.toThrow(message);
  });

  test('a machine without SIMD cannot run it', async () => {
    const instantiate = vi
      .spyOn(WebAssembly, 'instantiate')
      .mockRejectedValue(new WebAssembly.CompileError('no SIMD'));
    const memory = new WebAssembly.Memory({ initial: 1 });
    const fake = { makeOutput() {}, getMemoryOffset() {}, disposeData() {}, wasm: { asm: { memory } } };
    await expect(instanceOn(fake, 'simd')).rejects.toThrow('this machine runs no WebAssembly SIMD');
    instantiate.mockRestore();
  });
});
