import { rangeError, requireList, typeError } from '../errors';
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
const REMEDY = 'the file is truncated, damaged or no safetensors file; write it again';
/** Longest header that the format's own reader takes. */
const LONGEST_HEADER = 100_000_000;

/**
 * Reads a safetensors file: 8 bytes with the length n of the header (little-endian), n bytes of JSON, then the values.
 *
 * F64, F32, F16, BF16, the integers and BOOL are read, all of them into float32: doubles are rounded, and so are
 * integers beyond 2^24.
 *
 * @param bytes - The whole file.
 * @throws RangeError naming the offset or the tensor if the file is truncated, is none, or does not fit its header: its
 * tensors must have different names and fill the file without overlaps or gaps.
 *
 * Source: the safetensors format, version 0.
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsContent {
  const { header, start } = readHeader(bytes);
  const { __metadata__: metadata = {}, ...entries } = header as { __metadata__?: Record<string, string> };
  if (!isTexts(metadata))
    throw rangeError(FN, "the header's __metadata__ must be an object of texts", metadata, REMEDY);
  const values = bytes.subarray(start);
  const found = Object.entries(entries as Record<string, Entry>).map(([name, entry]) =>
    readTensor(name, entry, values),
  );
  const inFile = [...found].sort((a, b) => a.from - b.from || a.to - b.to);
  let described = 0;
  for (const { tensor, from, to } of inFile) {
    if (from !== described) {
      throw rangeError(
        FN,
        `the values of the tensor '${tensor.name}' must begin where those before them end, at ${described}`,
        from,
        REMEDY,
      );
    }
    described = to;
  }
  if (described !== values.length) {
    throw rangeError(
      FN,
      `the header describes ${described} bytes of values after offset ${start}`,
      values.length,
      REMEDY,
    );
  }
  return { tensors: found.map(({ tensor }) => tensor), metadata };
}

const isTexts = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((text) => typeof text === 'string');

/** A key that occurs twice in an object of a valid JSON text, where `JSON.parse` keeps the last of the two. */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  // Texts are taken whole, so that no brace in one counts.
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"\s*:?|[{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (token.endsWith(':')) {
      const key = JSON.parse(token.slice(0, -1)) as string;
      if (open.at(-1)!.has(key)) return key;
      open.at(-1)!.add(key);
    }
  }
  return undefined;
}

function readHeader(bytes: Uint8Array): { header: object; start: number } {
  if (!(bytes instanceof Uint8Array))
    throw typeError(FN, 'the file must be a Uint8Array', bytes, 'pass new Uint8Array(buffer)');
  if (bytes.length < LENGTH_BYTES)
    throw rangeError(FN, `a file has at least ${LENGTH_BYTES} bytes`, bytes.length, REMEDY);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(LONGEST_HEADER, bytes.length - LENGTH_BYTES))) {
    throw rangeError(
      FN,
      `the header of ${length} bytes at offset ${LENGTH_BYTES} must fit in the file`,
      `${bytes.length} bytes`,
      REMEDY,
    );
  }
  const start = LENGTH_BYTES + Number(length);
  // A byte order mark is no part of the format, and bytes that are no UTF-8 could make two names equal.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  let header: unknown;
  try {
    text = decoder.decode(bytes.subarray(LENGTH_BYTES, start));
    header = JSON.parse(text);
  } catch {
    header = undefined;
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw rangeError(FN, `the header at offset ${LENGTH_BYTES} must be a JSON object`, text, REMEDY);
  const twice = repeatedKey(text);
  if (twice !== undefined) throw rangeError(FN, 'the header must have every key once', twice, REMEDY);
  return { header, start };
}

function readTensor(
  name: string,
  entry: Entry,
  values: Uint8Array,
): { tensor: NamedTensor; from: number; to: number } {
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
  if (!whole(shape))
    throw rangeError(FN, `the tensor '${name}' must have a shape of whole numbers`, shape, REMEDY);
  const size = shape.reduce((product, side) => product * side, 1);
  const [from, to] = whole(offsets) && offsets.length === 2 ? (offsets as [number, number]) : [0, -1];
  if (to - from !== size * type.bytes || to > values.length) {
    throw rangeError(
      FN,
      `the tensor '${name}' must have ${size * type.bytes} bytes within the ${values.length} bytes of values`,
      offsets,
      REMEDY,
    );
  }
  return { tensor: { name, shape, data: readValues(type, values.subarray(from, to)) }, from, to };
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
 * @throws RangeError if two tensors share a name or have that of the free text, or values do not fit their shape;
 * TypeError if the free text is none.
 */
export function encodeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  if (!isTexts(metadata))
    throw typeError(
      'encodeSafetensors',
      'metadata must be an object of texts',
      metadata,
      "pass { key: 'text' }",
    );
  requireList('encodeSafetensors', 'tensors', tensors, 'pass [{ name, shape, data }]');
  const header = new Map<string, unknown>(
    Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [],
  );
  let end = 0;
  for (const { name, shape, data } of tensors) {
    if (
      header.has(name) ||
      name === '__metadata__' ||
      data.length !== shape.reduce((product, side) => product * side, 1)
    ) {
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
