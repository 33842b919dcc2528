import { Zero } from '../zero';
import { defineCandidate } from './candidate';

/** `none`: no connection. */
export const none = defineCandidate({
  primitive: 'none',
  create: ({ name, stride }) => new Zero({ name, stride }),
});
