import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { blocksOf, promised, runBlock } from './support';

const blocks = blocksOf('extending.md');

describe('docs/extending.md', () => {
  leavesNoTensors();

  it('shows a candidate, spaces, a model and a strategy', () => {
    expect(blocks.map((code) => /define\w+|createMobileNetwork|deriveModel/.exec(code)?.[0])).toEqual([
      'defineCandidate',
      'defineSpace',
      'createMobileNetwork',
      'deriveModel',
      'defineStrategy',
    ]);
  });

  it.each(blocks.map((code, i) => [i + 1, code] as const))('runs: block %i', async (_, code) => {
    expect(promised(code)).not.toEqual([]);
    // The page's first block makes the operation that others name.
    const given = /const conv5x5/.test(code) ? {} : { conv5x5: { primitive: 'conv_5x5' } };
    expect(await runBlock(code, given)).toEqual(promised(code));
  });
});
