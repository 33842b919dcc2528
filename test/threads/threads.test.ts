import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { farthest } from '../support/close';
import { strategies } from '../tensor/strategies/support';

const script = fileURLToPath(new URL('./run.ts', import.meta.url));

function run<T>(mode: string, threads: number): T {
  const output = execFileSync(process.execPath, ['--import', 'tsx', script, mode, String(threads)], {
    encoding: 'utf8',
  });
  return JSON.parse(output.trim().split('\n').at(-1)!) as T;
}

interface Batch {
  readonly loss: number;
  readonly accuracy: number;
  readonly values: number[][];
}

describe('threadedEngine', () => {
  it('is deterministic, leaks nothing, and averages what its threads compute', () => {
    const two = run<{ first: Batch; again: Batch; alphas: Batch; both: Batch; leaked: number }>(
      'gradients',
      2,
    );
    expect(two.again).toEqual(two.first);
    expect(two.leaked).toBe(0);
    expect(two.alphas.values).toHaveLength(2);
    expect(two.both.values).toHaveLength(2 + two.first.values.length);
    const inOne = two.both.values.flat();
    const apart = [...two.alphas.values, ...two.first.values].flat();
    expect(farthest('both', inOne, apart, 1e-4)).toEqual([]);
    const one = run<typeof two>('gradients', 1);
    expect(two.first.values.map((v) => v.length)).toEqual(one.first.values.map((v) => v.length));
    // Batch statistics and noise differ from one thread's, the gradient's direction hardly.
    const [a, b] = [one.first.values.flat(), two.first.values.flat()];
    const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
    expect(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))).toBeGreaterThan(0.5);
  });

  it('searches by every strategy, and goes on bit for bit', { timeout: 240_000 }, () => {
    const results = run<Record<string, { whole: number[]; resumed: number[] }>>('strategies', 2);
    expect(Object.keys(results).sort()).toEqual(strategies.map(({ kind }) => kind).sort());
    for (const [kind, { whole, resumed }] of Object.entries(results)) {
      expect(whole, kind).toHaveLength(12);
      expect(Math.min(...whole), kind).toBeGreaterThan(0);
      expect(resumed.length, kind).toBeGreaterThan(0);
      expect(resumed, kind).toEqual(whole.slice(-resumed.length));
    }
  });

  it("searches in a model of one's own, if other threads can make it", () => {
    const { losses, message } = run<{ losses: number[]; message: string }>('model', 2);
    expect(losses).toHaveLength(6);
    // The weights that do not train are the same there, or the losses would differ from those of one thread by far.
    const { losses: alone } = run<{ losses: number[] }>('model', 1);
    expect(losses[0]).toBeCloseTo(alone[0]!, 6);
    for (const [i, loss] of losses.entries()) expect(Math.abs(loss - alone[i]!)).toBeLessThan(0.1);
    expect(message).toMatch(
      /^threadedEngine: a thread must be able to make the model .*Twice.*register the classes of your own/,
    );
  });

  it('computes the loss of a task, of one of your own where a module defines it', () => {
    interface Result {
      readonly loss: number;
      readonly metrics: Readonly<Record<string, number>>;
      readonly grads: number;
    }
    const { results, refused } = run<{ results: [Result, Result]; refused: string }>('task', 2);
    const [squares, own] = results;
    expect(Object.keys(squares.metrics)).toEqual(['mae', 'rmse']);
    expect(own.loss).toBeCloseTo(squares.metrics.mae!, 5);
    expect(Object.keys(own.metrics)).toEqual(['largest']);
    expect(own.grads).toBe(squares.grads);
    expect(refused).toBe(
      "threadedEngine: the threads cannot know a task of your own, got 'own'; pass as setup the URL of the module that calls defineTask()",
    );
  });

  it('stops the run with the error of a worker that died, the last checkpoint intact', () => {
    const { message, stored } = run<{ message: string; stored: number }>('death', 2);
    expect(message).toMatch(
      /^search: stopped at epoch 0, step 2: threadedEngine: worker 1 ended, exit code 1; last good checkpoint: memory \(epoch 0, step 2\)$/,
    );
    expect(stored).toBeGreaterThan(0);
  });

  it('answers requests one after the other', () => {
    const { apart, together } = run<{ apart: Batch[]; together: Batch[] }>('together', 2);
    expect(together).toEqual(apart);
  });

  it('settles what it owes when it is disposed, and leaks nothing', () => {
    const { messages, leaked } = run<{ messages: string[]; leaked: number }>('disposed', 2);
    expect(messages).toEqual(Array(2).fill('threadedEngine: the engine is disposed'));
    expect(leaked).toBe(0);
  });

  it('gives up a worker that does not answer', () => {
    const { messages, leaked } = run<{ messages: string[]; leaked: number }>('blocked', 2);
    expect(messages).toEqual(
      Array(2).fill(
        'threadedEngine: worker 1 gave no answer in 1 s; find out what blocks it, or raise timeLimit',
      ),
    );
    expect(leaked).toBe(0);
  });
});
