import { type GenotypeOf, keptOperations } from '../genotype';

/** How many of each searched cell's operations are skip connections. */
export function countSkips(genotype: GenotypeOf): readonly number[] {
  return Object.values(keptOperations(genotype)).map(
    (operations) => operations.filter((primitive) => primitive === 'skip_connect').length,
  );
}
