import { Pool } from '../pool';
import { defineCandidate } from './candidate';

/** `max_pool_3x3`: max pooling; in a mixture a batch norm follows. */
export const maxPool3x3 = defineCandidate({
  primitive: 'max_pool_3x3',
  create: ({ name, stride, mixed }) => new Pool({ name, kind: 'max', stride, normalize: mixed }),
});
