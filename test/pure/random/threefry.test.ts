import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { threefry2x32 } from '../../../src/random';

function block(k0: number, k1: number, c0: number, c1: number): number[] {
  const out = new Uint32Array(2);
  threefry2x32(k0, k1, c0, c1, out);
  return [...out];
}

const word = fc.integer({ min: 0, max: 0xffffffff });

const bits = (x: number) => {
  let count = 0;
  for (let rest = x >>> 0; rest; rest &= rest - 1) count++;
  return count;
};

describe('threefry2x32', () => {
  // The known answers of the Random123 library for Threefry-2x32 of 13 rounds.
  it.each([
    { key: [0, 0], counter: [0, 0], answer: [0x9d1c5ec6, 0x8bd50731] },
    {
      key: [0xffffffff, 0xffffffff],
      counter: [0xffffffff, 0xffffffff],
      answer: [0xfd36d048, 0x2d17272c],
    },
    {
      key: [0x13198a2e, 0x03707344],
      counter: [0x243f6a88, 0x85a308d3],
      answer: [0xba3e4725, 0xf27d669e],
    },
  ])('gives the known answer for key $key and counter $counter', ({ key, counter, answer }) => {
    expect(block(key[0]!, key[1]!, counter[0]!, counter[1]!)).toEqual(answer);
  });

  it('reads its arguments modulo 2^32', () => {
    fc.assert(
      fc.property(word, word, word, word, (a, b, c, d) => {
        expect(block(a | 0, b | 0, c | 0, d | 0)).toEqual(block(a, b, c, d));
      }),
    );
  });

  it('is a bijection of the counters of one key', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 20_000; i++) seen.add(block(7, 11, i, i >>> 7).join());
    expect(seen.size).toBe(20_000);
  });

  it('flips half of the output when one bit of key or counter flips', () => {
    const input = [0x12345678, 0x9abcdef0, 3, 4];
    const base = block(input[0]!, input[1]!, input[2]!, input[3]!);
    for (let bit = 0; bit < 128; bit++) {
      const changed = input.map((x, i) => (i === bit >> 5 ? (x ^ (1 << (bit & 31))) >>> 0 : x));
      const other = block(changed[0]!, changed[1]!, changed[2]!, changed[3]!);
      const flipped = bits(base[0]! ^ other[0]!) + bits(base[1]! ^ other[1]!);
      // 64 fair coins: 32 +- 4, here within 4 standard deviations.
      expect(flipped).toBeGreaterThanOrEqual(16);
      expect(flipped).toBeLessThanOrEqual(48);
    }
  });
});
