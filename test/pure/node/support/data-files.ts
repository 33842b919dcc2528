import { deflateSync } from 'node:zlib';

/** Array class and number type of MAT-files. */
const KINDS = {
  uint8: { array: 9, number: 2, of: Uint8Array },
  double: { array: 6, number: 9, of: Float64Array },
  char: { array: 4, number: 4, of: Uint16Array },
  int64: {
    array: 14,
    number: 12,
    of: { from: (values: ArrayLike<number>) => BigInt64Array.from(Array.from(values, BigInt)) },
  },
} as const;

/** A variable of a MAT-file; its values have the first index varying fastest. */
export interface MatArray {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly kind: keyof typeof KINDS;
  readonly values: ArrayLike<number>;
}

const tag = (type: number, bytes: number) => Buffer.from(Uint32Array.of(type, bytes).buffer);

/** A part: tag, content, padding to a multiple of 8; up to 4 bytes go into the tag, as MATLAB does it. */
function part(type: number, content: Uint8Array): Buffer {
  if (content.length > 0 && content.length <= 4) {
    const small = Buffer.alloc(8);
    small.writeUInt16LE(type, 0);
    small.writeUInt16LE(content.length, 2);
    small.set(content, 4);
    return small;
  }
  return Buffer.concat([tag(type, content.length), content, Buffer.alloc(-content.length & 7)]);
}

const bytesOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function matrix({ name, dimensions, kind, values }: MatArray): Buffer {
  const { array, number, of } = KINDS[kind];
  const content = Buffer.concat([
    part(6, bytesOf(Uint32Array.of(array, 0))),
    part(5, bytesOf(Int32Array.from(dimensions))),
    part(1, Buffer.from(name, 'latin1')),
    part(number, bytesOf(of.from(values))),
  ]);
  return Buffer.concat([tag(14, content.length), content]);
}

/** A MAT-file of version 5 with these variables, each compressed by zlib unless told otherwise. */
export function matFile(variables: readonly MatArray[], { compress = true } = {}): Buffer {
  const header = Buffer.alloc(128, ' ');
  header.write('MATLAB 5.0 MAT-file');
  header.fill(0, 116, 124);
  header.set([0, 1, 0x49, 0x4d], 124);
  const elements = variables.map((variable) => {
    const plain = matrix(variable);
    if (!compress) return plain;
    const packed = deflateSync(plain);
    return Buffer.concat([tag(15, packed.length), packed]);
  });
  return Buffer.concat([header, ...elements]);
}

/** A cell array as it stands in a file, around the bytes of its content. */
export function cellArray(name: string, content: Uint8Array): Buffer {
  const whole = Buffer.concat([
    part(6, bytesOf(Uint32Array.of(1, 0))),
    part(5, bytesOf(Int32Array.of(1, 1))),
    part(1, Buffer.from(name, 'latin1')),
    content,
  ]);
  return Buffer.concat([tag(14, whole.length), whole]);
}

/** What MATLAB writes for an object of its own, which has no dimensions. */
export function opaque(): Buffer {
  const content = Buffer.concat([
    part(6, bytesOf(Uint32Array.of(17, 0))),
    part(1, Buffer.from('thing')),
    part(1, Buffer.from('MCOS')),
    part(1, Buffer.from('string')),
  ]);
  return Buffer.concat([tag(14, content.length), content]);
}

/** An idx file of unsigned bytes. */
export function idxFile(sizes: readonly number[], content: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.set([0, 0, 8, sizes.length]);
  for (const [i, size] of sizes.entries()) header.writeUInt32BE(size, 4 + 4 * i);
  return Buffer.concat([header, content]);
}

/** Bytes that differ from place to place. */
export const pattern = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 37 + (i >> 8)) % 256);
