import { NoiseSource } from '../noise-source';
import { defineCandidate } from './candidate';

/** `noise` of RobustDARTS's space S4: standard normal numbers in place of the input. */
export const noise = defineCandidate({
  primitive: 'noise',
  create: ({ name, seed, stride }) => new NoiseSource({ name, seed, stride }),
});
