import { readFile } from 'node:fs/promises';
import { requireText } from '../errors';
import type { NamedTensor } from '../optimizers';
import { decodeSafetensors, encodeSafetensors, type SafetensorsContent } from '../pytorch/safetensors';
import { writeFileAtomic } from './atomic-write';

/**
 * Reads a safetensors file; see `decodeSafetensors`.
 *
 * @throws RangeError naming the file if it is truncated or no safetensors file, Error if it cannot be read.
 */
export async function readSafetensors(path: string): Promise<SafetensorsContent> {
  requireText('readSafetensors', 'the path', path, 'pass that of a file');
  const bytes = await readFile(path).catch((error: Error) => {
    throw new Error(
      `readSafetensors: '${path}' cannot be read, got ${error.message}; pass the path of a file`,
      {
        cause: error,
      },
    );
  });
  try {
    return decodeSafetensors(bytes);
  } catch (error) {
    if (error instanceof RangeError)
      throw new RangeError(`readSafetensors: '${path}': ${error.message}`, { cause: error });
    throw error;
  }
}

/** Writes a safetensors file, by `writeFileAtomic`; see `encodeSafetensors`. */
export async function writeSafetensors(
  path: string,
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  return writeFileAtomic(path, encodeSafetensors(tensors, metadata));
}
