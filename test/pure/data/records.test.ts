import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecords, type RecordLayout } from '../../../src/data';
import { recordBytes } from '../../../src/data/records';

const layout = (change: Partial<RecordLayout> = {}): RecordLayout => ({
  format: 'toy',
  shape: [2, 3, 2],
  classes: 4,
  order: 'interleaved',
  ...change,
});

/** Writes records the way the format says, pixel by pixel. */
function encode(
  images: Uint8Array,
  labels: readonly number[],
  { shape, order, labelBytes = 1 }: RecordLayout,
) {
  const [height, width, channels] = shape;
  const pixels = height * width * channels;
  return Uint8Array.from(
    labels.flatMap((label, n) => {
      const record = [...new Array(labelBytes - 1).fill(99), label];
      const at = (y: number, x: number, c: number) => images[n * pixels + (y * width + x) * channels + c]!;
      if (order === 'columns') {
        for (let c = 0; c < channels; c++)
          for (let x = 0; x < width; x++) for (let y = 0; y < height; y++) record.push(at(y, x, c));
      } else if (order === 'planar') {
        for (let c = 0; c < channels; c++)
          for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) record.push(at(y, x, c));
      } else {
        for (let y = 0; y < height; y++)
          for (let x = 0; x < width; x++) for (let c = 0; c < channels; c++) record.push(at(y, x, c));
      }
      return record;
    }),
  );
}

describe('decodeRecords', () => {
  it('gives back what was encoded, in any order, whatever the shape', () => {
    const side = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(
        fc.tuple(side, side, fc.integer({ min: 1, max: 4 })),
        fc.constantFrom('planar' as const, 'columns' as const, 'interleaved' as const),
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 }),
        fc.nat(),
        (shape, order, labelBytes, labels, salt) => {
          const toy = layout({ shape, order, labelBytes });
          const count = labels.length * shape[0] * shape[1] * shape[2];
          const images = Uint8Array.from({ length: count }, (_, i) => (i * 37 + salt) % 256);
          const decoded = decodeRecords(encode(images, labels, toy), toy);
          expect(decoded).toEqual({ images, labels: Uint8Array.from(labels), size: labels.length });
        },
      ),
    );
  });

  it('turns planes of red, green and blue into pixels', () => {
    const bytes = Uint8Array.of(3, /* red */ 1, 2, /* green */ 3, 4, /* blue */ 5, 6);
    const { images, labels } = decodeRecords(bytes, layout({ shape: [1, 2, 3], order: 'planar' }));
    expect(Array.from(images)).toEqual([1, 3, 5, 2, 4, 6]);
    expect(Array.from(labels)).toEqual([3]);
  });

  it('takes the label from where the layout says', () => {
    const toy = layout({ shape: [1, 1, 1], labelBytes: 2, labelAt: 0 });
    expect(Array.from(decodeRecords(Uint8Array.of(2, 200, 7, 1, 200, 8), toy).labels)).toEqual([2, 1]);
  });

  it('reads no more than the limit', () => {
    const toy = layout({ shape: [1, 1, 1] });
    const bytes = Uint8Array.of(0, 10, 1, 11, 2, 12);
    expect(decodeRecords(bytes, toy, { limit: 2 }).images).toEqual(Uint8Array.of(10, 11));
    expect(decodeRecords(bytes, toy, { limit: 9 }).size).toBe(3);
    expect(() => decodeRecords(bytes, toy, { limit: 0 })).toThrow(
      'decodeRecords: limit must be a positive integer, got 0',
    );
  });

  it('names source, record, offset and expectation wherever a file is cut', () => {
    const toy = layout({ shape: [2, 2, 1] });
    const bytes = new Uint8Array(4 * recordBytes(toy));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: bytes.length - 1 }), (length) => {
        fc.pre(length % 5 !== 0);
        const record = Math.floor(length / 5);
        expect(() => decodeRecords(bytes.subarray(0, length), toy, { source: 'toy.bin' })).toThrow(
          `decodeRecords: 'toy.bin' breaks off inside record ${record}, which starts at byte ${record * 5}: wrong file ` +
            `size, got ${length}; expected a multiple of 5 bytes (toy: 1 of label, then 2x2x1 pixels)`,
        );
      }),
    );
  });

  it('counts records and bytes from where the source says', () => {
    const toy = layout({ shape: [1, 1, 1], maxValue: 16 });
    const part = { source: 'toy.bin', first: 5, offset: 100 };
    expect(() => decodeRecords(Uint8Array.of(0, 1, 9, 1), toy, part)).toThrow(
      'a wrong label in record 6 at byte 112',
    );
    expect(() => decodeRecords(Uint8Array.of(0, 1, 3, 99), toy, part)).toThrow(
      'a wrong pixel in record 6 at byte 113',
    );
    expect(() => decodeRecords(Uint8Array.of(0, 1, 3), toy, part)).toThrow(
      'breaks off inside record 6, which starts at byte 112',
    );
  });

  it('refuses an empty file', () => {
    expect(() => decodeRecords(new Uint8Array(0), layout())).toThrow(
      "decodeRecords: 'the given bytes' breaks off inside record 0, which starts at byte 0: wrong file size, got 0;",
    );
  });

  it('finds the one wrong label', () => {
    const toy = layout({ shape: [1, 2, 1], labelBytes: 2 });
    fc.assert(
      fc.property(fc.nat(5), fc.integer({ min: 4, max: 255 }), (record, label) => {
        const bytes = new Uint8Array(6 * 4);
        bytes[record * 4 + 1] = label;
        expect(() => decodeRecords(bytes, toy, { source: 'toy.bin' })).toThrow(
          `decodeRecords: 'toy.bin' has a wrong label in record ${record} at byte ${record * 4 + 1}, got ${label}; ` +
            'expected 0 to 3: the file is damaged or not toy',
        );
      }),
    );
  });

  it.each(['planar', 'interleaved'] as const)('finds the one wrong pixel, %s', (order) => {
    const toy = layout({ maxValue: 16, order });
    fc.assert(
      fc.property(fc.nat(2), fc.nat(11), fc.integer({ min: 17, max: 255 }), (record, pixel, value) => {
        const bytes = new Uint8Array(3 * 13);
        bytes[record * 13 + 1 + pixel] = value;
        expect(() => decodeRecords(bytes, toy, { source: 'toy.bin' })).toThrow(
          `decodeRecords: 'toy.bin' has a wrong pixel in record ${record} at byte ${record * 13 + 1 + pixel}, ` +
            `got ${value}; expected 0 to 16: the file is damaged or not toy`,
        );
      }),
    );
  });
});
