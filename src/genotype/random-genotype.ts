import { type Seed, stream } from '../random';
import type { AnySpace } from '../spaces';
import { choicesOf, type Decision, type Pick } from './choices';
import type { GenotypeOf } from './types';

/**
 * A genotype drawn at random, each of the space equally likely: the baseline of a search. The two edges of a DARTS node
 * come in the order of their states.
 *
 * @param seed - The same one gives the same genotype. Default 0.
 * @throws TypeError for what is no space or no seed.
 */
export function randomGenotype<S extends AnySpace>(space: S, seed: Seed = 0): GenotypeOf<S> {
  const { decisions, assemble } = choicesOf('randomGenotype', space);
  const generator = stream(seed, 'genotype').generator();
  const draw = ({ take, picks }: Decision): readonly Pick[] => {
    for (;;) {
      const taken = Array.from({ length: take }, () => picks[generator.int(picks.length)]!);
      // Two of one row are drawn again: what is left is uniform.
      if (take === 1 || taken[0]!.row !== taken[1]!.row) return taken.sort((a, b) => a.row - b.row);
    }
  };
  return assemble(decisions.map(draw));
}
