import { checkOptions, type OptionKeys, rangeError, requireKind, typeError } from '../errors';
import { checkImageShape } from './check';
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
  /**
   * `planar`: all of one channel, row by row, then all of the next; `columns`: the same, column by column, as MATLAB
   * stores a height x width x channels array; `interleaved`: NHWC.
   */
  readonly order: 'planar' | 'columns' | 'interleaved';
  /** Bytes before the pixels; default 1. Without any, every decoded label is 0. */
  readonly labelBytes?: number | undefined;
  /** Which of those bytes is the label; default the last. */
  readonly labelAt?: number | undefined;
}

const LAYOUT_KEYS = {
  format: 'text',
  shape: true,
  classes: true,
  maxValue: 'whole',
  order: true,
  labelBytes: true,
  labelAt: true,
} satisfies OptionKeys<RecordLayout>;

/** Where bytes come from and how much of them is wanted. */
export interface RecordSource {
  /** File name or address, for error messages; default `the given bytes`. */
  readonly source?: string | undefined;
  /** Read at most this many records; default all. */
  readonly limit?: number | undefined;
  /** Number of the first of these records in the source, for error messages; default 0. */
  readonly first?: number | undefined;
  /** Byte of the source at which its record 0 starts, for error messages; default 0. */
  readonly offset?: number | undefined;
}

export const SOURCE_KEYS = {
  source: 'text',
  limit: true,
  first: 'whole',
  offset: 'whole',
} satisfies OptionKeys<RecordSource>;

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
 * The label of record `n` of `bytes`.
 *
 * @throws RangeError naming the source and the offset if it is outside [0, classes).
 */
export function recordLabel(
  bytes: Uint8Array,
  n: number,
  layout: RecordLayout,
  { source = 'the given bytes', first = 0, offset = 0 }: RecordSource = {},
): number {
  const { format, classes, labelBytes = 1, labelAt = labelBytes - 1 } = layout;
  if (labelBytes === 0) return 0;
  const record = recordBytes(layout);
  const label = bytes[n * record + labelAt]!;
  if (label < classes) return label;
  throw rangeError(
    'decodeRecords',
    `'${source}' has a wrong label in record ${first + n} at byte ${offset + (first + n) * record + labelAt}`,
    label,
    `expected 0 to ${classes - 1}: the file is damaged or not ${format}`,
  );
}

/** Distances in bytes between rows, columns and channels of a stored image. */
function strides({ shape, order }: RecordLayout): readonly [row: number, column: number, channel: number] {
  const [height, width, channels] = shape;
  if (order === 'interleaved') return [width * channels, channels, 1];
  return order === 'planar' ? [width, 1, height * width] : [1, height, height * width];
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
  from: RecordSource = {},
): DecodedRecords {
  checkOptions('decodeRecords', layout, LAYOUT_KEYS);
  checkOptions('decodeRecords', from, SOURCE_KEYS);
  if (!(bytes instanceof Uint8Array))
    throw typeError('decodeRecords', 'the bytes must be a Uint8Array', bytes, 'pass new Uint8Array(buffer)');
  const { source = 'the given bytes', limit = Number.POSITIVE_INFINITY, first = 0, offset = 0 } = from;
  const { format, shape, maxValue = 255, labelBytes = 1 } = layout;
  checkImageShape('decodeRecords', shape);
  requireKind('decodeRecords', 'order', layout.order, ['planar', 'columns', 'interleaved']);
  requireKind('decodeRecords', 'labelBytes', labelBytes, 'whole');
  if (limit !== Number.POSITIVE_INFINITY) requireKind('decodeRecords', 'limit', limit, 'count');
  const [height, width, channels] = shape;
  const pixels = height * width * channels;
  const record = recordBytes(layout);
  const whole = Math.floor(bytes.length / record);
  if (bytes.length === 0 || bytes.length % record !== 0) {
    throw rangeError(
      'decodeRecords',
      `'${source}' breaks off inside record ${first + whole}, which starts at byte ${offset + (first + whole) * record}: wrong file size`,
      bytes.length,
      `expected a multiple of ${record} bytes (${format}: ${labelBytes} of label, then ${shape.join('x')} pixels)`,
    );
  }
  const size = Math.min(limit, whole);
  const images = new Uint8Array(size * pixels);
  const labels = new Uint8Array(size);
  const [row, column, channel] = strides(layout);
  let to = 0;
  for (let n = 0; n < size; n++) {
    labels[n] = recordLabel(bytes, n, layout, from);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = n * record + labelBytes + y * row + x * column;
        for (let c = 0; c < channels; c++) {
          const value = bytes[at + c * channel]!;
          if (value > maxValue) {
            throw rangeError(
              'decodeRecords',
              `'${source}' has a wrong pixel in record ${first + n} at byte ${offset + first * record + at + c * channel}`,
              value,
              `expected 0 to ${maxValue}: the file is damaged or not ${format}`,
            );
          }
          images[to++] = value;
        }
      }
    }
  }
  return { images, labels, size };
}
