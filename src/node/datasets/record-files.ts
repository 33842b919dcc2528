import { closeSync, openSync, readSync } from 'node:fs';
import { decodeRecords, type RecordLayout } from '../../data';
import { recordBytes, recordLabel } from '../../data/records';
import { rangeError } from '../../errors';
import { fileError } from './byte-reader';
import type { FileDataset, RecordFile, RecordFilesOptions } from './origin';

/** Records read at once. */
const BLOCK = 256;

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw fileError(
      'read',
      path,
      'byte 0',
      error,
      'a file of images, where it was when the data set was opened',
    );
  }
}

/** Fills `bytes` from a file, from byte `position` on. */
function readFully(path: string, descriptor: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) {
    const count = readSync(descriptor, bytes, done, bytes.length - done, position + done);
    if (count === 0) {
      throw rangeError(
        'read',
        `'${path}' is shorter than when it was opened: it ends inside the records from byte ${position} on`,
        position + done,
        `expected at least ${position + bytes.length} bytes; fetch it again`,
      );
    }
    done += count;
  }
}

/**
 * Goes through a file of records and looks at every label.
 *
 * @param layouts - One for each label byte to look at.
 * @throws RangeError naming file and offset of the first label that is no class.
 */
export function checkLabels({ path, offset, records }: RecordFile, layouts: readonly RecordLayout[]): void {
  const record = recordBytes(layouts[0]!);
  const block = new Uint8Array(BLOCK * record);
  const descriptor = openFile(path);
  try {
    for (let first = 0; first < records; first += BLOCK) {
      const count = Math.min(BLOCK, records - first);
      readFully(path, descriptor, block.subarray(0, count * record), offset + first * record);
      for (let n = 0; n < count; n++) {
        for (const layout of layouts) recordLabel(block, n, layout, { source: path, first, offset });
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

/**
 * A data set over files of equal records. Nothing is held but the labels that are not in the records; a read fetches its
 * records, 256 at once.
 */
export function recordFiles(options: RecordFilesOptions): FileDataset {
  const { name, layout, files, labels } = options;
  const { shape, classes } = layout;
  const record = recordBytes(layout);
  const pixels = shape[0] * shape[1] * shape[2];
  const starts: number[] = [];
  let size = 0;
  for (const { records } of files) {
    starts.push(size);
    size += records;
  }

  /** The file that holds an image. */
  const fileOf = (index: number) => {
    let file = files.length - 1;
    while (starts[file]! > index) file -= 1;
    return file;
  };

  return {
    name,
    size,
    shape,
    classes,
    origin: { kind: 'records', options },
    // Reading is synchronous: a record takes microseconds, a promise for it several times as long.
    read(indices) {
      const images = new Float32Array(indices.length * pixels);
      const found = new Int32Array(indices.length);
      const descriptors = new Map<number, number>();
      try {
        for (let row = 0; row < indices.length; ) {
          const index = indices[row]!;
          if (!Number.isInteger(index) || index < 0 || index >= size) {
            throw rangeError(
              'read',
              `there is no such image in '${name}'`,
              index,
              `pass indices from 0 to ${size - 1}`,
            );
          }
          const file = fileOf(index);
          const { path, offset, records } = files[file]!;
          const first = index - starts[file]!;
          let count = 1;
          while (
            count < BLOCK &&
            row + count < indices.length &&
            first + count < records &&
            indices[row + count] === index + count
          )
            count += 1;
          const descriptor = descriptors.get(file) ?? openFile(path);
          descriptors.set(file, descriptor);
          const bytes = new Uint8Array(count * record);
          readFully(path, descriptor, bytes, offset + first * record);
          const decoded = decodeRecords(bytes, layout, { source: path, first, offset });
          for (let i = 0; i < decoded.images.length; i++)
            images[row * pixels + i] = decoded.images[i]! * (1 / 255);
          found.set(labels ? labels.subarray(index, index + count) : decoded.labels, row);
          row += count;
        }
      } finally {
        for (const descriptor of descriptors.values()) closeSync(descriptor);
      }
      return { images, labels: found };
    },
  };
}
