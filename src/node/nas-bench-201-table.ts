import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { type NasBench201Table, nasBench201Table } from '../genotype';

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
  const file = createReadStream(path);
  const text = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  // A pipe passes no errors on, and readline none of its input's.
  const failed = new Promise<never>((_, reject) => {
    const fail = (error: Error) =>
      reject(
        new Error(
          `readNasBench201Table: '${path}' cannot be read, got ${error.message}; name a table of the format that nasBench201Table describes`,
          { cause: error },
        ),
      );
    file.on('error', fail);
    text.on('error', fail);
  });
  const lines = createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    return await Promise.race([nasBench201Table(lines, { columns, source: path }), failed]);
  } finally {
    lines.close();
    file.destroy();
  }
}
