import type { BatchRequest, Dataset, ExampleBatch } from '../data';
import type { DatasetOrigin } from './datasets/origin';

/** What the thread of `prefetch` is started with: which data set to open. */
export type PrefetchStart = { readonly origin: DatasetOrigin } | { readonly module: string };

/** Asks for a batch. */
export interface PrefetchRequest {
  readonly id: number;
  readonly request: BatchRequest;
}

/** What went wrong on the thread. */
export interface PrefetchFailure {
  /** Name of the error's class. */
  readonly error: string;
  readonly message: string;
}

/** What the thread says: that it has opened the data set, a batch, or what went wrong. */
export type PrefetchAnswer =
  | {
      readonly kind: 'ready';
      /** What the data set has to say of itself. */
      readonly dataset: Pick<Dataset, 'size' | 'shape' | 'classes' | 'targets'>;
    }
  | { readonly kind: 'unusable'; readonly failure: PrefetchFailure }
  | { readonly kind: 'batch'; readonly id: number; readonly batch: ExampleBatch }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: PrefetchFailure };
