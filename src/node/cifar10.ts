import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cifar10Layout, concatenate, decodeCifar10, type ImageDataset, recordBytes } from '../data';
import { rangeError } from '../errors';

/** Options of {@link readCifar10}. */
export interface ReadCifar10Options {
  /** Training or test images; default `train`. */
  readonly split?: 'train' | 'test' | undefined;
  /** Read at most this many images, the first ones; default all there are. */
  readonly limit?: number | undefined;
}

const RECORD = recordBytes(cifar10Layout);
const OFFICIAL_RECORDS = 10_000;
const OFFICIAL = /^(data_batch_[1-5]|test_batch)\.bin$/;
// Batch 10 after batch 2, whatever the locale: the order decides which images a split gets.
const byName = new Intl.Collator('en', { numeric: true }).compare;
const ARCHIVE_FOLDER = 'cifar-10-batches-bin';

/** The files of one split in `names`, in order. The whole test set goes before a part of it. */
function batchFiles(names: readonly string[], split: 'train' | 'test'): string[] {
  if (split === 'test' && names.includes('test_batch.bin')) return ['test_batch.bin'];
  const pattern = split === 'train' ? /^data_batch_.+\.bin$/ : /^test_.+\.bin$/;
  return names.filter((name) => pattern.test(name)).sort(byName);
}

async function list(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    throw new Error(
      `readCifar10: '${directory}' cannot be listed, got ${(error as Error).message}; ` +
        'pass the folder that holds data_batch_1.bin and its companions',
      { cause: error },
    );
  }
}

/** Throws unless a file of this name may have this size. */
function checkSize(path: string, name: string, size: number): void {
  const official = OFFICIAL.test(name);
  if (official ? size === OFFICIAL_RECORDS * RECORD : size > 0 && size % RECORD === 0) return;
  const expected = official
    ? `exactly ${OFFICIAL_RECORDS * RECORD} bytes, ${OFFICIAL_RECORDS} records of ${RECORD}`
    : `a multiple of ${RECORD} bytes, one record each`;
  const fault =
    official && size > OFFICIAL_RECORDS * RECORD
      ? `has bytes left over from byte ${OFFICIAL_RECORDS * RECORD} on`
      : `breaks off at byte ${size}, in record ${Math.floor(size / RECORD)}`;
  throw rangeError(
    'readCifar10',
    `'${path}' ${fault}: wrong file size`,
    size,
    `expected ${expected}; fetch it again`,
  );
}

/** The first `wanted` records of a file, or all it has. */
async function readRecords(path: string, name: string, wanted: number): Promise<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    checkSize(path, name, size);
    const bytes = new Uint8Array(Math.min(size, wanted * RECORD));
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, done);
      if (bytesRead === 0) checkSize(path, name, done);
      done += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

/**
 * CIFAR-10 from a folder of its binary version: 32x32x3, 10 classes.
 *
 * Training images come from every `data_batch_*.bin` there is, in the order of their names; test images from
 * `test_batch.bin` or, without it, from every `test_*.bin`. The folder `cifar-10-batches-bin` of the official archive
 * is found inside `directory` too.
 *
 * @throws RangeError if a file is cut off, too long or holds something else: the message names the file, its size, the
 * size expected and the byte where it goes wrong. Error if there are no such files.
 */
export async function readCifar10(
  directory: string,
  { split = 'train', limit = Number.POSITIVE_INFINITY }: ReadCifar10Options = {},
): Promise<ImageDataset> {
  if (!(limit === Number.POSITIVE_INFINITY || (Number.isInteger(limit) && limit > 0))) {
    throw rangeError(
      'readCifar10',
      'limit must be a whole number of at least 1',
      limit,
      'pass for example 2000',
    );
  }
  let folder = directory;
  let present = await list(folder);
  let files = batchFiles(present, split);
  if (files.length === 0 && present.includes(ARCHIVE_FOLDER)) {
    folder = join(directory, ARCHIVE_FOLDER);
    present = await list(folder);
    files = batchFiles(present, split);
  }
  if (files.length === 0) {
    const wanted = split === 'train' ? 'data_batch_1.bin to data_batch_5.bin' : 'test_batch.bin';
    throw rangeError(
      'readCifar10',
      `'${folder}' holds no ${split} images of CIFAR-10's binary version`,
      present,
      `put ${wanted} there`,
    );
  }
  const parts: ImageDataset[] = [];
  let left = limit;
  for (const name of files) {
    if (left <= 0) break;
    const path = join(folder, name);
    const part = decodeCifar10(await readRecords(path, name, left), {
      source: path,
      name: `cifar10/${name}`,
    });
    parts.push(part);
    left -= part.size;
  }
  return concatenate(`cifar10/${split}`, parts);
}
