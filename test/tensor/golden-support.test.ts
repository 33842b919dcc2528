import { describe, expect, it } from 'vitest';
import { errorOf, toTensor } from '../golden/support/fixtures';
import { leavesNoTensors } from '../support/memory';

describe('golden fixtures as tensors', () => {
  leavesNoTensors();

  it('become float32 tensors of their shape, which compare with themselves', () => {
    const fixture = { shape: [2, 2], data: [1, -4, 2, 0.5] };
    const x = toTensor(fixture);
    expect(x.shape).toEqual([2, 2]);
    expect(x.dtype).toBe('float32');
    expect(errorOf(x, fixture)).toBe(0);
    x.dispose();
  });

  it('refuse a tensor of another shape', () => {
    const x = toTensor({ shape: [2, 2], data: [1, -4, 2, 0.5] });
    expect(() => errorOf(x, { shape: [4], data: [1, -4, 2, 0.5] })).toThrow(
      'errorOf: the result has shape [2,2], the fixture [4]',
    );
    x.dispose();
  });
});
