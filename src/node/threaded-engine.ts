import type { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { checkShape } from '../data/check';
import { checkOptions, type OptionKeys, rangeError } from '../errors';
import { edgeKernel } from '../kernels/edge';
import type { Moment } from '../layers';
import type { Gradients } from '../optimizers';
import { type BatchGradients, type GradientEngine, localEngine } from '../search';
import { type GradientsOf, variablesOf } from '../search/engine';
import { type ModelSupernet, modelSupernet, type Supernet } from '../supernet';
import type { TaskBatch, TaskSettings } from '../tasks';
import { isOwnTask, plainTask, taskOf } from '../tasks/task';
import { copyModel } from './model-copy';
import { countValues, readVariables } from './shared-variables';
import { startWorker } from './start-worker';
import type { GradientRequest, WorkerAnswer, WorkerStart } from './worker-protocol';

/** Options of {@link threadedEngine}. */
export interface ThreadedEngineOptions {
  /** Number of threads, this one included. Default 2. */
  readonly threads?: number;
  /**
   * Shape of an example: height, width and channels of images, time and channels of signals. Default: that of a model of
   * one's own, where all its sides have a length.
   */
  readonly inputShape?: readonly number[];
  /** What is to be learnt. One of your own must be defined by a module of `setup`. Default `classification()`. */
  readonly task?: TaskSettings;
  /** Whether the workers switch on the fast training kernels. Default true. */
  readonly fast?: boolean;
  /** URLs of modules every worker imports first, for example to define candidates. Default none. */
  readonly setup?: readonly (string | URL)[];
  /** Seconds that a worker may take to answer, Infinity for no limit; to start it has 600 at least. Default 600. */
  readonly timeLimit?: number;
}

/** Each has a backend and a copy of the supernet. */
const MOST_THREADS = 1024;

const TIME_LIMIT = 600;

/** The longest wait of a timer, in seconds. */
const LONGEST = (2 ** 31 - 1) / 1000;

const optionKeys = {
  threads: true,
  inputShape: 'list',
  task: 'object',
  fast: 'flag',
  setup: 'list',
  timeLimit: true,
} satisfies OptionKeys<ThreadedEngineOptions>;

/** One worker and the answer it owes. */
class Thread {
  readonly #worker: Worker;
  readonly gradients: Float32Array;
  #owed: { resolve: (answer: WorkerAnswer) => void; reject: (error: Error) => void } | undefined;
  #dead: Error | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    start: WorkerStart,
    readonly index: number,
    readonly timeLimit: number,
  ) {
    this.#worker = startWorker('worker', start);
    this.gradients = new Float32Array(start.gradients);
    this.#worker.on('message', (answer: WorkerAnswer) => {
      if (answer.kind === 'failed')
        this.#end(new Error(`threadedEngine: worker ${index} failed: ${answer.message}`));
      else this.#owed?.resolve(answer);
    });
    this.#worker.on('error', (error) =>
      this.#end(new Error(`threadedEngine: worker ${index} died: ${error.message}`)),
    );
    this.#worker.on('exit', (code) =>
      this.#end(new Error(`threadedEngine: worker ${index} ended, exit code ${code}`)),
    );
  }

  /** The next answer, or the worker's failure. */
  answer(seconds = this.timeLimit): Promise<WorkerAnswer> {
    if (this.#dead) return Promise.reject(this.#dead);
    return new Promise<WorkerAnswer>((resolve, reject) => {
      this.#owed = { resolve, reject };
      if (seconds > LONGEST) return;
      this.#timer = setTimeout(() => {
        void this.end(
          `worker ${this.index} gave no answer in ${seconds} s; find out what blocks it, or raise timeLimit`,
        );
      }, 1000 * seconds);
    }).finally(() => clearTimeout(this.#timer));
  }

  ask(request: GradientRequest): Promise<WorkerAnswer> {
    const answer = this.answer();
    this.#worker.postMessage(request);
    return answer;
  }

  /** Ends the worker; whoever waits for its answer is told why. */
  async end(reason: string): Promise<void> {
    this.#end(new Error(`threadedEngine: ${reason}`));
    await this.#worker.terminate();
  }

  #end(error: Error): void {
    this.#dead ??= error;
    this.#owed?.reject(this.#dead);
    this.#owed = undefined;
  }
}

/** Cuts a number of images into near-equal parts, the larger ones first. */
function parts(images: number, threads: number): readonly [from: number, to: number][] {
  const cut = (i: number) => Math.ceil((images * i) / threads);
  return Array.from({ length: threads }, (_, i): [number, number] => [cut(i), cut(i + 1)]).filter(
    ([from, to]) => to > from,
  );
}

/**
 * Spreads every batch over several threads, each with a wasm backend and a copy of the supernet of its own, and averages
 * the gradients.
 *
 * For a given number of threads the result is deterministic. It differs from that of one thread: batch norm takes the
 * statistics of each thread's part, and the running statistics are those of this thread's part, as in PyTorch's
 * DataParallel.
 *
 * Requests are answered one after the other. A worker that fails, or gives no answer in time, makes the request in progress
 * and all later ones fail with its error, as `dispose` does.
 *
 * @param searched - The supernet to search in, built, or a model of one's own that can be made again from its configuration.
 * @throws RangeError for a bad number of threads; Error if a worker cannot start, for example because
 * `@tensorflow/tfjs-backend-wasm` is not installed.
 */
export async function threadedEngine(
  searched: Supernet | LayersModel,
  options: ThreadedEngineOptions = {},
): Promise<GradientEngine> {
  checkOptions('threadedEngine', options, optionKeys);
  const { threads = 2, task = plainTask, fast = true, setup = [], timeLimit = TIME_LIMIT } = options;
  taskOf(task, 'threadedEngine');
  if (isOwnTask(task) && setup.length === 0)
    throw rangeError(
      'threadedEngine',
      'the threads cannot know a task of your own',
      task.kind,
      'pass as setup the URL of the module that calls defineTask()',
    );
  if (!(timeLimit > 0))
    throw rangeError(
      'threadedEngine',
      'timeLimit must be above 0',
      timeLimit,
      'leave it out for 600 seconds',
    );
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
    throw rangeError(
      'threadedEngine',
      `threads must be a positive integer, at most ${MOST_THREADS}`,
      threads,
      'use the number of cores',
    );
  }
  const isModel = searched instanceof LayersModel;
  const supernet = isModel ? modelSupernet(searched) : searched;
  const inputShape = (options.inputShape ?? (supernet as ModelSupernet | undefined)?.inputShape) as number[];
  checkShape('threadedEngine', 'inputShape', inputShape);
  const copy = isModel ? await copyModel('threadedEngine', searched) : searched.getConfig().options;
  const alphas = supernet.archVariables();
  const weights = supernet.weightVariables();
  const parameters = new Float32Array(new SharedArrayBuffer(4 * countValues([...alphas, ...weights])));
  const start = (): WorkerStart => ({
    searched: copy as WorkerStart['searched'],
    inputShape,
    task,
    parameters: parameters.buffer as SharedArrayBuffer,
    gradients: new SharedArrayBuffer(parameters.byteLength),
    fast,
    build: (edgeKernel('wasm')?.build as WorkerStart['build'] | undefined) ?? 'simd',
    setup: setup.map(String),
  });
  const workers = Array.from({ length: threads - 1 }, (_, i) => new Thread(start(), i + 1, timeLimit));
  const local = localEngine(supernet, task);
  let disposed = false;
  const dispose = async () => {
    disposed = true;
    await Promise.all(workers.map((worker) => worker.end('the engine is disposed')));
  };
  try {
    await Promise.all(workers.map((worker) => worker.answer(Math.max(timeLimit, TIME_LIMIT))));
  } catch (error) {
    await dispose();
    throw error;
  }

  const compute = async ({ x, y }: TaskBatch, of: GradientsOf, moment: Moment): Promise<BatchGradients> => {
    if (disposed) throw new Error('threadedEngine: the engine is disposed');
    const images = x.shape[0]!;
    const [mine, ...theirs] = parts(images, threads);
    const [pixels, labels] = await Promise.all([
      x.data() as Promise<Float32Array>,
      y.data() as Promise<Int32Array | Float32Array>,
    ]);
    await readVariables([...alphas, ...weights], parameters);
    const [size, answers] = [x.size / images, y.size / images];
    const asked = theirs.map(([from, to], i) =>
      workers[i]!.ask({
        x: pixels.slice(from * size, to * size),
        y: labels.slice(from * answers, to * answers),
        target: y.shape.slice(1),
        of,
        moment: { ...moment, shard: i + 1 },
      }),
    );
    const own = tf.tidy(() => ({
      x: tf.slice(x, 0, mine![1]),
      y: tf.slice(y, 0, mine![1]),
    }));
    // Settled first, so that no answer is left without a listener if this thread's part fails.
    const settling = Promise.allSettled(asked);
    let first: BatchGradients;
    try {
      first = await local.gradients(own, of, { ...moment, shard: 0 });
    } finally {
      tf.dispose([own.x, own.y]);
      await settling;
    }
    const settled = (await Promise.all(asked).catch((error: unknown) => {
      tf.dispose(first.grads.filter((grad) => grad !== null));
      throw error;
    })) as Extract<WorkerAnswer, { kind: 'gradients' }>[];
    const shares = [mine!, ...theirs].map(([from, to]) => (to - from) / images);
    const mean = (values: readonly number[]) => values.reduce((sum, value, i) => sum + value * shares[i]!, 0);
    return {
      loss: mean([first.loss, ...settled.map(({ loss }) => loss)]),
      metrics: Object.fromEntries(
        Object.entries(first.metrics).map(([name, value]) => [
          name,
          mean([value, ...settled.map(({ metrics }) => metrics[name]!)]),
        ]),
      ),
      grads: await average(first.grads, variablesOf(supernet, of), workers.slice(0, theirs.length), shares),
    };
  };
  // The workers' memory is that of one request.
  let turn: Promise<unknown> = Promise.resolve();
  const gradients: typeof compute = (...request) => {
    const answer = turn.then(() => compute(...request));
    turn = answer.catch(() => undefined);
    return answer;
  };
  return { supernet, threads, task, gradients, dispose };
}

/** Weighted mean of this thread's gradients (disposed here) and the workers', in the order of the threads. */
async function average(
  own: Gradients,
  variables: readonly tf.Variable[],
  workers: readonly Thread[],
  shares: readonly number[],
): Promise<Gradients> {
  const values = await Promise.all(own.map((grad) => grad?.data() as Promise<Float32Array> | undefined));
  tf.dispose(own.filter((grad) => grad !== null));
  let offset = 0;
  return variables.map(({ size, shape }, i) => {
    const start = offset;
    offset += size;
    const mine = values[i];
    if (!mine) return null;
    const sum = mine.map((value) => value * shares[0]!);
    workers.forEach(({ gradients }, worker) => {
      const share = shares[worker + 1]!;
      for (let j = 0; j < size; j++) sum[j]! += share * gradients[start + j]!;
    });
    return tf.tensor(sum, shape, 'float32');
  });
}
