import { setFlagsFromString } from 'node:v8';
import { memoryStore, type SearchEvent } from 'noisydarts';
import { verifyBackend } from 'noisydarts/verify';
import { disableWasmTraining, enableWasmTraining, wasmBuild } from 'noisydarts/wasm';
import { afterAll, expect, test, vi } from 'vitest';
import { hasRelaxedSimd } from '../../../src/wasm/build';
import { backend } from '../../support/backend';
import { leavesNoTensors } from '../../support/memory';
import { tinySearch } from '../search/support';
import { describeWasm } from './support';

describeWasm('builds of the module', () => {
  leavesNoTensors();
  afterAll(async () => {
    await enableWasmTraining({ build: 'simd' });
    if (backend !== 'wasm-fast') disableWasmTraining();
  });

  test('refuses what is no build', async () => {
    await expect(enableWasmTraining({ build: 'fast' as never })).rejects.toThrow(
      "enableWasmTraining: build must be 'auto', 'simd' or 'relaxed-simd', got 'fast'; leave it out",
    );
    await expect(enableWasmTraining({ relaxed: true } as never)).rejects.toThrow('relaxed');
  });

  test('is the plain one where the engine has no relaxed SIMD, which a caller is told once', async () => {
    if (hasRelaxedSimd()) return;
    disableWasmTraining();
    expect(wasmBuild()).toBeUndefined();
    expect(await enableWasmTraining()).toBe(true);
    expect(wasmBuild()).toBe('simd');
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(await enableWasmTraining({ build: 'relaxed-simd' })).toBe(false);
    expect(warn.mock.calls.map(([text]) => text)).toEqual([
      "enableWasmTraining: this machine runs no WebAssembly relaxed SIMD; the build 'simd' stays in use",
    ]);
    expect(wasmBuild()).toBe('simd');
    warn.mockRestore();
  });

  test('with relaxed SIMD every kernel is right', async () => {
    // Node has it from 22 on; 20 behind a flag of the engine.
    if (!hasRelaxedSimd()) setFlagsFromString('--experimental-wasm-relaxed-simd');
    expect(await enableWasmTraining({ build: 'relaxed-simd' })).toBe(true);
    expect(wasmBuild()).toBe('relaxed-simd');
    const { kernels } = await verifyBackend();
    expect(kernels.filter(({ ok }) => !ok)).toEqual([]);
    // What is there stays.
    expect(await enableWasmTraining()).toBe(true);
    expect(wasmBuild()).toBe('relaxed-simd');
  });

  test('a checkpoint names its build, and a run that goes on with another one says so', async () => {
    const resumedOn = async (build: 'simd' | 'relaxed-simd', resume: Uint8Array) => {
      expect(await enableWasmTraining({ build })).toBe(true);
      const { events, supernet } = await tinySearch({ resume });
      supernet.dispose();
      return (events as SearchEvent[]).find(({ type }) => type === 'resumed');
    };
    await enableWasmTraining({ build: 'simd' });
    const store = memoryStore();
    const stop = new AbortController();
    stop.abort();
    const { supernet } = await tinySearch({ checkpoint: { store }, signal: stop.signal });
    supernet.dispose();
    const checkpoint = (await store.load())!;
    expect(await resumedOn('simd', checkpoint)).not.toHaveProperty('otherKernels');
    expect(await resumedOn('relaxed-simd', checkpoint)).toHaveProperty('otherKernels', {
      stored: 'wasm simd',
      now: 'wasm relaxed-simd',
    });
  });
});
