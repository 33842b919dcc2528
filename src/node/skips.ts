import { skipCount } from '../analysis';
import type { GenotypeOf } from '../genotype';
import type { AnySpace } from '../spaces';

/** How many of each searched cell's operations are skip connections. */
export function countSkips(genotype: GenotypeOf<AnySpace>): readonly number[] {
  return Object.values(skipCount(genotype));
}
