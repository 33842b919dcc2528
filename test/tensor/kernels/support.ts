import fc from 'fast-check';
import { backend } from '../../support/backend';

/**
 * Runs of each property: shapes are tiny, but the cpu backend is slow, and webgl compiles its shaders anew for every
 * shape. The seed is fixed, so that a run repeats.
 */
export const runs = { numRuns: backend === 'webgl' ? 8 : 25, seed: 20 } as const;

const side = fc.integer({ min: 1, max: 7 });
const channels = fc.integer({ min: 1, max: 6 });

/** Small batches of maps of any size, odd ones and single pixels among them. */
export const mapShape: fc.Arbitrary<[number, number, number, number]> = fc.tuple(
  fc.integer({ min: 1, max: 2 }),
  side,
  side,
  channels,
);

export const filters = channels;
export const kernelSide = fc.constantFrom(1, 3, 5);
export const stride = fc.integer({ min: 1, max: 2 });
export const dilation = fc.integer({ min: 1, max: 2 });
export const seed = fc.nat({ max: 1e6 });
