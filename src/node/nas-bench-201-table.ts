import { createGunzip } from 'node:zlib';
import { requireText } from '../errors';
import { type NasBench201Table, nasBench201Table } from '../genotype';
import { LONGEST_LINE } from '../genotype/nas-bench-201-table';
import { withBytes } from './datasets/byte-reader';

/** The lines of a text. One that is too long comes as soon as it is, for whoever refuses it to name. */
async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    // A return at the end of a piece may have its line feed in the next.
    const lines = (rest + decoder.decode(piece, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop()!;
    yield* lines;
    if (rest.length > LONGEST_LINE) yield rest;
  }
  yield rest + decoder.decode();
}

/**
 * Reads a table of NAS-Bench-201 results from a file, compressed by gzip if its name ends in `.gz`; see
 * `nasBench201Table` for the format. The file streams: no more than the asked columns stays in memory.
 *
 * @param path - The file.
 * @param columns - The columns to keep.
 * @throws RangeError naming file and line for a bad table, Error for a file that cannot be read or is cut off.
 */
export async function readNasBench201Table<C extends string>(
  path: string,
  columns: readonly C[],
): Promise<NasBench201Table<C>> {
  requireText('readNasBench201Table', 'the path', path, 'pass that of a file');
  const decoder = path.endsWith('.gz') ? createGunzip() : undefined;
  try {
    return await withBytes(path, { decoder }, (pieces) =>
      nasBench201Table(linesOf(pieces), { columns, source: path }),
    );
  } catch (error) {
    // Errors of the table have no code.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new Error(
      `readNasBench201Table: '${path}' cannot be read, got ${(error as Error).message}; name a table of the format that nasBench201Table describes`,
      { cause: error },
    );
  }
}
