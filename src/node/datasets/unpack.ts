import { createHash } from 'node:crypto';
import { open, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { typeError } from '../../errors';
import { writeFileAtomic } from '../atomic-write';
import { makeFolder } from '../make-folder';

/** Where compressed images are unpacked. */
export interface UnpackOptions {
  /**
   * Folder to unpack compressed images into, once, so that they can be read in any order without being held in memory;
   * default: that of the compressed file. Any number of data sets may share it.
   */
  readonly cache?: string | undefined;
}

/** Throws unless `cache` names a folder or is left out. */
export function checkCache(fn: string, { cache }: UnpackOptions): void {
  if (cache !== undefined && typeof cache !== 'string')
    throw typeError(fn, 'cache must be the path of a folder', cache, "pass for example 'unpacked'");
}

/** A compressed part of a file. */
export interface PackedPart {
  readonly path: string;
  /** Byte at which it starts; default 0. */
  readonly start?: number | undefined;
  /** Byte after its last; default the end of the file. */
  readonly end?: number | undefined;
}

/** How much of a packed part is wanted, in bytes of what it unpacks to. */
export interface UnpackedLength {
  /** All there is. */
  readonly whole: number;
  /** The first of them that are needed. */
  readonly wanted: number;
}

/** Bytes at either end of a packed part that tell it from others; the last ones hold a checksum of the content. */
const ENDS = 2 ** 16;

/** What this process is unpacking just now. */
const unpacking = new Map<string, Promise<void>>();

/** A short name for what is packed here: other files, and other contents, have others. */
async function fingerprint({ path, start = 0, end = Number.POSITIVE_INFINITY }: PackedPart): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { size, mtimeNs } = await handle.stat({ bigint: true });
    const last = Math.min(end, Number(size));
    const hash = createHash('sha256').update(
      `${await realpath(path)}\0${size} ${mtimeNs} ${start} ${last}\0`,
    );
    for (const from of [start, Math.max(start, last - ENDS)]) {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(ENDS),
        0,
        Math.min(ENDS, last - from),
        from,
      );
      hash.update(buffer.subarray(0, bytesRead));
    }
    return hash.digest('hex').slice(0, 16);
  } finally {
    await handle.close();
  }
}

/** Writes pieces into a file, which appears whole or not at all; errors of the pieces themselves pass as they are. */
async function unpack(
  fn: string,
  path: string,
  unpacked: string,
  length: number,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  async function* watched(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* pieces;
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  const cache = dirname(unpacked);
  try {
    await makeFolder(cache);
    await writeFileAtomic(unpacked, watched());
  } catch (error) {
    if (failure) throw failure.error;
    throw new Error(
      `${fn}: '${path}' cannot be unpacked into '${cache}', got ${(((error as Error).cause ?? error) as Error).message}; ` +
        `pass as cache a folder that is writable and has room for ${length} bytes`,
      { cause: error },
    );
  }
}

/**
 * Unpacks a part of a file, or the first bytes of it, into a file of its own, unless that was done before.
 *
 * The name of the unpacked file tells path, size, time and content of the original, so data sets can share a folder and a
 * changed original is unpacked anew. Nothing is ever removed or changed: another data set, or another process, may be
 * reading it.
 *
 * @param pieces - Called if they have to be unpacked, for the bytes that are wanted; its errors are passed on as they are.
 * @returns Path of the unpacked file.
 */
export async function unpackOnce(
  fn: string,
  part: PackedPart,
  { cache = dirname(part.path) }: UnpackOptions,
  { whole, wanted }: UnpackedLength,
  pieces: () => AsyncIterable<Uint8Array>,
): Promise<string> {
  const stem = join(resolve(cache), `${basename(part.path)}.${await fingerprint(part)}`);
  const all = `${stem}.unpacked`;
  const isThere = (path: string, length: number) =>
    stat(path).then(
      ({ size }) => size === length,
      () => false,
    );
  if (await isThere(all, whole)) return all;
  const unpacked = wanted === whole ? all : `${stem}-${wanted}.unpacked`;
  if (await isThere(unpacked, wanted)) return unpacked;
  const running =
    unpacking.get(unpacked) ??
    unpack(fn, part.path, unpacked, wanted, pieces()).finally(() => unpacking.delete(unpacked));
  unpacking.set(unpacked, running);
  await running;
  return unpacked;
}
