/** Height, width and channels of one image, in the order of NHWC. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** Images and labels in host memory, as a data set hands them out. */
export interface RawBatch {
  /** Pixels in the order NHWC, on [0, 1]. */
  readonly images: Float32Array;
  /** One class index an image, on [0, classes). */
  readonly labels: Int32Array;
}

/**
 * Labelled images of one size that can be read in any order.
 *
 * Implement it to bring your own data: only {@link ImageDataset.read} does any work, and it may be asynchronous.
 */
export interface ImageDataset {
  /** Name for error messages and reports. */
  readonly name: string;
  /** Number of images. */
  readonly size: number;
  /** Shape of every image. */
  readonly shape: ImageShape;
  /** Number of classes. */
  readonly classes: number;
  /** Reads the images at `indices`, each on [0, size), in that order; an index may occur twice. */
  read(indices: ArrayLike<number>): RawBatch | Promise<RawBatch>;
}

/** An {@link ImageDataset} whose images are at hand, so that reading needs no promise. */
export interface InMemoryDataset extends ImageDataset {
  read(indices: ArrayLike<number>): RawBatch;
}
