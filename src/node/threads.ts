import * as tf from '@tensorflow/tfjs-core';
import { rangeError } from '../errors';
import type { Moment } from '../layers';
import type { Gradients } from '../optimizers';
import type { TaskBatch, TaskSettings } from '../tasks';
import { isOwnTask, plainTask, taskOf } from '../tasks/task';
import type { WasmBuild } from '../wasm';
import { addUp } from './add-up';
import { partOf, toHost } from './host-tensor';
import { countValues, readVariables } from './shared-variables';
import { Thread } from './thread';
import type { Exchange, Subject, WorkerStart } from './worker-protocol';

/** Options of everything that is spread over threads. */
export interface ThreadOptions {
  /** Number of threads, this one included. Default 2. */
  readonly threads?: number;
  /** What is to be learnt. One of your own must be defined by a module of `setup`. Default `classification()`. */
  readonly task?: TaskSettings;
  /** URLs of modules every worker imports first, for example to define candidates. Default none. */
  readonly setup?: readonly (string | URL)[];
  /** Seconds that a worker may take to answer, Infinity for no limit; to start it has 600 at least. Default 600. */
  readonly timeLimit?: number;
}

/** Each has a backend and a copy of what is computed. */
const MOST_THREADS = 1024;

const TIME_LIMIT = 600;

/** Fewer values than this are added up by one thread: asking the others takes longer. */
const FEW = 1 << 14;

/** Fills in defaults and refuses what cannot be. */
export function resolveThreads(fn: string, options: ThreadOptions): Required<ThreadOptions> {
  const { threads = 2, task = plainTask, setup = [], timeLimit = TIME_LIMIT } = options;
  taskOf(task, fn);
  if (isOwnTask(task) && setup.length === 0)
    throw rangeError(
      fn,
      'the threads cannot know a task of your own',
      task.kind,
      'pass as setup the URL of the module that calls defineTask()',
    );
  if (!(timeLimit > 0))
    throw rangeError(fn, 'timeLimit must be above 0', timeLimit, 'leave it out for 600 seconds');
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS)
    throw rangeError(
      fn,
      `threads must be a positive integer, at most ${MOST_THREADS}`,
      threads,
      'use the number of cores',
    );
  return { threads, task, setup, timeLimit };
}

/** Cuts a number of things into near-equal parts, the larger ones first; none is empty. */
function parts(count: number, most: number): readonly [from: number, to: number][] {
  const cut = (i: number) => Math.ceil((count * i) / most);
  return Array.from({ length: most }, (_, i): [number, number] => [cut(i), cut(i + 1)]).filter(
    ([from, to]) => to > from,
  );
}

/** What a thread computes of its part of a batch. */
export interface PartGradients {
  readonly losses: readonly number[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly grads: Gradients;
}

/** This thread and the workers beside it, which hold copies of the same variables. */
export class Threads {
  readonly #fn: string;
  readonly #variables: readonly tf.Variable[];
  readonly #parameters: Float32Array;
  /** Of each thread, this one first. */
  readonly #gradients: readonly Float32Array[];
  readonly workers: readonly Thread[];
  #version = 0;
  #disposed = false;
  // The shared memory is that of one request.
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    fn: string,
    { threads, task, setup, timeLimit }: Required<ThreadOptions>,
    subject: Subject,
    build: WasmBuild | null,
    variables: readonly tf.Variable[],
  ) {
    this.#fn = fn;
    this.#variables = variables;
    const shared = () => new SharedArrayBuffer(4 * countValues(variables));
    const parameters = shared();
    const gradients = Array.from({ length: threads }, shared);
    this.#parameters = new Float32Array(parameters);
    this.#gradients = gradients.map((buffer) => new Float32Array(buffer));
    const start: Omit<WorkerStart, 'index'> = {
      subject,
      task,
      parameters,
      gradients,
      build,
      setup: setup.map(String),
    };
    this.workers = Array.from(
      { length: threads - 1 },
      (_, i) => new Thread(fn, { ...start, index: i + 1 }, timeLimit),
    );
  }

  /**
   * Starts the workers.
   *
   * @param variables - What they follow, in the order of their copy's.
   * @throws Error if one cannot start.
   */
  static async start(
    fn: string,
    options: Required<ThreadOptions>,
    subject: Subject,
    build: WasmBuild | null,
    variables: readonly tf.Variable[],
  ): Promise<Threads> {
    const threads = new Threads(fn, options, subject, build, variables);
    const seconds = Math.max(options.timeLimit, TIME_LIMIT);
    try {
      await Promise.all(threads.workers.map((worker) => worker.answer(seconds)));
    } catch (error) {
      await threads.dispose();
      throw error;
    }
    return threads;
  }

  /** Does one thing after the other, each with the variables as they are then. */
  inTurn<T>(work: (version: number) => Promise<T>): Promise<T> {
    const done = this.#turn.then(async () => {
      if (this.#disposed) throw new Error(`${this.#fn}: the engine is disposed`);
      if (this.workers.length > 0) await readVariables(this.#variables, this.#parameters);
      this.#version += 1;
      return work(this.#version);
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /**
   * Losses, metrics and gradients of a batch: each thread's of its part, averaged by the parts' sizes.
   *
   * @param variables - Whose gradients they are.
   * @param ask - What the workers are asked besides the parts themselves.
   * @param own - Computes this thread's part.
   */
  gradients<K extends 'search' | 'train'>(
    { x, y }: TaskBatch,
    variables: readonly tf.Variable[],
    kind: K,
    ask: Omit<Exchange[K]['ask'], 'x' | 'y' | 'version'> & { readonly moment: Moment },
    own: (part: TaskBatch, moment: Moment) => Promise<PartGradients>,
  ): Promise<PartGradients> {
    return this.inTurn(async (version) => {
      const images = x.shape[0]!;
      const [mine, ...theirs] = parts(images, this.workers.length + 1);
      const [examples, answers] = await Promise.all([toHost(x), toHost(y)]);
      const asked = theirs.map(([from, to], i) =>
        this.workers[i]!.ask(kind, {
          ...ask,
          version,
          x: partOf(examples, from, to),
          y: partOf(answers, from, to),
          moment: { ...ask.moment, shard: i + 1 },
        } as unknown as Exchange[K]['ask']),
      );
      const part = tf.tidy(() => ({ x: tf.slice(x, 0, mine![1]), y: tf.slice(y, 0, mine![1]) }));
      // Settled first, so that no answer is left without a listener if this thread's part fails.
      const settling = Promise.allSettled(asked);
      let first: PartGradients;
      try {
        first = await own(part, { ...ask.moment, shard: 0 });
      } finally {
        tf.dispose([part.x, part.y]);
        await settling;
      }
      const settled = await Promise.all(asked).catch((error: unknown) => {
        tf.dispose(first.grads.filter((grad) => grad !== null));
        throw error;
      });
      const shares = [mine!, ...theirs].map(([from, to]) => (to - from) / images);
      const mean = (values: readonly number[]) =>
        values.reduce((sum, value, i) => sum + value * shares[i]!, 0);
      return {
        losses: first.losses.map((loss, i) => mean([loss, ...settled.map(({ losses }) => losses[i]!)])),
        metrics: Object.fromEntries(
          Object.entries(first.metrics).map(([name, value]) => [
            name,
            mean([value, ...settled.map(({ metrics }) => metrics[name]!)]),
          ]),
        ),
        grads: await this.#average(first.grads, variables, shares),
      };
    });
  }

  /** Weighted mean of this thread's gradients (disposed here) and the workers': each thread adds up a slice of all of them. */
  async #average(
    own: Gradients,
    variables: readonly tf.Variable[],
    shares: readonly number[],
  ): Promise<Gradients> {
    const values = await Promise.all(own.map((grad) => grad?.data() as Promise<Float32Array> | undefined));
    tf.dispose(own.filter((grad) => grad !== null));
    const sum = this.#gradients[0]!;
    const starts: number[] = [];
    let count = 0;
    for (const [i, { size }] of variables.entries()) {
      if (values[i]) sum.set(values[i], count);
      starts.push(count);
      count += size;
    }
    const [mine, ...slices] = parts(count, count < FEW ? 1 : shares.length);
    const asked = slices.map(([from, to], i) => this.workers[i]!.ask('add', { shares, from, to }));
    addUp(this.#gradients, shares, ...mine!);
    await Promise.all(asked);
    return variables.map(({ size, shape }, i) =>
      values[i] ? tf.tensor(sum.slice(starts[i]!, starts[i]! + size), shape, 'float32') : null,
    );
  }

  /** Ends the workers; whoever waits for them is told so. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all(this.workers.map((worker) => worker.end('the engine is disposed')));
  }
}
