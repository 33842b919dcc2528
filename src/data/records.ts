import { rangeError } from '../errors';
import { checkShape, checkWhole } from './check';
import type { ImageShape } from './dataset';

/** The layout of a file of equal records: label bytes, then the pixels of one image. */
export interface RecordLayout {
  /** Name of the format, for error messages. */
  readonly format: string;
  /** Shape of every image. */
  readonly shape: ImageShape;
  /** Number of classes. */
  readonly classes: number;
  /** Largest value of a pixel byte; default 255. */
  readonly maxValue?: number | undefined;
  /** `planar`: all of one channel, then all of the next; `interleaved`: NHWC. */
  readonly order: 'planar' | 'interleaved';
  /** Bytes before the pixels; default 1. */
  readonly labelBytes?: number | undefined;
  /** Which of those bytes is the label; default the last. */
  readonly labelAt?: number | undefined;
}

/** Where bytes come from and how much of them is wanted. */
export interface RecordSource {
  /** File name or address, for error messages; default `the given bytes`. */
  readonly source?: string | undefined;
  /** Read at most this many records; default all. */
  readonly limit?: number | undefined;
}

/** Decoded records: bytes in the order NHWC, and a label each. */
export interface DecodedRecords {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly size: number;
}

/** Bytes of one record. */
export function recordBytes({ shape, labelBytes = 1 }: RecordLayout): number {
  return labelBytes + shape[0] * shape[1] * shape[2];
}

/**
 * Decodes a file of equal records.
 *
 * @throws RangeError if the file is empty or breaks off inside a record, a label is outside [0, classes), or a pixel is
 * above `maxValue`; the message names the source, the offset and what was expected there.
 */
export function decodeRecords(
  bytes: Uint8Array,
  layout: RecordLayout,
  { source = 'the given bytes', limit = Number.POSITIVE_INFINITY }: RecordSource = {},
): DecodedRecords {
  const { format, shape, classes, maxValue = 255, order, labelBytes = 1, labelAt = labelBytes - 1 } = layout;
  checkShape('decodeRecords', shape);
  if (limit !== Number.POSITIVE_INFINITY) checkWhole('decodeRecords', 'limit', limit, 1, 1000);
  const [height, width, channels] = shape;
  const area = height * width;
  const pixels = area * channels;
  const record = recordBytes(layout);
  const whole = Math.floor(bytes.length / record);
  if (bytes.length === 0 || bytes.length % record !== 0) {
    throw rangeError(
      'decodeRecords',
      `'${source}' breaks off inside record ${whole}, which starts at byte ${whole * record}: wrong file size`,
      bytes.length,
      `expected a multiple of ${record} bytes (${format}: ${labelBytes} of label, then ${shape.join('x')} pixels)`,
    );
  }
  const size = Math.min(limit, whole);
  const images = new Uint8Array(size * pixels);
  const labels = new Uint8Array(size);
  for (let n = 0; n < size; n++) {
    const start = n * record;
    const label = bytes[start + labelAt]!;
    if (label >= classes) {
      throw rangeError(
        'decodeRecords',
        `'${source}' has a wrong label in record ${n} at byte ${start + labelAt}`,
        label,
        `expected 0 to ${classes - 1}: the file is damaged or not ${format}`,
      );
    }
    labels[n] = label;
    const from = start + labelBytes;
    const to = n * pixels;
    for (let c = 0; c < channels; c++) {
      // Planes are c * area + i, interleaved pixels i * channels + c.
      const [base, stride] = order === 'planar' ? [from + c * area, 1] : [from + c, channels];
      for (let i = 0; i < area; i++) {
        const value = bytes[base + i * stride]!;
        if (value > maxValue) {
          throw rangeError(
            'decodeRecords',
            `'${source}' has a wrong pixel in record ${n} at byte ${base + i * stride}`,
            value,
            `expected 0 to ${maxValue}: the file is damaged or not ${format}`,
          );
        }
        images[to + i * channels + c] = value;
      }
    }
  }
  return { images, labels, size };
}
