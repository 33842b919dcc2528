import { imageFolder } from './image-folder';
import type { DatasetOrigin, FileDataset } from './origin';
import { recordFiles } from './record-files';

/** Opens a data set once more, from what it said of its origin. */
export function openDataset(origin: DatasetOrigin): FileDataset {
  return origin.kind === 'records' ? recordFiles(origin.options) : imageFolder(origin.options);
}
