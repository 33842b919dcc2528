import { mkdir, readdir, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeFileAtomic } from '../atomic-write';

/** Where compressed images are unpacked. */
export interface UnpackOptions {
  /**
   * Folder to unpack compressed images into, once, so that they can be read in any order without being held in memory;
   * default: that of the compressed file.
   */
  readonly cache?: string | undefined;
}

/** Errors of `pieces` itself, told apart from those of writing. */
function watch(pieces: AsyncIterable<Uint8Array>): {
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly error: () => unknown;
} {
  let failure: unknown;
  return {
    error: () => failure,
    pieces: (async function* () {
      try {
        yield* pieces;
      } catch (error) {
        failure = error;
        throw error;
      }
    })(),
  };
}

/**
 * Unpacks a part of a file into a file of its own, unless that was done before.
 *
 * The name of the unpacked file tells the size and the time of the original, so a changed original is unpacked anew, and
 * what was unpacked from the old one is removed.
 *
 * @param length - Bytes that will come.
 * @param pieces - Called if they have to be unpacked; its errors are passed on as they are.
 * @returns Path of the unpacked file.
 */
export async function unpackOnce(
  fn: string,
  path: string,
  { cache = dirname(path) }: UnpackOptions,
  length: number,
  pieces: () => AsyncIterable<Uint8Array>,
): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  const name = `${basename(path)}.${size}-${Math.floor(mtimeMs)}.unpacked`;
  const unpacked = join(cache, name);
  const there = await stat(unpacked).catch(() => undefined);
  if (there?.size === length) return unpacked;
  const { pieces: watched, error } = watch(pieces());
  try {
    await mkdir(cache, { recursive: true });
    for (const entry of await readdir(cache)) {
      const isOld =
        entry.startsWith(`${basename(path)}.`) &&
        /^\d+-\d+\.unpacked$/.test(entry.slice(basename(path).length + 1));
      if (isOld) await unlink(join(cache, entry));
    }
    await writeFileAtomic(unpacked, watched);
  } catch (failure) {
    if (error()) throw error();
    throw new Error(
      `${fn}: '${path}' cannot be unpacked into '${cache}', got ${(failure as Error).message}; ` +
        `pass as cache a folder that is writable and has room for ${length} bytes`,
      { cause: failure },
    );
  }
  return unpacked;
}
