import type { Moment } from '../layers';
import type { PackedOptions } from '../layers/options';
import type { NetworkGradientsOptions } from '../network';
import type { BatchEvaluation } from '../network/training/evaluate-network';
import type { GradientsOf } from '../search/engine';
import type { TaskSettings } from '../tasks';
import type { WasmBuild } from '../wasm';
import type { HostTensor } from './host-tensor';
import type { ModelCopy } from './model-copy';

/** What a search is in: a supernet by the configuration that `getConfig` gives, or a model that holds mixed edges. */
export type SearchedSubject =
  | {
      readonly kind: 'supernet';
      readonly options: PackedOptions;
      /** Shape of an example. */
      readonly inputShape: readonly number[];
    }
  | { readonly kind: 'model'; readonly copy: ModelCopy };

/** A network that is trained or used. */
export interface NetworkSubject {
  readonly kind: 'network';
  readonly copy: ModelCopy;
}

/** What a worker has a copy of. */
export type Subject = SearchedSubject | NetworkSubject;

/** What a worker is started with. */
export interface WorkerStart {
  readonly subject: Subject;
  /** What is to be learnt. */
  readonly task: TaskSettings;
  /** Which thread this is; the main one is 0. */
  readonly index: number;
  /** Values of all variables; written by the main thread while no worker has a request. */
  readonly parameters: SharedArrayBuffer;
  /** Gradients, a buffer each thread; written by it before it answers. */
  readonly gradients: readonly SharedArrayBuffer[];
  /** The build of the fast training kernels, that of this thread, so that all compute alike; null for none of them. */
  readonly build: WasmBuild | null;
  /** Modules to import first, such as one that defines candidates. */
  readonly setup: readonly string[];
}

/** A part of a batch. */
interface Part {
  /** Counts how often the parameters were written. */
  readonly version: number;
  readonly x: HostTensor;
}

/** The part, with its answers, whose gradients are asked for. */
interface LearntPart extends Part {
  readonly y: HostTensor;
  /** When, and which part of the batch. */
  readonly moment: Moment;
}

/** What there is to say of gradients; they themselves are in shared memory. */
interface PartNumbers {
  readonly losses: readonly number[];
  readonly metrics: Readonly<Record<string, number>>;
}

/** What a worker is asked, and what it answers. */
export interface Exchange {
  /** Gradients of a search. */
  readonly search: { readonly ask: LearntPart & { readonly of: GradientsOf }; readonly answer: PartNumbers };
  /** Gradients of a network. */
  readonly train: {
    readonly ask: LearntPart &
      NetworkGradientsOptions & {
        /** Of which of the variables. */
        readonly of: readonly number[];
        /** The rate of every drop path. */
        readonly dropPath: readonly number[];
      };
    readonly answer: PartNumbers;
  };
  /** To add up, from one place to another, the gradients of the threads that have a share. */
  readonly add: {
    readonly ask: { readonly shares: readonly number[]; readonly from: number; readonly to: number };
    readonly answer: null;
  };
  /** What an evaluation adds up of a batch. */
  readonly evaluate: {
    readonly ask: Part & { readonly y: HostTensor; readonly classes: number };
    readonly answer: BatchEvaluation;
  };
  /** Outputs of a network. */
  readonly predict: { readonly ask: Part; readonly answer: HostTensor };
}

/** A request. */
export type WorkerRequest = {
  readonly [K in keyof Exchange]: readonly [kind: K, ask: Exchange[K]['ask']];
}[keyof Exchange];

/** How requests are answered. */
export type Handlers = {
  readonly [K in keyof Exchange]?: (ask: Exchange[K]['ask']) => Promise<Exchange[K]['answer']>;
};

/** What a worker says: that it is ready, an answer, or what went wrong. */
export type WorkerAnswer =
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly message: string };
