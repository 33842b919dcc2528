import type { StreamKey } from '../random';
import type { AugmentationOptions } from './augment/options';

/** Height, width and channels of one image, in the order of NHWC. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** Images and labels in host memory, as a data set of pictures hands them out. */
export interface ImageBatch {
  /** Pixels in the order NHWC, on [0, 1]. */
  readonly images: Float32Array;
  /** One class index an image, on [0, classes). */
  readonly labels: Int32Array;
}

/** Examples and targets in host memory. */
export interface ExampleBatch {
  /** The examples one after the other, each with its last axis varying fastest. */
  readonly x: Float32Array;
  /**
   * The targets, likewise: a class index each, or the numbers of `targets.shape`. Of a batch that `mixup` or `cutmix` has
   * mixed, a share of each class, [classes].
   */
  readonly y: Int32Array | Float32Array;
}

/** What a data set hands out: examples and targets, or images and labels. */
export type RawBatch = ExampleBatch | ImageBatch;

/** Targets that are numbers: a vector to regress, labels of which several hold, a map. */
export interface ValueTargets {
  /** Shape of one target. */
  readonly shape: readonly number[];
  /** What the numbers of the last axis are, for reports. */
  readonly names?: readonly string[] | undefined;
}

/** Which examples of a data set, and how to change them: plain data, so that it can go to another thread. */
export interface BatchRequest {
  /** Which examples, each on [0, size), in order; an index may occur twice. */
  readonly indices: Int32Array;
  /** Changes to the examples; default none. */
  readonly augment?: AugmentationOptions | undefined;
  /** Key of the random stream that the changes draw from. */
  readonly key: StreamKey;
}

/**
 * Examples of one shape, each with a target, that can be read in any order.
 *
 * It says either `classes`, where a target is the index of a class, or `targets`, where it is numbers. Implement it to bring
 * your own data: only {@link Dataset.read} has to do any work, and it may be asynchronous, so that a data set may be larger
 * than the memory.
 */
export interface Dataset {
  /** Name for error messages and reports. */
  readonly name: string;
  /** Number of examples. */
  readonly size: number;
  /** Shape of every example: [height, width, channels] of a picture, [time, channels] of a signal, any other. */
  readonly shape: readonly number[];
  /** Number of classes, where a target is the index of one. */
  readonly classes?: number | undefined;
  /** What a target is, where it is numbers. */
  readonly targets?: ValueTargets | undefined;
  /** Reads the examples at `indices`, each on [0, size), in that order; an index may occur twice. */
  read(indices: ArrayLike<number>): RawBatch | Promise<RawBatch>;
  /**
   * Makes a batch elsewhere, such as on another thread: the very numbers of `prepareBatch`, in memory that is the
   * caller's. Default: `prepareBatch` on this thread.
   */
  readonly prepare?: ((request: BatchRequest) => Promise<RawBatch>) | undefined;
  /** How many batches are asked of {@link Dataset.prepare} ahead of the one that is needed; default 0. */
  readonly readAhead?: number | undefined;
}

/** Labelled images of one size: a {@link Dataset} whose examples are pictures and whose targets are classes. */
export interface ImageDataset extends Dataset {
  /** Shape of every image. */
  readonly shape: ImageShape;
  /** Number of classes. */
  readonly classes: number;
  readonly targets?: undefined;
  /** Reads the images at `indices`, each on [0, size), in that order; an index may occur twice. */
  read(indices: ArrayLike<number>): ImageBatch | Promise<ImageBatch>;
}

/** An {@link ImageDataset} whose images are at hand, so that reading needs no promise. */
export interface InMemoryDataset extends ImageDataset {
  read(indices: ArrayLike<number>): ImageBatch;
}
