import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { HOUSE } from '../support';

const modules = import.meta.glob<Record<string, unknown>>('../../../src/{index,*/index}.ts');
const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown> };

/** The entries of the package. */
export const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json'));

/** What an entry exports, by its name. */
export function open(entry: string): Promise<Readonly<Record<string, unknown>>> {
  return modules[entry === '.' ? '../../../src/index.ts' : `../../../src/${entry.slice(2)}/index.ts`]!();
}

export type Callable = (...args: unknown[]) => unknown;

/** Calls, awaits what is promised, takes the first step of what is iterated, and lets go of what came. */
export async function outcome(fn: Callable, args: readonly unknown[]): Promise<unknown> {
  const { registeredVariables } = tf.engine();
  const before = new Set(Object.keys(registeredVariables));
  tf.engine().startScope();
  try {
    const isClass = /^class\b/.test(Function.prototype.toString.call(fn));
    const result = await (isClass ? Reflect.construct(fn, args) : fn(...args));
    const iterator = (result as AsyncIterable<unknown> | undefined)?.[Symbol.asyncIterator]?.();
    await iterator?.next();
    await iterator?.return?.();
    // What a function returns is its caller's, but what it throws is nobody's.
    for (const [name, variable] of Object.entries(registeredVariables))
      if (!before.has(name)) variable.dispose();
    return undefined;
  } catch (error) {
    return error;
  } finally {
    tf.engine().endScope();
  }
}

/** An error that is not in the house form. */
export const fault = (error: unknown): string | undefined =>
  error === undefined || (error instanceof Error && HOUSE.test(error.message)) ? undefined : String(error);
