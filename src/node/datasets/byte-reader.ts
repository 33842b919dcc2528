import { open } from 'node:fs/promises';
import { pipeline, type Transform } from 'node:stream';
import { rangeError } from '../../errors';

/** Which part of a file to read, and how to unpack it. */
export interface ByteRange {
  readonly start?: number | undefined;
  /** The last byte. */
  readonly end?: number | undefined;
  /** What the bytes go through. */
  readonly decoder?: Transform | undefined;
}

/** Opens a file, does something with its bytes and closes it: once this settles, no descriptor is left open. */
export async function withBytes<T>(
  path: string,
  { start, end, decoder }: ByteRange,
  use: (pieces: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const handle = await open(path, 'r');
  try {
    const file = handle.createReadStream({ start, end });
    try {
      // Errors of the file reach whoever reads through the stream that is read from.
      return await use(decoder ? pipeline(file, decoder, () => undefined) : file);
    } finally {
      file.destroy();
      decoder?.destroy();
    }
  } finally {
    await handle.close();
  }
}

/**
 * What went wrong while a file was read, in words that name it; other errors as they are.
 *
 * @param at - Where in the file.
 * @param expected - What it should be.
 */
export function fileError(fn: string, path: string, at: string, error: unknown, expected: string): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (error instanceof EndOfBytes || code?.startsWith('Z_')) {
    return rangeError(
      fn,
      `'${path}' breaks off or is damaged at ${at}`,
      message,
      `expected ${expected}; fetch it again`,
    );
  }
  if (syscall === undefined && !code?.startsWith('ERR_INVALID_ARG')) return error;
  return new Error(`${fn}: '${path}' cannot be read, got ${message}; expected ${expected}`, { cause: error });
}

/** Says that the bytes ended while more were expected; who knows the file makes a better message of it. */
export class EndOfBytes extends Error {}

/** Bytes that come in pieces, taken in portions of any length; it holds one piece and one portion. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);
  #position = 0;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.#position;
  }

  /** The next `length` bytes. */
  async take(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let done = 0;
    for await (const piece of this.pieces(length)) {
      bytes.set(piece, done);
      done += piece.length;
    }
    return bytes;
  }

  /** The next `length` bytes, piece by piece. */
  async *pieces(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = length; left > 0; ) {
      if (this.#piece.length === 0 && !(await this.#next())) {
        throw new EndOfBytes(`${left} bytes of ${length} are missing`);
      }
      const piece = this.#piece.subarray(0, left);
      this.#piece = this.#piece.subarray(piece.length);
      this.#position += piece.length;
      left -= piece.length;
      yield piece;
    }
  }

  /** Whether nothing is left. */
  async ended(): Promise<boolean> {
    while (this.#piece.length === 0) if (!(await this.#next())) return true;
    return false;
  }

  async #next(): Promise<boolean> {
    const { done, value } = await this.#pieces.next();
    if (done) return false;
    this.#piece = value;
    return true;
  }
}
