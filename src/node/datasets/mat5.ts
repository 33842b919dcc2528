import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createInflate } from 'node:zlib';
import { rangeError } from '../../errors';
import { ByteReader, EndOfBytes } from './byte-reader';

/** Types of stored numbers, by their number in the format. */
const NUMBERS: Readonly<Record<number, { readonly bytes: number; readonly get: NumberGetter }>> = {
  1: { bytes: 1, get: (view, at) => view.getInt8(at) },
  2: { bytes: 1, get: (view, at) => view.getUint8(at) },
  3: { bytes: 2, get: (view, at, little) => view.getInt16(at, little) },
  4: { bytes: 2, get: (view, at, little) => view.getUint16(at, little) },
  5: { bytes: 4, get: (view, at, little) => view.getInt32(at, little) },
  6: { bytes: 4, get: (view, at, little) => view.getUint32(at, little) },
  7: { bytes: 4, get: (view, at, little) => view.getFloat32(at, little) },
  9: { bytes: 8, get: (view, at, little) => view.getFloat64(at, little) },
};
type NumberGetter = (view: DataView, at: number, little: boolean) => number;

const UINT8 = 2;
const INT32 = 5;
const UINT32 = 6;
const INT8 = 1;
const MATRIX = 14;
const COMPRESSED = 15;

const HEADER = 128;
const TAG = 8;

/** A variable of a MAT-file: what it is, and its numbers when asked for. */
export interface MatVariable {
  readonly name: string;
  /** Sizes; the first index varies fastest. */
  readonly dimensions: readonly number[];
  /** Whether the stored numbers are unsigned bytes. */
  readonly isBytes: boolean;
  /** Length of the stored numbers in bytes. */
  readonly bytes: number;
  /** Byte of the file at which the numbers start; undefined if the variable is compressed. */
  readonly offset: number | undefined;
  /** The stored bytes, piece by piece. To be called once. */
  pieces(): AsyncIterable<Uint8Array>;
  /** All numbers. To be called once. */
  numbers(): Promise<number[]>;
}

/** Where in a file the parser is, for its errors. */
interface Place {
  readonly fn: string;
  readonly path: string;
  /** Byte of the file at which the variable starts. */
  readonly start: number;
  readonly compressed: boolean;
}

const at = ({ start, compressed }: Place, position: number) =>
  compressed ? `byte ${position} of what byte ${start} on unpacks to` : `byte ${start + position}`;

/** An error about what was found at a position of a variable. */
function wrong(place: Place, position: number, what: string, got: unknown, expected: string): RangeError {
  return rangeError(
    place.fn,
    `'${place.path}' has ${what} at ${at(place, position)}`,
    got,
    `expected ${expected}: the file is damaged or of another kind`,
  );
}

/** The error of bytes that end, or do not unpack, inside a variable. */
function broken(place: Place, position: number, error: unknown): unknown {
  const isZlib = (error as NodeJS.ErrnoException).code?.startsWith('Z_');
  if (!(error instanceof EndOfBytes) && !isZlib) return error;
  return rangeError(
    place.fn,
    `'${place.path}' breaks off or is damaged at ${at(place, position)}`,
    (error as Error).message,
    'expected a whole variable; fetch it again',
  );
}

/** Reads the parts of one variable. */
class MatrixParser {
  readonly #reader: ByteReader;
  readonly #place: Place;
  readonly #little: boolean;

  constructor(reader: ByteReader, place: Place, little: boolean) {
    this.#reader = reader;
    this.#place = place;
    this.#little = little;
  }

  /** The kind and the length of the next part; small parts have their content in the tag. */
  async tag(): Promise<{ type: number; bytes: number; content?: Uint8Array }> {
    const tag = await this.#reader.take(TAG);
    const view = new DataView(tag.buffer);
    const word = view.getUint32(0, this.#little);
    if (word >>> 16 === 0) return { type: word, bytes: view.getUint32(4, this.#little) };
    const bytes = word >>> 16;
    return { type: word & 0xffff, bytes, content: tag.subarray(4, 4 + bytes) };
  }

  /** A part of a known kind, whole; none of them is large. */
  async part(what: string, type: number): Promise<Uint8Array> {
    const position = this.#reader.position;
    const { type: found, bytes, content } = await this.tag();
    if (found !== type || bytes > 1024) {
      throw wrong(this.#place, position, `no ${what}`, { type: found, bytes }, `a part of type ${type}`);
    }
    if (content) return content;
    const whole = await this.#reader.take(Math.ceil(bytes / TAG) * TAG);
    return whole.subarray(0, bytes);
  }

  async variable(): Promise<MatVariable> {
    const place = this.#place;
    const little = this.#little;
    const reader = this.#reader;
    await this.part('array flags', UINT32);
    const sizes = await this.part('dimensions', INT32);
    const view = new DataView(sizes.buffer, sizes.byteOffset);
    const dimensions = Array.from({ length: sizes.length / 4 }, (_, i) => view.getInt32(4 * i, little));
    const name = new TextDecoder('latin1').decode(await this.part('name', INT8));
    const position = reader.position;
    const { type, bytes, content } = await this.tag();
    const number = NUMBERS[type];
    const count = dimensions.reduce((product, size) => product * size, 1);
    if (!number || bytes !== count * number.bytes) {
      throw wrong(
        place,
        position,
        `no numbers for the ${dimensions.join('x')} array '${name}'`,
        { type, bytes },
        `a part with ${count} numbers`,
      );
    }
    async function* pieces(): AsyncGenerator<Uint8Array, void, undefined> {
      if (content) yield content;
      else {
        try {
          yield* reader.pieces(bytes);
          // To the end, where the checksum is; there may be padding to a multiple of 8 before it.
          for (let rest = 0; place.compressed && !(await reader.ended()); rest++) {
            if (rest === TAG) throw wrong(place, reader.position, 'bytes left over', rest, 'the end');
            await reader.take(1);
          }
        } catch (error) {
          throw broken(place, reader.position, error);
        }
      }
    }
    return {
      name,
      dimensions,
      isBytes: type === UINT8,
      bytes,
      offset: place.compressed ? undefined : place.start + position + (content ? 4 : TAG),
      pieces,
      async numbers() {
        const stored = new Uint8Array(bytes);
        let done = 0;
        for await (const piece of pieces()) {
          stored.set(piece, done);
          done += piece.length;
        }
        const values = new DataView(stored.buffer);
        return Array.from({ length: count }, (_, i) => number.get(values, i * number.bytes, little));
      },
    };
  }
}

/** The first 128 bytes: whether the numbers that follow are little-endian. */
function readHeader(fn: string, path: string, header: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(header);
  const foreign = (fault: string, got: unknown, remedy: string) =>
    rangeError(fn, `'${path}' ${fault}`, got, remedy);
  if (header.length < HEADER) {
    throw foreign(
      'breaks off in its header',
      header.length,
      `expected a MAT-file, of more than ${HEADER} bytes`,
    );
  }
  if (text.startsWith('MATLAB 7.3')) {
    throw foreign(
      'is a MAT-file of version 7.3',
      text.slice(0, 19),
      "expected version 5; save it anew with '-v7'",
    );
  }
  const little = text.endsWith('IM');
  const version = new DataView(header.buffer, header.byteOffset).getUint16(124, little);
  if (!(little || text.endsWith('MI')) || version !== 0x0100) {
    throw foreign(
      'is no MAT-file: wrong bytes 124 to 127',
      [...header.subarray(124)],
      'expected the version 1, 0 and the letters I and M',
    );
  }
  return little;
}

/**
 * Goes through the variables of a MAT-file of version 5, compressed or not, in bounded memory.
 *
 * @param visit - Called with each variable, in order; it may leave the numbers unread.
 * @throws RangeError naming file and offset if the file is cut off, damaged or of another kind.
 */
export async function visitMatFile(
  fn: string,
  path: string,
  visit: (variable: MatVariable) => Promise<void>,
): Promise<void> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const bytesAt = async (position: number, length: number) => {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await handle.read(bytes, 0, length, position);
      return bytes.subarray(0, bytesRead);
    };
    const little = readHeader(fn, path, await bytesAt(0, HEADER));
    for (let start = HEADER; start < size; ) {
      const tag = await bytesAt(start, TAG);
      const view = new DataView(tag.buffer);
      const [type, bytes] = [view.getUint32(0, little), view.getUint32(4, little)];
      const place: Place = { fn, path, start, compressed: type === COMPRESSED };
      if (tag.length === TAG && type !== MATRIX && type !== COMPRESSED) {
        throw wrong(
          { ...place, compressed: false },
          0,
          'no variable',
          { type, bytes },
          `a part of type ${MATRIX} or ${COMPRESSED}`,
        );
      }
      if (tag.length < TAG || start + TAG + bytes > size) {
        throw rangeError(
          fn,
          `'${path}' breaks off inside the variable that starts at byte ${start}: wrong file size`,
          size,
          `expected at least ${start + TAG + (tag.length < TAG ? 0 : bytes)} bytes; fetch it again`,
        );
      }
      await visitVariable(place, bytes, little, visit);
      start += TAG + bytes;
    }
  } finally {
    await handle.close();
  }
}

async function visitVariable(
  place: Place,
  bytes: number,
  little: boolean,
  visit: (variable: MatVariable) => Promise<void>,
): Promise<void> {
  const { path, start, compressed } = place;
  // An uncompressed variable is read from its tag on, so that positions count from there in both cases.
  const file = createReadStream(path, {
    start: compressed ? start + TAG : start,
    end: start + TAG + bytes - 1,
  });
  // Errors of the file reach the reader through the stream it reads from.
  const reader = new ByteReader(compressed ? pipeline(file, createInflate(), () => undefined) : file);
  try {
    const parser = new MatrixParser(reader, place, little);
    const { type } = await parser.tag();
    if (type !== MATRIX) throw wrong(place, 0, 'no array', type, `type ${MATRIX}`);
    await visit(await parser.variable());
  } catch (error) {
    throw broken(place, reader.position, error);
  } finally {
    await reader.close();
  }
}
