import type * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { requireList, requireOptions } from '../../errors';
import type { NasBench201Cell } from '../../genotype';
import { sum } from '../../kernels';
import {
  type CallOptions,
  type MapShape,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
  Zero,
} from '../../layers';
import { candidateNamed } from '../../layers/candidates';
import { singleShape } from '../../layers/noisy-darts-layer';
import { applyBuilt, onMaps } from '../../layers/signals';

/** Options of {@link DenseNetworkCell}. */
export interface DenseNetworkCellOptions extends NoisyDartsLayerOptions {
  /** Channels in and out. */
  readonly filters: number;
  /** The operation of every edge, node by node. */
  readonly edges: NasBench201Cell;
}

/** An operation and the state that it starts from. */
type Term = readonly [op: layers.Layer, state: number];

/**
 * A cell of a network of NAS-Bench-201: every node is the sum of its operations on the cell's input and the earlier nodes,
 * the last node is the output. [N, H, W, filters] or [N, T, filters] to the same.
 *
 * `none` adds nothing. Every operation is made and runs, also where no path leads on to the output: the benchmark counts it,
 * and its running statistics move. Batch norms are affine, and pools have none.
 *
 * Source: Dong and Yang 2020, "NAS-Bench-201", section 2.1.
 */
export class DenseNetworkCell extends NoisyDartsLayer {
  static className = 'NoisyDartsDenseNetworkCell';
  readonly filters: number;
  /** The operation of each edge, node by node. */
  readonly ops: readonly layers.Layer[];
  /** What each node sums: all but `none`, or one `none` where there is nothing else. */
  readonly sums: readonly (readonly (readonly [op: layers.Layer, state: number])[])[];

  #rank = 4;

  constructor(options: DenseNetworkCellOptions) {
    const { filters, edges } = requireOptions('NoisyDartsDenseNetworkCell', options);
    super(options, { filters, edges });
    const require = (what: string, value: unknown) =>
      requireList('NoisyDartsDenseNetworkCell', what, value, 'pass a cell of NAS-Bench-201');
    require('edges', edges);
    for (const incoming of edges) {
      require('the edges of a node', incoming);
      for (const edge of incoming) require('an edge', edge);
    }
    this.filters = filters;
    const nodes = edges.map((incoming, node) =>
      incoming.map(([primitive, state]): Term => {
        const op = candidateNamed(primitive).create({
          ...this.seeded(`op_${(node * (node + 1)) / 2 + state}`),
          filters,
          stride: 1,
          affine: true,
          mixed: false,
        });
        return [op, state];
      }),
    );
    this.ops = nodes.flat().map(([op]) => op);
    this.sums = nodes.map((terms) => {
      const live = terms.filter(([op]) => !(op instanceof Zero));
      return live.length > 0 ? live : terms.slice(0, 1);
    });
  }

  override build(inputShape: unknown): void {
    const shape = singleShape(inputShape);
    this.#rank = shape.length;
    for (const op of this.ops) this.adopt(op, shape);
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    return singleShape(inputShape);
  }

  override officialNames(): OfficialNames {
    return Object.fromEntries(this.ops.map((op, i) => [`layers.${i}.`, op]));
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return onMaps(this, inputs, (x) => {
      const states = [x];
      for (const terms of this.sums) {
        const outputs = terms.map(([op, state]) => applyBuilt(op, states[state]!, this.#rank, options));
        states.push(sum(outputs as tf.Tensor4D[]));
      }
      return states.at(-1)!;
    });
  }
}
