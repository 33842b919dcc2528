import type { Moment } from '../layers';
import type { PackedOptions } from '../layers/options';
import type { GradientsOf } from '../search/engine';
import type { TaskSettings } from '../tasks';
import type { WasmBuild } from '../wasm';
import type { ModelCopy } from './model-copy';

/** What a worker is started with. */
export interface WorkerStart {
  /** A model, or the configuration of a supernet as `getConfig` gives it. */
  readonly searched: ModelCopy | PackedOptions;
  /** Shape of an example. */
  readonly inputShape: readonly number[];
  /** What is to be learnt. */
  readonly task: TaskSettings;
  /** Values of all alphas, then all weights; written by the main thread before each request. */
  readonly parameters: SharedArrayBuffer;
  /** Gradients of alphas, weights or both; written by the worker before each answer. */
  readonly gradients: SharedArrayBuffer;
  /** Whether the fast training kernels are switched on. */
  readonly fast: boolean;
  /** Which of their builds: that of this thread, so that all compute alike. */
  readonly build: WasmBuild;
  /** Modules to import first, such as one that defines candidates. */
  readonly setup: readonly string[];
}

/** Asks for the gradients of a part of a batch. */
export interface GradientRequest {
  readonly x: Float32Array;
  readonly y: Int32Array | Float32Array;
  /** Shape of one target, none of the index of a class. */
  readonly target: readonly number[];
  readonly of: GradientsOf;
  readonly moment: Moment;
}

/** The answer; the gradients are in shared memory. */
export type WorkerAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'gradients'; readonly loss: number; readonly metrics: Readonly<Record<string, number>> }
  | { readonly kind: 'failed'; readonly message: string };
