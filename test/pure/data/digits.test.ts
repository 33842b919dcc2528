import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeDigits } from '../../../src/data';

const shipped = new URL('../../../examples/data/digits.bin', import.meta.url);
const table = new URL('../../../../shared/data/digits/digits.csv.gz', import.meta.url);

describe('decodeDigits', () => {
  it('reads the shipped file', () => {
    const dataset = decodeDigits(readFileSync(shipped));
    expect(dataset).toMatchObject({ name: 'digits', size: 1797, shape: [8, 8, 1], classes: 10 });
    const { images, labels } = dataset.read(Int32Array.from({ length: 1797 }, (_, i) => i));
    expect(images.reduce((a, b) => Math.max(a, b), 0)).toBe(1);
    expect(images.reduce((a, b) => Math.min(a, b), 1)).toBe(0);
    expect(images.every((value) => Number.isInteger(value * 16))).toBe(true);
    expect(new Set(labels)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
  });

  it.skipIf(!existsSync(table))('agrees with the published table', () => {
    const rows = gunzipSync(readFileSync(table)).toString('utf8').trim().split('\n');
    const numbers = rows.map((row) => row.split(',').map(Number));
    const dataset = decodeDigits(readFileSync(shipped));
    expect(rows).toHaveLength(dataset.size);
    const { images, labels } = dataset.read(numbers.map((_, i) => i));
    expect(Array.from(labels)).toEqual(numbers.map((row) => row[64]));
    expect(images).toEqual(
      Float32Array.from(
        numbers.flatMap((row) => row.slice(0, 64)),
        (value) => value / 16,
      ),
    );
  });

  it('takes a limit and names a fault', () => {
    const bytes = Uint8Array.from(readFileSync(shipped));
    expect(decodeDigits(bytes, { limit: 100, name: 'few' })).toMatchObject({ name: 'few', size: 100 });
    bytes[65 * 5 + 3] = 17;
    expect(() => decodeDigits(bytes, { source: 'digits.bin' })).toThrow(
      "decodeRecords: 'digits.bin' has a wrong pixel in record 5 at byte 328, got 17; " +
        'expected 0 to 16: the file is damaged or not digits binary',
    );
  });
});
