import { requireKind, requireObject } from '../errors';
import type { StreamKey } from './draws';
import { threefry2x32 } from './threefry';

/** The position of a {@link Generator}: plain JSON, enough to continue it bit for bit. */
export interface GeneratorState {
  readonly key: StreamKey;
  readonly position: number;
}

/**
 * A sequential generator for host-side choices (orders, crops, flips), built on the same counter function as the
 * bulk draws, so that its whole state is a key and a position.
 */
export class Generator {
  readonly #key: StreamKey;
  #position: number;
  readonly #words = new Uint32Array(2);

  constructor(state: GeneratorState) {
    requireObject('Generator', 'the state', state, 'pass what state() gave', 'key', 'position');
    this.#key = [state.key[0], state.key[1]];
    this.#position = state.position;
  }

  /** A uniform integer in [0, 2^32). */
  uint32(): number {
    const block = Math.floor(this.#position / 2);
    threefry2x32(this.#key[0], this.#key[1], block >>> 0, Math.floor(block / 2 ** 32), this.#words);
    return this.#words[this.#position++ % 2]!;
  }

  /** A uniform number in [0, 1) with 32 random bits. */
  uniform(): number {
    return this.uint32() * 2 ** -32;
  }

  /** A uniform integer in [0, n), without modulo bias. @throws RangeError unless n is an integer from 1 to 2^32. */
  int(n: number): number {
    requireKind('Generator.int', 'n', n, [1, 2 ** 32]);
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const word = this.uint32();
      if (word < limit) return word % n;
    }
  }

  /** A standard normal number (Box-Muller). */
  normal(): number {
    const u = (this.uint32() + 1) * 2 ** -32;
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Shuffles in place (Fisher-Yates) and returns its argument. */
  shuffle<T extends { readonly length: number; [index: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const held = items[i];
      items[i] = items[j];
      items[j] = held;
    }
    return items;
  }

  /** A random order of 0 .. n-1. */
  permutation(n: number): Int32Array {
    return this.shuffle(Int32Array.from({ length: n }, (_, i) => i));
  }

  /** Where the generator stands. `new Generator(state)` goes on from there. */
  state(): GeneratorState {
    return { key: this.#key, position: this.#position };
  }
}
