import type { ImageDataset } from '../../data';
import type { ImageFolderOrigin } from './image-folder';
import type { RecordFilesOptions } from './record-files';

/** What it takes to open a data set once more, on another thread: plain data. */
export type DatasetOrigin =
  | { readonly kind: 'records'; readonly options: RecordFilesOptions }
  | { readonly kind: 'images'; readonly options: ImageFolderOrigin };

/** A data set that stays in its files: each read fetches the images it is asked for and keeps nothing. */
export interface FileDataset extends ImageDataset {
  /** How another thread opens it. */
  readonly origin: DatasetOrigin;
}
