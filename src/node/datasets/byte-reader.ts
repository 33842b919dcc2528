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

  /** Gives up on the rest, so that its file is closed. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  async #next(): Promise<boolean> {
    const { done, value } = await this.#pieces.next();
    if (done) return false;
    this.#piece = value;
    return true;
  }
}
