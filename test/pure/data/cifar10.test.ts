import { describe, expect, it } from 'vitest';
import { decodeCifar10 } from '../../../src/data';

const RECORD = 3073;

function records(labels: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(labels.length * RECORD);
  for (const [n, label] of labels.entries()) {
    bytes[n * RECORD] = label;
    bytes.fill(10 + n, n * RECORD + 1, n * RECORD + 1025);
    bytes.fill(20 + n, n * RECORD + 1025, n * RECORD + 2049);
    bytes.fill(30 + n, n * RECORD + 2049, n * RECORD + 3073);
  }
  return bytes;
}

describe('decodeCifar10', () => {
  it('reads labels, and red, green and blue of each pixel', () => {
    const bytes = records([7, 0, 9]);
    // The second pixel of the third row of image 1, green.
    bytes[RECORD + 1 + 1024 + 2 * 32 + 1] = 255;
    const dataset = decodeCifar10(bytes);
    expect(dataset).toMatchObject({ name: 'cifar10', size: 3, shape: [32, 32, 3], classes: 10 });
    const { images, labels } = dataset.read([1, 0, 2]);
    expect(Array.from(labels)).toEqual([0, 7, 9]);
    const pixel = (n: number, y: number, x: number) =>
      Array.from(images.subarray(((n * 32 + y) * 32 + x) * 3).subarray(0, 3), (v) => Math.round(v * 255));
    expect(pixel(0, 2, 1)).toEqual([11, 255, 31]);
    expect(pixel(0, 1, 2)).toEqual([11, 21, 31]);
    expect(pixel(1, 31, 31)).toEqual([10, 20, 30]);
    expect(pixel(2, 0, 0)).toEqual([12, 22, 32]);
  });

  it('takes a name, a source and a limit', () => {
    expect(decodeCifar10(records([1, 2, 3]), { name: 'mine', limit: 2 })).toMatchObject({
      name: 'mine',
      size: 2,
    });
    expect(() => decodeCifar10(records([1, 10]), { source: 'data_batch_1.bin' })).toThrow(
      "decodeRecords: 'data_batch_1.bin' has a wrong label in record 1 at byte 3073, got 10; " +
        'expected 0 to 9: the file is damaged or not CIFAR-10 binary',
    );
    expect(() => decodeCifar10(records([1, 2]).subarray(0, 5000), { source: 'data_batch_1.bin' })).toThrow(
      "decodeRecords: 'data_batch_1.bin' breaks off inside record 1, which starts at byte 3073: wrong file size, " +
        'got 5000; expected a multiple of 3073 bytes (CIFAR-10 binary: 1 of label, then 32x32x3 pixels)',
    );
  });
});
