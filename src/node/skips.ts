import { skipCount } from '../analysis';
import type { GenotypeOf } from '../genotype';

/** How many of each searched cell's operations are skip connections. */
export function countSkips(genotype: GenotypeOf): readonly number[] {
  return Object.values(skipCount(genotype));
}
