import type { NasBench201Space } from './types';

const PRIMITIVES = ['none', 'skip_connect', 'nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3'] as const;

/** The five primitives of NAS-Bench-201. */
export type NasBench201Primitive = (typeof PRIMITIVES)[number];

/**
 * The NAS-Bench-201 space: 5 primitives on the 6 edges of one cell, so 15,625 cells; alpha is one [6, 5] matrix. Its
 * authors speak of 4 nodes, counting the cell's input; here 3 nodes sum edges.
 *
 * Source: Dong and Yang 2020, "NAS-Bench-201", section 2.
 */
export function nasBench201(): NasBench201Space<NasBench201Primitive> {
  return { kind: 'nas-bench-201', name: 'nas-bench-201', primitives: [...PRIMITIVES], nodes: 3, stages: 3 };
}
