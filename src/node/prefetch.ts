import type { Worker } from 'node:worker_threads';
import type { BatchRequest, Dataset, ExampleBatch, ImageDataset, Part } from '../data';
import { checkDataset } from '../data/check';
import { checkOptions, type OptionKeys, rangeError, typeError } from '../errors';
import type { FileDataset } from './datasets/origin';
import type { PrefetchAnswer, PrefetchFailure, PrefetchRequest, PrefetchStart } from './prefetch-protocol';
import { startWorker } from './start-worker';

/** Options of {@link prefetch}. */
export interface PrefetchOptions {
  /** Batches made ahead of the one that is needed; as many, and one more, are held. Default 2. */
  readonly ahead?: number | undefined;
  /**
   * For a data set of one's own: URL of a module whose default export is a function that opens the same data set.
   * Default: the data set comes from one of the readers of this entry, and is opened as they do.
   */
  readonly module?: string | URL | undefined;
}

const KEYS = { ahead: true, module: true } satisfies OptionKeys<PrefetchOptions>;

/** A data set whose batches are made on a thread of its own. */
export type PrefetchedDataset<D extends Dataset = ImageDataset> = Part<D> & {
  /** Ends the thread. Without it, the thread ends with the process. */
  dispose(): Promise<void>;
};

type Answer<K extends PrefetchAnswer['kind']> = Extract<PrefetchAnswer, { kind: K }>;

interface Waiting {
  resolve(batch: ExampleBatch): void;
  reject(error: Error): void;
}

/** An error of the thread, as one of this. */
function revive({ error, message }: PrefetchFailure): Error {
  if (error === 'RangeError') return new RangeError(message);
  return error === 'TypeError' ? new TypeError(message) : new Error(message);
}

/** The thread that makes the batches. */
class Reader {
  readonly #name: string;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #dead: Error | undefined;

  /** Resolves when the thread has opened the data set. */
  readonly opened: Promise<Answer<'ready'>>;

  constructor(name: string, start: PrefetchStart) {
    this.#name = name;
    this.#worker = startWorker('prefetch-worker', start);
    this.opened = new Promise((resolve, reject) => {
      this.#worker.on('message', (answer: PrefetchAnswer) => {
        if (answer.kind === 'ready') resolve(answer);
        else if (answer.kind === 'unusable') reject(revive(answer.failure));
        else this.#settle(answer);
      });
      const die = (how: string) => {
        this.#end(
          new Error(
            `prefetch: the thread that reads '${this.#name}' ${how}; open the data set and prefetch it anew`,
          ),
        );
        reject(this.#dead);
      };
      this.#worker.on('error', (error) => die(`died, got '${error.message}'`));
      this.#worker.on('exit', (code) => die(`ended, got exit code ${code}`));
    });
  }

  make(request: BatchRequest): Promise<ExampleBatch> {
    if (this.#dead) return Promise.reject(this.#dead);
    return new Promise((resolve, reject) => {
      const id = this.#asked++;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, request } satisfies PrefetchRequest);
    });
  }

  /** Lets the process end while nobody waits for a batch, nor for the thread's end. */
  rest(): void {
    if (this.#waiting.size === 0 && !this.#dead) this.#worker.unref();
  }

  async dispose(): Promise<void> {
    this.#end(new Error(`prefetch: '${this.#name}' was disposed; open the data set and prefetch it anew`));
    await this.#worker.terminate();
  }

  #settle(answer: Answer<'batch'> | Answer<'failed'>): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    this.rest();
    if (answer.kind === 'batch') waiting?.resolve(answer.batch);
    else waiting?.reject(revive(answer.failure));
  }

  #end(error: Error): void {
    this.#dead ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#dead);
    this.#waiting.clear();
  }
}

function startOf(dataset: Dataset, module: string | URL | undefined): PrefetchStart {
  if (module !== undefined) return { module: String(module) };
  const { origin } = dataset as Partial<FileDataset>;
  if (origin) return { origin };
  throw typeError(
    'prefetch',
    `'${dataset.name}' cannot be opened on another thread`,
    dataset.name,
    'pass what one of the readers returned (before split() and subset()), or the module that opens it',
  );
}

/**
 * Makes the batches of a data set on another thread, ahead of their use: it reads, decodes and augments while this one
 * trains. The numbers are the same with it and without.
 *
 * `split` and `subset` of the result use the thread too; `concatenate` does not.
 *
 * ```ts
 * const images = await prefetch(await readCifar10('cifar-10-batches-bin'));
 * const [train, valid] = split(images);
 * ```
 *
 * If the thread dies, the batches that it owes, and all later ones, fail with an error that says so.
 *
 * @throws RangeError if `ahead` is no whole number of at least 1, or the module opens another data set; TypeError if the
 * data set cannot be opened on another thread or the module cannot be loaded; and whatever opening it throws there.
 */
export async function prefetch<D extends Dataset>(
  dataset: D,
  options: PrefetchOptions = {},
): Promise<PrefetchedDataset<D>> {
  checkOptions('prefetch', options, KEYS);
  checkDataset('prefetch', dataset);
  const { ahead = 2, module } = options;
  if (!(Number.isInteger(ahead) && ahead >= 1)) {
    throw rangeError('prefetch', 'ahead must be a whole number of at least 1', ahead, 'pass for example 2');
  }
  const { name, size, shape, classes, targets } = dataset;
  const reader = new Reader(name, startOf(dataset, module));
  try {
    const { dataset: found } = await reader.opened;
    const expected = { size, shape, classes, targets };
    const text = (set: typeof found) =>
      JSON.stringify([set.size, set.shape, set.classes, set.targets?.shape]);
    if (text(found) !== text(expected)) {
      throw rangeError(
        'prefetch',
        `the module opens another data set than '${name}'`,
        found,
        `expected ${JSON.stringify(expected)}`,
      );
    }
  } catch (error) {
    await reader.dispose();
    throw error;
  }
  reader.rest();
  return {
    name,
    size,
    shape,
    classes,
    targets,
    read: (indices: ArrayLike<number>) => dataset.read(indices),
    prepare: (request: BatchRequest) => reader.make(request),
    readAhead: ahead,
    dispose: () => reader.dispose(),
  } as Dataset as PrefetchedDataset<D>;
}
