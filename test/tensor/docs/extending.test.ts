import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { blocksOf, runBlock } from './support';

const blocks = blocksOf('extending.md');

/** What the comments behind a block's logs say it prints. */
const promised = (code: string) =>
  [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text!);

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
