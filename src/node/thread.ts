import type { Worker } from 'node:worker_threads';
import { startWorker } from './start-worker';
import type { Exchange, WorkerAnswer, WorkerStart } from './worker-protocol';

/** The longest wait of a timer, in seconds. */
const LONGEST = (2 ** 31 - 1) / 1000;

interface Owed {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** One worker and the answers it owes, which come in the order of its requests. */
export class Thread {
  readonly #worker: Worker;
  readonly #owed: Owed[] = [];
  readonly #index: number;
  #dead: Error | undefined;

  /** @param fn - Who is to blame. */
  constructor(
    readonly fn: string,
    start: WorkerStart,
    readonly timeLimit: number,
  ) {
    this.#index = start.index;
    this.#worker = startWorker('worker', start);
    this.#worker.on('message', (answer: WorkerAnswer) => {
      if (answer.kind === 'failed') this.#end(`worker ${this.#index} failed: ${answer.message}`);
      else this.#owed.shift()?.resolve(answer.answer);
    });
    this.#worker.on('error', (error) => this.#end(`worker ${this.#index} died: ${error.message}`));
    this.#worker.on('exit', (code) => this.#end(`worker ${this.#index} ended, exit code ${code}`));
  }

  /** How many answers it owes. */
  get owes(): number {
    return this.#owed.length;
  }

  /** The next answer, or the worker's failure. The first one is that it has started. */
  answer(seconds = this.timeLimit): Promise<unknown> {
    if (this.#dead) return Promise.reject(this.#dead);
    let timer: ReturnType<typeof setTimeout> | undefined;
    return new Promise<unknown>((resolve, reject) => {
      this.#owed.push({ resolve, reject });
      if (seconds > LONGEST) return;
      timer = setTimeout(() => {
        void this.end(
          `worker ${this.#index} gave no answer in ${seconds} s; find out what blocks it, or raise timeLimit`,
        );
      }, 1000 * seconds);
    }).finally(() => clearTimeout(timer));
  }

  ask<K extends keyof Exchange>(kind: K, ask: Exchange[K]['ask']): Promise<Exchange[K]['answer']> {
    const answer = this.answer() as Promise<Exchange[K]['answer']>;
    this.#worker.postMessage([kind, ask]);
    return answer;
  }

  /** Ends the worker; whoever waits for its answers is told why. */
  async end(reason: string): Promise<void> {
    this.#end(reason);
    await this.#worker.terminate();
  }

  #end(reason: string): void {
    this.#dead ??= new Error(`${this.fn}: ${reason}`);
    for (const { reject } of this.#owed.splice(0)) reject(this.#dead);
  }
}
