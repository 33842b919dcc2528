import { describe, expect, it } from 'vitest';
import { createSupernet, darts, mobile, nasBench201 } from '../../../src';

describe('a supernet of a damaged space', () => {
  it.each([
    { space: { ...darts(), nodes: 1e9 } },
    { space: { ...darts(), primitives: [null] } },
    { space: { ...nasBench201(), stages: 'three' } },
    { space: { ...nasBench201(), nodes: 0 } },
    { space: { ...mobile(), stem: -1 } },
    { space: { ...mobile(), layers: [{}] } },
  ])('is refused in words: $space.kind', ({ space }) => {
    expect(() => createSupernet({ space: space as never })).toThrow(/^\w+: .+, got .+; .+/s);
  });
});
