import { checkOptions, type OptionKeys, rangeError, typeError } from '../errors';
import type { Dataset, ValueTargets } from './dataset';
import { fromArrays } from './from-arrays';

/** One example and its target. */
export interface Sample {
  /** The numbers of the example, its last axis varying fastest; of a model of several inputs a list of those of each. */
  readonly x: ArrayLike<number> | readonly ArrayLike<number>[];
  /** The class, or the numbers of the target; of a model of several outputs a list of those of each. */
  readonly y: number | ArrayLike<number> | readonly ArrayLike<number>[];
}

/** Options of {@link fromGenerator}. */
export interface FromGeneratorOptions {
  /** Name for error messages and reports; it is part of what a resumed run compares. Default `generator`. */
  readonly name?: string | undefined;
  /** Take at most this many examples. Default: until the generator ends. */
  readonly size?: number | undefined;
  /** Shape of every example; of several inputs [values of all], as `fromTensors` puts them. */
  readonly shape: readonly number[];
  /** Number of classes, where a target is the index of one. */
  readonly classes?: number | undefined;
  /** What a target is, where it is numbers. */
  readonly targets?: ValueTargets | undefined;
}

const KEYS = {
  name: 'text',
  size: 'count',
  shape: true,
  classes: true,
  targets: true,
} satisfies OptionKeys<FromGeneratorOptions>;

/**
 * A data set over what a generator gives, read once and kept in memory, since training asks for examples in any order. What
 * does not fit into memory needs a {@link Dataset} with a `read(indices)` of its own.
 *
 * @param generate - Called once; a generator function, synchronous or not, or any function that returns an iterable.
 * @throws TypeError if it gives something else than `{ x, y }`; RangeError if an example is of another size, there is none,
 * or as `fromArrays`.
 */
export async function fromGenerator(
  generate: () => Iterable<Sample> | AsyncIterable<Sample>,
  options: FromGeneratorOptions,
): Promise<Dataset> {
  const { name = 'generator', size, shape, classes, targets } = checkOptions('fromGenerator', options, KEYS);
  if (typeof generate !== 'function')
    throw typeError(
      'fromGenerator',
      'the generator must be a function',
      generate,
      'pass function* () { ... }',
    );
  const collected = new Collector('fromGenerator', name);
  for await (const sample of generate()) {
    const { x, y } = sample ?? {};
    collected.add(joined(x), typeof y === 'number' ? [y] : joined(y));
    if (collected.size === size) break;
  }
  return fromArrays({ ...collected.arrays(), shape, classes, targets });
}

/** The numbers of several inputs or outputs one after the other. */
function joined(
  parts: ArrayLike<number> | readonly ArrayLike<number>[] | undefined,
): ArrayLike<number> | undefined {
  const isList = (part: unknown) => Array.isArray(part) || ArrayBuffer.isView(part);
  return Array.isArray(parts) && parts.length > 0 && parts.every(isList)
    ? (parts as readonly ArrayLike<number>[]).flatMap((part) => Array.from(part))
    : (parts as ArrayLike<number>);
}

/** Puts examples into arrays that grow. */
export class Collector {
  #x = new Float32Array(1024);
  #y = new Float32Array(16);
  readonly #used = { x: 0, y: 0 };
  size = 0;

  constructor(
    readonly fn: string,
    readonly name: string,
  ) {}

  /** Adds `count` examples. */
  add(x: ArrayLike<number> | undefined, y: ArrayLike<number> | undefined, count = 1): void {
    const isList = (value: unknown) => typeof value === 'object' && Number.isInteger(Object(value).length);
    if (!isList(x) || !isList(y))
      throw typeError(
        this.fn,
        `example ${this.size} of '${this.name}' must be { x, y }`,
        { x, y },
        'give lists of numbers',
      );
    if (
      this.size > 0 &&
      (x!.length * this.size !== this.#used.x * count || y!.length * this.size !== this.#used.y * count)
    )
      throw rangeError(
        this.fn,
        `example ${this.size} of '${this.name}' must have as many numbers as those before it`,
        { x: x!.length, y: y!.length },
        'give examples of one shape',
      );
    this.#x = grown(this.#x, this.#used.x, x!);
    this.#y = grown(this.#y, this.#used.y, y!);
    this.#used.x += x!.length;
    this.#used.y += y!.length;
    this.size += count;
  }

  /** All of it. @throws RangeError if there is nothing. */
  arrays(): { name: string; x: Float32Array; y: Float32Array } {
    if (this.size === 0)
      throw rangeError(
        this.fn,
        `'${this.name}' must give at least one example`,
        0,
        'check where it comes from',
      );
    return {
      name: this.name,
      x: this.#x.slice(0, this.#used.x),
      y: this.#y.slice(0, this.#used.y),
    };
  }
}

/** An array with more values at `used`, a larger one if there is no room. */
function grown(
  array: Float32Array<ArrayBuffer>,
  used: number,
  more: ArrayLike<number>,
): Float32Array<ArrayBuffer> {
  let result = array;
  if (used + more.length > array.length) {
    result = new Float32Array(Math.max(2 * array.length, used + more.length));
    result.set(array.subarray(0, used));
  }
  result.set(more, used);
  return result;
}
