import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { decodeDigits, type InMemoryDataset } from '../../data';
import { requireText } from '../../errors';

/**
 * The handwritten digits from a file of 65-byte records: 8x8x1, 10 classes.
 *
 * @throws RangeError if the file is cut off or holds something else; the message names the file and the byte. Error if
 * it cannot be read.
 */
export async function readDigits(file: string | URL): Promise<InMemoryDataset> {
  const path = file instanceof URL ? fileURLToPath(file) : file;
  requireText('readDigits', 'the file', path, 'pass its path');
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new Error(
      `readDigits: '${path}' cannot be read, got ${(error as Error).message}; pass the path of a digits.bin`,
      { cause: error },
    );
  }
  return decodeDigits(bytes, { source: path });
}
