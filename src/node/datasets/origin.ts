import type { ImageDataset, ImageShape, RecordLayout } from '../../data';

/** A file, or the part of one, that consists of equal records. */
export interface RecordFile {
  readonly path: string;
  /** Byte at which the first record starts. */
  readonly offset: number;
  /** How many there are. */
  readonly records: number;
}

/** Which records make up a data set, and where they are: plain data, for another thread. */
export interface RecordFilesOptions {
  /** Name for error messages and reports. */
  readonly name: string;
  readonly layout: RecordLayout;
  /** The files, in the order of the images. */
  readonly files: readonly RecordFile[];
  /** Labels that are not in the records: one byte an image. Default: those of the records. */
  readonly labels?: Uint8Array | undefined;
}

/**
 * How an image becomes one of the wanted size: `cover` scales it until it covers the size and cuts off the rest, evenly
 * on both sides; `contain` scales it until it fits and fills up with black; `stretch` changes its proportions; `none`
 * takes it as it is, and it must have that size.
 */
export type ImageFit = 'cover' | 'contain' | 'stretch' | 'none';

/** An image folder, gone through: what it takes to read its images. */
export interface ImageFolderOrigin {
  readonly name: string;
  readonly shape: ImageShape;
  /** Height and width before the middle is cut out. */
  readonly scaled: readonly [height: number, width: number];
  readonly fit: ImageFit;
  readonly directory: string;
  readonly classNames: readonly string[];
  /** Class of each image. */
  readonly labels: Int32Array;
  /** File of each image, from the folder of its class on. */
  readonly files: readonly string[];
}

/** What it takes to open a data set once more, on another thread: plain data. */
export type DatasetOrigin =
  | { readonly kind: 'records'; readonly options: RecordFilesOptions }
  | { readonly kind: 'images'; readonly options: ImageFolderOrigin };

/** A data set that stays in its files: each read fetches the images it is asked for and keeps nothing. */
export interface FileDataset extends ImageDataset {
  /** How another thread opens it. */
  readonly origin: DatasetOrigin;
}
