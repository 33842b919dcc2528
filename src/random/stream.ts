import seedrandom from 'seedrandom';
import { requireKind } from '../errors';
import type { StreamKey } from './draws';
import { Generator } from './generator';

/** A seed: any integer or text; 0 is a seed like any other. */
export type Seed = number | string;

/** A named, independent source of random numbers: a pure function of the seed and the path that leads to it. */
export interface Stream {
  /** The 64-bit key of the counter-based draws. */
  readonly key: StreamKey;
  /** The stream at a longer path; siblings and descendants are independent of each other. */
  child(...path: (string | number)[]): Stream;
  /** A fresh sequential generator at the start of this stream. */
  generator(): Generator;
}

/**
 * The random stream at `path` below `seed`. The same arguments always name the same numbers; any other arguments
 * name independent ones.
 *
 * @param seed - Any finite number or text.
 * @param path - Names and indices, such as `'noise', 'cells', 3`.
 * @throws TypeError if the seed is neither a finite number nor text.
 */
export function stream(seed: Seed, ...path: (string | number)[]): Stream {
  requireKind('stream', 'the seed', seed, 'seed');
  const source = seedrandom(JSON.stringify([seed, ...path]));
  const key: StreamKey = [source.int32() >>> 0, source.int32() >>> 0];
  return {
    key,
    child: (...more) => stream(seed, ...path, ...more),
    generator: () => new Generator({ key, position: 0 }),
  };
}
