import { rangeError, requireList, requireObject, typeError } from '../errors';
import type { NamedTensor } from '../optimizers';
import { crc32 } from './crc32';

/** A checkpoint taken apart: plain JSON and named tensors. */
export interface Checkpoint {
  readonly meta: unknown;
  readonly tensors: readonly NamedTensor[];
}

// Layout: 8 bytes magic, format version, CRC-32 of all that follows, length of the header, the header as JSON, padding
// to 4 bytes, the tensors' float32 values in the header's order. All numbers are little-endian, as every platform that
// runs JavaScript today is. Version 2 differs from 1 in what `meta` holds of a run.
const MAGIC = 'NDSEARCH';
const VERSION = 2;
const FIXED = 20;
const align = (bytes: number) => Math.ceil(bytes / 4) * 4;

/** Writes a checkpoint as bytes. {@link decodeCheckpoint} is its inverse, bit for bit. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  requireObject(
    'encodeCheckpoint',
    'the checkpoint',
    checkpoint,
    'pass { meta, tensors }',
    'meta',
    'tensors',
  );
  const { meta, tensors } = checkpoint;
  requireList('encodeCheckpoint', 'tensors', tensors, 'pass [{ name, shape, data }]');
  const header = new TextEncoder().encode(
    JSON.stringify({ meta, tensors: tensors.map(({ name, shape }) => ({ name, shape })) }),
  );
  const start = align(FIXED + header.length);
  const total = start + 4 * tensors.reduce((sum, { data }) => sum + data.length, 0);
  const bytes = new Uint8Array(total);
  bytes.set(new TextEncoder().encode(MAGIC));
  bytes.set(header, FIXED);
  let offset = start;
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  const view = new DataView(bytes.buffer);
  view.setUint32(8, VERSION, true);
  view.setUint32(16, header.length, true);
  view.setUint32(12, crc32(bytes.subarray(16)), true);
  return bytes;
}

const REMEDY = 'use a checkpoint that search() or trainNetwork() stored, or start the run anew';

/** What the header says, or undefined if it does not say what it must. */
function readHeader(
  bytes: Uint8Array,
): { meta: unknown; tensors: { name: string; shape: number[] }[] } | undefined {
  try {
    const header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    const { tensors } = header;
    const isSide = (side: unknown) => Number.isSafeInteger(side) && (side as number) >= 0;
    const sound = tensors.every(
      ({ name, shape }: { name: unknown; shape: unknown }) =>
        typeof name === 'string' && Array.isArray(shape) && shape.every(isSide),
    );
    const names = new Set(tensors.map(({ name }: { name: string }) => name));
    return sound && names.size === tensors.length ? header : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads a checkpoint back.
 *
 * @throws TypeError if it is given no bytes; RangeError if the bytes are not a checkpoint, of another version, truncated
 * or damaged.
 */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  if (!ArrayBuffer.isView(bytes) || bytes.BYTES_PER_ELEMENT !== 1)
    throw typeError(
      'decodeCheckpoint',
      'a checkpoint must be a Uint8Array',
      bytes,
      'pass what the store loaded',
    );
  if (bytes.length < FIXED || new TextDecoder('latin1').decode(bytes.subarray(0, 8)) !== MAGIC) {
    throw rangeError(
      'decodeCheckpoint',
      'these bytes are no checkpoint of a search or a training',
      bytes.subarray(0, 8),
      REMEDY,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(8, true);
  if (version < 1 || version > VERSION) {
    throw rangeError('decodeCheckpoint', `the format's version must be 1 to ${VERSION}`, version, REMEDY);
  }
  if (crc32(bytes.subarray(16)) !== view.getUint32(12, true)) {
    throw rangeError(
      'decodeCheckpoint',
      'the checkpoint is truncated or damaged',
      `${bytes.length} bytes`,
      REMEDY,
    );
  }
  const length = view.getUint32(16, true);
  const header = readHeader(bytes.subarray(FIXED, FIXED + length));
  const sizes = header?.tensors.map(({ shape }) => shape.reduce((product, side) => product * side, 1));
  let offset = align(FIXED + length);
  const total = sizes?.reduce((sum, size) => sum + 4 * size, offset);
  if (!header || !sizes || total !== bytes.length) {
    throw rangeError(
      'decodeCheckpoint',
      'the header must be JSON that names every value and its size',
      header ? `${bytes.length} bytes for ${total}` : `${length} bytes of something else`,
      REMEDY,
    );
  }
  const tensors = header.tensors.map(({ name, shape }, i) => {
    const end = offset + 4 * sizes[i]!;
    // Copied, because float32 views need aligned memory and the caller's may not be. Node's Buffer has a slice() that
    // does not copy.
    const data = new Float32Array(Uint8Array.from(bytes.subarray(offset, end)).buffer);
    offset = end;
    return { name, shape, data };
  });
  return { meta: header.meta, tensors };
}
