import type * as tf from '@tensorflow/tfjs-core';
import { requireList, requireOptions } from '../errors';
import type { CallOptions } from './call-options';
import type { MixedOp } from './mixed-op';
import { type OfficialNames, singleShape } from './noisy-darts-layer';
import { SearchCell, type SearchCellOptions } from './search-cell';
import { onMaps } from './signals';
import type { MapShape } from './work';

/** Options of {@link DenseCell}. */
export interface DenseCellOptions<P extends string = string> extends SearchCellOptions<P> {
  /** The operations of every edge. */
  readonly candidates: readonly P[];
  /** Nodes whose edges are mixed. Default 3. */
  readonly nodes?: number;
}

/**
 * A search cell of NAS-Bench-201: every node is the sum of mixed edges from the cell's one input and all earlier nodes,
 * the last node is the output.
 *
 * [N, H, W, C] to [N, H, W, C]; nodes (nodes + 1) / 2 edges, numbered node by node. Pools have no batch norm behind them.
 *
 * Source: Dong and Yang 2020, "NAS-Bench-201", section 2.1.
 */
export class DenseCell<P extends string = string> extends SearchCell<P> {
  static className = 'NoisyDartsDenseCell';
  readonly edges: readonly MixedOp<P>[];

  constructor(options: DenseCellOptions<P>) {
    const { filters, candidates, nodes = 3 } = requireOptions('NoisyDartsDenseCell', options);
    super(options, nodes, { filters, candidates });
    requireList('NoisyDartsDenseCell', 'candidates', candidates, 'give the operations');
    this.edges = Array.from({ length: (nodes * (nodes + 1)) / 2 }, (_, edge) =>
      this.edge(edge, { candidates, filters, normalize: false }),
    );
  }

  override build(inputShape: unknown): void {
    const shape = singleShape(inputShape);
    this.buildAlpha();
    for (const edge of this.edges) this.adopt(edge, shape);
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    return singleShape(inputShape);
  }

  override officialNames(): OfficialNames {
    let edge = 0;
    const names = Array.from({ length: this.nodes }, (_, node) =>
      Array.from({ length: node + 1 }, (__, input) =>
        this.edges[edge++]!.ops.map((op, i) => [`edges.${node + 1}<-${input}.${i}.`, op] as const),
      ),
    );
    return Object.fromEntries(names.flat(2));
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return onMaps(this, inputs, (x) => this.states(() => [x], options).at(-1)!);
  }
}
