import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { describe, expect, it } from 'vitest';
import { backend } from '../../support/backend';
import { leavesNoTensors } from '../../support/memory';
import { blocksOf, promised, runBlock } from './support';

const blocks = blocksOf('backends.md');
const uses = /enableWasmTraining|verifyBackend|setBackend|registerWebGPU|unitDraw/;

describe('docs/backends.md', () => {
  leavesNoTensors();

  it('shows the training kernels, a list of wishes, WebGPU in Node, the verification and the draws', () => {
    expect(blocks.map((code) => uses.exec(code)?.[0])).toEqual([
      'enableWasmTraining',
      'setBackend',
      'registerWebGPU',
      'verifyBackend',
      'unitDraw',
    ]);
  });

  for (const [i, code] of blocks.entries()) {
    // A device takes a while to come up, and not every machine has one.
    const needsDevice = code.includes('registerWebGPU');
    it.skipIf(needsDevice && !backend.startsWith('webgpu'))(`runs: block ${i + 1}`, async () => {
      expect(promised(code)).not.toEqual([]);
      expect(await runBlock(code)).toEqual(promised(code));
    });
  }
});
