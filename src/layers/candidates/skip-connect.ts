import { FactorizedReduce } from '../factorized-reduce';
import { Identity } from '../identity';
import { defineCandidate } from './candidate';

/** `skip_connect`: the identity at stride 1, a factorized reduction at stride 2. */
export const skipConnect = defineCandidate({
  primitive: 'skip_connect',
  create: ({ name, seed, filters, stride, affine }) =>
    stride === 1 ? new Identity({ name }) : new FactorizedReduce({ name, seed, filters, affine }),
});
