import type { StreamKey } from '../random';
import type { AugmentationOptions } from './augment/options';

/** Height, width and channels of one image, in the order of NHWC. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** Images and labels in host memory, as a data set hands them out. */
export interface RawBatch {
  /** Pixels in the order NHWC, on [0, 1]. */
  readonly images: Float32Array;
  /** One class index an image, on [0, classes). */
  readonly labels: Int32Array;
}

/** Which images of a data set, and how to change them: plain data, so that it can go to another thread. */
export interface BatchRequest {
  /** Which images, each on [0, size), in order; an index may occur twice. */
  readonly indices: Int32Array;
  /** Changes to the images; default none. */
  readonly augment?: AugmentationOptions | undefined;
  /** Key of the random stream that the changes draw from. */
  readonly key: StreamKey;
}

/**
 * Labelled images of one size that can be read in any order.
 *
 * Implement it to bring your own data: only {@link ImageDataset.read} has to do any work, and it may be asynchronous.
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
  /**
   * Makes a batch elsewhere, such as on another thread: the very numbers of `prepareBatch`, in memory that is the
   * caller's. Default: `prepareBatch` on this thread.
   */
  readonly prepare?: ((request: BatchRequest) => Promise<RawBatch>) | undefined;
  /** How many batches are asked of {@link ImageDataset.prepare} ahead of the one that is needed; default 0. */
  readonly readAhead?: number | undefined;
}

/** An {@link ImageDataset} whose images are at hand, so that reading needs no promise. */
export interface InMemoryDataset extends ImageDataset {
  read(indices: ArrayLike<number>): RawBatch;
}
