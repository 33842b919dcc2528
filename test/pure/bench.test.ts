import { describe, expect, it } from 'vitest';
import { median } from '../../bench/options';
import { supernet } from '../../bench/supernet';

describe('bench supernet', () => {
  it.each([
    [
      ['--batch', '0'],
      "bench: --batch must be a whole number of at least 1, got '0'; use for example --batch 4",
    ],
    [['--steps', '2.5'], "bench: --steps must be a whole number of at least 1, got '2.5'"],
    [['--size', 'large'], "bench: --size must be a whole number of at least 1, got 'large'"],
    [
      ['--backend', 'abacus'],
      "bench: --backend must be one of wasm, cpu, got 'abacus'; use for example --backend wasm",
    ],
    [
      ['--backend', 'cpu', '--threads', '2'],
      'bench: only the wasm backend has threads, got --threads 2; use --backend wasm',
    ],
    [
      ['--space', 'flat'],
      "bench: --space must be one of darts, nas-bench-201, mobile, got 'flat'; use for example --space darts",
    ],
    [
      ['--strategy', 'luck'],
      "bench: --strategy must be one of darts, fair-darts, pc-darts, gdas, sdarts-rs, got 'luck'; use for example --strategy darts",
    ],
    [['--speed', '9'], "Unknown option '--speed'"],
  ])('refuses %j', async (args, message) => {
    await expect(supernet(args)).rejects.toThrow(message);
  });
});

describe('median', () => {
  it('is the middle of an odd number of values and the mean of the two middle ones of an even number', () => {
    expect(median([10, 2, 3])).toBe(3);
    expect(median([10, 2, 3, 4])).toBe(3.5);
  });
});
