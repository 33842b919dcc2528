import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordLayout } from '../../data';
import { recordBytes } from '../../data/records';
import { rangeError, requireKind } from '../../errors';
import { type Folder, findFolder } from './folder';
import { checkLimit } from './limit';
import type { FileDataset, RecordFile } from './origin';
import { checkLabels, recordFiles } from './record-files';

/** What {@link readCifar} needs to know about a data set in the form of CIFAR's binary version. */
export interface CifarOptions {
  /** Function to name in errors. */
  readonly fn: string;
  /** Name of the data set. */
  readonly name: string;
  readonly split: 'train' | 'test';
  readonly limit: number;
  readonly layout: RecordLayout;
  /** Layouts of all labels in a record, to be checked. */
  readonly layouts: readonly RecordLayout[];
  /** The files of the split among these names, in order. */
  readonly choose: (names: readonly string[]) => string[];
  /** How many records the official files have. */
  readonly official: Readonly<Record<string, number>>;
  /** Folder of the official archive. */
  readonly archive: string;
  /** What to call the data set in errors. */
  readonly title: string;
  /** The official files of the split, for errors. */
  readonly wanted: string;
}

/** Throws unless a file of this name may have this size. */
function checkSize(fn: string, path: string, size: number, record: number, official?: number): void {
  const whole = official === undefined ? undefined : official * record;
  if (whole === undefined ? size > 0 && size % record === 0 : size === whole) return;
  const expected =
    whole === undefined
      ? `a multiple of ${record} bytes, one record each`
      : `exactly ${whole} bytes, ${official} records of ${record}`;
  const fault =
    whole !== undefined && size > whole
      ? `has bytes left over from byte ${whole} on`
      : `breaks off at byte ${size}, in record ${Math.floor(size / record)}`;
  throw rangeError(fn, `'${path}' ${fault}: wrong file size`, size, `expected ${expected}; fetch it again`);
}

/** The folder of the files, and which they are. */
function find(directory: string, options: CifarOptions): Folder {
  const { fn, choose, archive, split, title, wanted } = options;
  const { path, names } = findFolder(fn, directory, {
    archive,
    isThere: (present) => choose(present).length > 0,
    remedy: `pass the folder that holds ${wanted}`,
  });
  const files = choose(names);
  if (files.length > 0) return { path, names: files };
  throw rangeError(fn, `'${path}' holds no ${split} images of ${title}`, names, `put ${wanted} there`);
}

/** A data set in files of CIFAR's binary version: sizes and labels are checked, the images stay in the files. */
export function readCifar(directory: string, options: CifarOptions): FileDataset {
  const { fn, name, split, limit, layout, layouts, official } = options;
  checkLimit(fn, limit);
  requireKind(fn, 'split', split, ['train', 'test']);
  const folder = find(directory, options);
  const record = recordBytes(layout);
  const files: RecordFile[] = [];
  let left = limit;
  for (const file of folder.names) {
    if (left <= 0) break;
    const path = join(folder.path, file);
    const { size } = statSync(path);
    checkSize(fn, path, size, record, official[file]);
    const records = Math.min(left, size / record);
    files.push({ path, offset: 0, records });
    checkLabels(files.at(-1)!, layouts);
    left -= records;
  }
  return recordFiles({ name: `${name}/${split}`, layout, files });
}
