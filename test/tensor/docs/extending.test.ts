import { describe, expect, it } from 'vitest';
import { backend } from '../../support/backend';
import { leavesNoTensors } from '../../support/memory';
import { blocksOf, promised, runBlock } from './support';

const blocks = blocksOf('extending.md');

describe('docs/extending.md', () => {
  leavesNoTensors();

  it('shows a candidate, spaces, a model, a strategy and a selection', () => {
    expect(blocks.map((code) => /define\w+|createMobileNetwork|deriveModel/.exec(code)?.[0])).toEqual([
      'defineCandidate',
      'defineSpace',
      'createMobileNetwork',
      'deriveModel',
      'defineStrategy',
      'defineSelection',
    ]);
  });

  for (const [i, code] of blocks.entries()) {
    // Stock convolutions have a gradient on wasm with the library's training kernels alone.
    const needsKernels = /layers\.conv2d/.test(code);
    it.skipIf(needsKernels && backend === 'wasm')(`runs: block ${i + 1}`, async () => {
      expect(promised(code)).not.toEqual([]);
      // The page's first block makes the operation that others name.
      const given = /const conv5x5/.test(code) ? {} : { conv5x5: { primitive: 'conv_5x5' } };
      expect(await runBlock(code, given)).toEqual(promised(code));
    });
  }
});
