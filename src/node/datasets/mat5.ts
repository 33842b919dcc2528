import { open } from 'node:fs/promises';
import { createInflate } from 'node:zlib';
import { rangeError } from '../../errors';
import { ByteReader, fileError, withBytes } from './byte-reader';
import type { PackedPart } from './unpack';

/** Types of stored numbers, by their number in the format. */
const NUMBERS: Readonly<Record<number, StoredNumber>> = {
  1: { bytes: 1, get: (view, at) => view.getInt8(at) },
  2: { bytes: 1, get: (view, at) => view.getUint8(at) },
  3: { bytes: 2, get: (view, at, little) => view.getInt16(at, little) },
  4: { bytes: 2, get: (view, at, little) => view.getUint16(at, little) },
  5: { bytes: 4, get: (view, at, little) => view.getInt32(at, little) },
  6: { bytes: 4, get: (view, at, little) => view.getUint32(at, little) },
  7: { bytes: 4, get: (view, at, little) => view.getFloat32(at, little) },
  9: { bytes: 8, get: (view, at, little) => view.getFloat64(at, little) },
  12: { bytes: 8, get: (view, at, little) => Number(view.getBigInt64(at, little)) },
  13: { bytes: 8, get: (view, at, little) => Number(view.getBigUint64(at, little)) },
};

interface StoredNumber {
  readonly bytes: number;
  get(view: DataView, at: number, little: boolean): number;
}

const UINT8 = 2;
const INT32 = 5;
const UINT32 = 6;
const INT8 = 1;
const MATRIX = 14;
const COMPRESSED = 15;

// Classes of arrays: those of numbers go from double to 64-bit unsigned integers.
const DOUBLE = 6;
const UINT64 = 15;
const FUNCTION = 16;
const OPAQUE = 17;
/** The flag of complex numbers. */
const COMPLEX = 0x800;

const HEADER = 128;
const TAG = 8;

/** An array of a MAT-file: what it is, and its numbers when asked for. */
export interface MatVariable {
  readonly name: string;
  /** Sizes; the first index varies fastest. */
  readonly dimensions: readonly number[];
  /** How many numbers. */
  readonly count: number;
  /** Bytes a stored number. */
  readonly width: number;
  /** Whether the stored numbers are unsigned bytes. */
  readonly isBytes: boolean;
  /** Byte of the file at which the numbers start; undefined if the variable is compressed. */
  readonly offset: number | undefined;
  /** Where the variable is in its file. */
  readonly packed: PackedPart;
  /** Opens the first `wanted` stored bytes, piece by piece; all of them are checked against their checksum. */
  withPieces<T>(wanted: number, use: (pieces: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T>;
  /** The first numbers. */
  numbers(first: number): Promise<number[]>;
}

/** What stands before the numbers of an array. */
interface ArrayHead extends Pick<MatVariable, 'name' | 'dimensions' | 'count' | 'isBytes'> {
  readonly number: StoredNumber;
  /** Length of the stored numbers. */
  readonly bytes: number;
  /** The numbers themselves, where they are few enough to stand in their tag. */
  readonly content: Uint8Array | undefined;
  /** Position of that tag in the variable. */
  readonly position: number;
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

/** What went wrong while a variable was read, in words that name the place. */
function broken(place: Place, position: number, error: unknown): unknown {
  return fileError(place.fn, place.path, at(place, position), error, 'a whole variable');
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
    const position = this.#reader.position;
    const tag = await this.#reader.take(TAG);
    const view = new DataView(tag.buffer);
    const word = view.getUint32(0, this.#little);
    if (word >>> 16 === 0) return { type: word, bytes: view.getUint32(4, this.#little) };
    const [type, bytes] = [word & 0xffff, word >>> 16];
    if (bytes > 4)
      throw wrong(this.#place, position, 'a wrong tag', { type, bytes }, 'at most 4 bytes in it');
    return { type, bytes, content: tag.subarray(4, 4 + bytes) };
  }

  /** A part of a known kind and at least so many bytes, whole; none of them is large. */
  async part(what: string, type: number, least: number): Promise<DataView> {
    const position = this.#reader.position;
    const { type: found, bytes, content } = await this.tag();
    if (found !== type || bytes > 1024 || bytes < least) {
      throw wrong(this.#place, position, `no ${what}`, { type: found, bytes }, `a part of type ${type}`);
    }
    const whole = content ?? (await this.#reader.take(Math.ceil(bytes / TAG) * TAG));
    return new DataView(whole.buffer, whole.byteOffset, bytes);
  }

  /**
   * Everything before the numbers of an array, if it is wanted; undefined for other variables, whatever they are.
   *
   * @param wanted - Names of the arrays.
   */
  async array(wanted: readonly string[]): Promise<ArrayHead | undefined> {
    const place = this.#place;
    const little = this.#little;
    const reader = this.#reader;
    const { type: element } = await this.tag();
    if (element !== MATRIX) throw wrong(place, 0, 'no array', element, `type ${MATRIX}`);
    const flags = (await this.part('array flags', UINT32, 4)).getUint32(0, little);
    const kind = flags & 0xff;
    // Functions and objects have no sizes and sometimes no name.
    if (kind === FUNCTION || kind === OPAQUE) return undefined;
    const sizesAt = reader.position;
    const sizes = await this.part('dimensions', INT32, 8);
    const dimensions = Array.from({ length: sizes.byteLength / 4 }, (_, i) => sizes.getInt32(4 * i, little));
    const name = new TextDecoder('latin1').decode(await this.part('name', INT8, 0));
    if (!wanted.includes(name)) return undefined;
    const count = dimensions.reduce((product, size) => product * size, 1);
    if (!dimensions.every((size) => size >= 0) || !Number.isSafeInteger(count)) {
      throw wrong(place, sizesAt, `wrong dimensions of the array '${name}'`, dimensions, 'positive sizes');
    }
    const position = reader.position;
    const { type, bytes, content } = await this.tag();
    const number = NUMBERS[type];
    const isReal = kind >= DOUBLE && kind <= UINT64 && (flags & COMPLEX) === 0;
    if (!isReal || !number || bytes !== count * number.bytes) {
      throw wrong(
        place,
        position,
        `no numbers for the ${dimensions.join('x')} array '${name}'`,
        { type, bytes },
        `a part with ${count} real numbers`,
      );
    }
    return { name, dimensions, count, number, isBytes: type === UINT8, bytes, content, position };
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

/** One top-level part of a file: a variable, compressed or not. */
interface Part {
  readonly place: Place;
  /** Its length, without its tag. */
  readonly bytes: number;
  readonly little: boolean;
}

/** Opens a variable, does something with its parts and closes it. */
async function withPart<T>(
  { place, bytes, little }: Part,
  use: (parser: MatrixParser, reader: ByteReader) => Promise<T>,
): Promise<T> {
  const { path, start, compressed } = place;
  // An uncompressed variable is read from its tag on, so that positions count from there in both cases.
  const range = { start: compressed ? start + TAG : start, end: start + TAG + bytes - 1 };
  return withBytes(path, { ...range, decoder: compressed ? createInflate() : undefined }, async (pieces) => {
    const reader = new ByteReader(pieces);
    try {
      return await use(new MatrixParser(reader, place, little), reader);
    } catch (error) {
      throw broken(place, reader.position, error);
    }
  });
}

/** An array of a file, its numbers still there. */
function matVariable(part: Part, head: ArrayHead): MatVariable {
  const { place, bytes: packed, little } = part;
  const { name, dimensions, count, number, isBytes, bytes, content, position } = head;
  const withPieces = <T>(
    wanted: number,
    use: (pieces: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T> =>
    withPart(part, async (parser, reader) => {
      await parser.array([name]);
      async function* pieces(): AsyncGenerator<Uint8Array, void, undefined> {
        if (content) {
          yield content.subarray(0, wanted);
          return;
        }
        try {
          yield* reader.pieces(wanted);
          // To the end, where the checksum is; there may be padding to a multiple of 8 before it.
          for (let rest = 0; place.compressed && wanted === bytes && !(await reader.ended()); rest++) {
            if (rest === TAG) throw wrong(place, reader.position, 'bytes left over', rest, 'the end');
            await reader.take(1);
          }
        } catch (error) {
          throw broken(place, reader.position, error);
        }
      }
      return use(pieces());
    });
  return {
    name,
    dimensions,
    isBytes,
    width: number.bytes,
    count,
    offset: place.compressed ? undefined : place.start + position + (content ? 4 : TAG),
    packed: { path: place.path, start: place.start, end: place.start + TAG + packed },
    withPieces,
    numbers: (first) =>
      withPieces(first * number.bytes, async (pieces) => {
        const stored = new Uint8Array(first * number.bytes);
        let done = 0;
        for await (const piece of pieces) {
          stored.set(piece, done);
          done += piece.length;
        }
        const values = new DataView(stored.buffer);
        return Array.from({ length: first }, (_, i) => number.get(values, i * number.bytes, little));
      }),
  };
}

/**
 * Finds arrays of a MAT-file of version 5 by name, compressed or not. Only what stands before their numbers is read;
 * other variables are passed over.
 *
 * @throws RangeError naming file and offset if the file is cut off, damaged or of another kind.
 */
export async function findMatArrays(
  fn: string,
  path: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, MatVariable>> {
  const found = new Map<string, MatVariable>();
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
      if (tag.length < TAG || bytes === 0 || start + TAG + bytes > size) {
        throw rangeError(
          fn,
          `'${path}' breaks off inside the variable that starts at byte ${start}: wrong file size`,
          size,
          `expected at least ${start + TAG + (tag.length < TAG ? 0 : Math.max(1, bytes))} bytes; fetch it again`,
        );
      }
      const part = { place, bytes, little };
      const head = await withPart(part, (parser) => parser.array(names));
      if (head) found.set(head.name, matVariable(part, head));
      start += TAG + bytes;
    }
  } catch (error) {
    throw fileError(fn, path, 'byte 0', error, 'a MAT-file');
  } finally {
    await handle.close();
  }
  return found;
}
