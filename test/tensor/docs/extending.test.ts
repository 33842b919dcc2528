import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { blocksOf, promised, runBlock } from './support';

const blocks = blocksOf('extending.md');

describe('docs/extending.md', () => {
  leavesNoTensors();

  it('shows a candidate, spaces and a strategy', () => {
    expect(blocks.map((code) => /define\w+|createMobileNetwork/.exec(code)?.[0])).toEqual([
      'defineCandidate',
      'defineSpace',
      'createMobileNetwork',
      'defineStrategy',
    ]);
  });

  it.each(blocks.map((code, i) => [i + 1, code] as const))('runs: block %i', async (_, code) => {
    expect(promised(code)).not.toEqual([]);
    expect(await runBlock(code)).toEqual(promised(code));
  });
});
