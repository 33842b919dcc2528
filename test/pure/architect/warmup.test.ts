import { describe, expect, it } from 'vitest';
import { alphaFrozen } from '../../../src/architect/warmup';

describe('alphaFrozen', () => {
  it('freezes alpha in exactly the first warmupEpochs epochs', () => {
    expect([0, 1, 2, 3, 4].map((epoch) => alphaFrozen(epoch, 3))).toEqual([true, true, true, false, false]);
  });

  it('freezes nothing by default', () => {
    expect(alphaFrozen(0)).toBe(false);
  });
});
