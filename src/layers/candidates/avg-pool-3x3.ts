import { Pool } from '../pool';
import { defineCandidate } from './candidate';

/** `avg_pool_3x3`: average pooling, padding left out of the count; in a mixture a batch norm follows. */
export const avgPool3x3 = defineCandidate({
  primitive: 'avg_pool_3x3',
  create: ({ name, stride, mixed }) => new Pool({ name, kind: 'avg', stride, normalize: mixed }),
});
