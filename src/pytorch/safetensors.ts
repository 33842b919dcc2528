import { rangeError } from '../errors';
import type { NamedTensor } from '../optimizers';
import { type ElementType, elementTypes } from './element-types';

/** What a safetensors file holds. */
export interface SafetensorsContent {
  /** The tensors in the order of the file's header, as float32. */
  readonly tensors: readonly NamedTensor[];
  /** The header's free text. */
  readonly metadata: Readonly<Record<string, string>>;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const LENGTH_BYTES = 8;
const ALIGNMENT = 8;
const FN = 'decodeSafetensors';

/**
 * Reads a safetensors file: 8 bytes with the length n of the header (little-endian), n bytes of JSON, then the values.
 *
 * F64, F32, F16, BF16, the integers and BOOL are read, all of them into float32: doubles are rounded, and so are
 * integers beyond 2^24.
 *
 * @param bytes - The whole file.
 * @throws RangeError naming the offset or the tensor if the file is truncated, is none, or does not fit its header.
 *
 * Source: the safetensors format, version 0.
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsContent {
  const { header, start } = readHeader(bytes);
  const { __metadata__: metadata = {}, ...entries } = header as { __metadata__?: Record<string, string> };
  const values = bytes.subarray(start);
  const tensors = Object.entries(entries as Record<string, Entry>).map(([name, entry]) =>
    readTensor(name, entry, values),
  );
  const described = tensors.reduce((sum, { bytes: size }) => sum + size, 0);
  if (described !== values.length) {
    throw rangeError(
      FN,
      `the header describes ${described} bytes of values after offset ${start}`,
      values.length,
      'the file is truncated or no safetensors file; write it again',
    );
  }
  return { tensors: tensors.map(({ tensor }) => tensor), metadata };
}

function readHeader(bytes: Uint8Array): { header: object; start: number } {
  const remedy = 'the file is truncated or no safetensors file; write it again';
  if (bytes.length < LENGTH_BYTES)
    throw rangeError(FN, `a file has at least ${LENGTH_BYTES} bytes`, bytes.length, remedy);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(bytes.length - LENGTH_BYTES)) {
    throw rangeError(
      FN,
      `the header of ${length} bytes at offset ${LENGTH_BYTES} must fit in the file`,
      `${bytes.length} bytes`,
      remedy,
    );
  }
  const start = LENGTH_BYTES + Number(length);
  const text = new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, start));
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    header = undefined;
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw rangeError(FN, `the header at offset ${LENGTH_BYTES} must be a JSON object`, text, remedy);
  return { header, start };
}

function readTensor(name: string, entry: Entry, values: Uint8Array): { tensor: NamedTensor; bytes: number } {
  const type = elementTypes.get(entry?.dtype);
  if (!type) {
    throw rangeError(
      FN,
      `the tensor '${name}' must be of a known type, one of ${[...elementTypes.keys()].join(', ')}`,
      entry?.dtype,
      'convert it before it is saved',
    );
  }
  const { shape, data_offsets: offsets } = entry;
  const whole = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((value) => Number.isSafeInteger(value) && value >= 0);
  const size = whole(shape) ? shape.reduce((product, side) => product * side, 1) : Number.NaN;
  const [from, to] = whole(offsets) && offsets.length === 2 ? (offsets as [number, number]) : [0, -1];
  if (to - from !== size * type.bytes || to > values.length) {
    throw rangeError(
      FN,
      `the tensor '${name}' must have ${size * type.bytes} bytes within the ${values.length} bytes of values`,
      offsets,
      'the file is truncated or damaged; write it again',
    );
  }
  return { tensor: { name, shape, data: readValues(type, values.subarray(from, to)) }, bytes: to - from };
}

function readValues({ bytes, read }: ElementType, values: Uint8Array): Float32Array {
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  return Float32Array.from({ length: values.length / bytes }, (_, i) => read(view, i * bytes));
}

/**
 * Writes a safetensors file; every tensor is F32.
 *
 * @param tensors - Their names must differ.
 * @param metadata - Free text for the header.
 * @throws RangeError if two tensors share a name, or values do not fit their shape.
 */
export function encodeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header = new Map<string, unknown>(
    Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [],
  );
  let end = 0;
  for (const { name, shape, data } of tensors) {
    if (header.has(name) || data.length !== shape.reduce((product, side) => product * side, 1)) {
      throw rangeError(
        'encodeSafetensors',
        `the tensor '${name}' must have a name of its own and as many values as its shape`,
        { shape, values: data.length },
        'rename it, or correct its shape',
      );
    }
    header.set(name, { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] });
    end += data.byteLength;
  }
  let text = JSON.stringify(Object.fromEntries(header));
  // Readers map the values into memory, so they begin at a multiple of 8; blanks may fill the header up.
  text += ' '.repeat((ALIGNMENT - (new TextEncoder().encode(text).length % ALIGNMENT)) % ALIGNMENT);
  const json = new TextEncoder().encode(text);
  const start = LENGTH_BYTES + json.length;
  const bytes = new Uint8Array(start + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, LENGTH_BYTES);
  let at = start;
  for (const { data } of tensors) {
    for (const value of data) {
      view.setFloat32(at, value, true);
      at += Float32Array.BYTES_PER_ELEMENT;
    }
  }
  return bytes;
}
