import type * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { rangeError, requireOptions, typeError } from '../errors';
import type { GenotypeEdge } from '../genotype';
import { checkGenotype } from '../genotype/validate';
import { concatChannels, sum } from '../kernels';
import { strided } from '../kernels/geometry';
import {
  type CallOptions,
  DropPath,
  FactorizedReduce,
  Identity,
  type MapShape,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
  ReluConvBN,
} from '../layers';
import { candidateNamed } from '../layers/candidates';
import { applyBuilt, onMaps } from '../layers/signals';

/** Options of {@link NetworkCell}. */
export interface NetworkCellOptions extends NoisyDartsLayerOptions {
  /** Channels of every node. */
  readonly filters: number;
  /** Two edges a node, the first node's first. */
  readonly edges: readonly GenotypeEdge[];
  /** The states that are concatenated, in this order: 0 and 1 are the cell's inputs, 2 is the first node. */
  readonly concat: readonly number[];
  /** Whether the cell halves the map: edges from its two inputs have stride 2. Default false. */
  readonly reduction?: boolean;
  /** Whether the previous cell halved the map, so that the older input must follow. Default false. */
  readonly reductionPrev?: boolean;
  /** Rate of the drop path on every operation but identities; see `setDropPath`. Default 0. */
  readonly dropPath?: number;
}

/**
 * A cell of a derived network: every node is the sum of its two operations.
 *
 * Takes [s0, s1], the outputs of the two cells before it (s0 at twice the size after a reduction), or one tensor that
 * stands for both, and gives [N, H, W, concat.length * filters], or half the size if it is a reduction cell itself. Signals
 * [N, T, C] likewise.
 * Batch norms are affine and pools have none.
 *
 * Source: DARTS, section 2.1; official code, model.py.
 */
export class NetworkCell extends NoisyDartsLayer {
  static className = 'NoisyDartsNetworkCell';
  readonly filters: number;
  readonly edges: readonly GenotypeEdge[];
  readonly concat: readonly number[];
  readonly reduction: boolean;
  readonly preprocess0: ReluConvBN | FactorizedReduce;
  readonly preprocess1: ReluConvBN;
  /** One operation an edge. */
  readonly ops: readonly layers.Layer[];
  /** The drop path of each operation; undefined for identities. */
  readonly dropPaths: readonly (DropPath | undefined)[];
  #rank = 4;

  constructor(options: NetworkCellOptions) {
    const {
      filters,
      edges,
      concat,
      reduction = false,
      reductionPrev = false,
      dropPath = 0,
      ...common
    } = requireOptions('NoisyDartsNetworkCell', options);
    super(common, { filters, edges, concat, reduction, reductionPrev, dropPath });
    const cell = { normal: edges, normalConcat: concat, reduce: edges, reduceConcat: concat };
    checkGenotype('NoisyDartsNetworkCell', cell, {});
    if (edges.length === 0 || edges.length % 2 !== 0) {
      throw rangeError(
        'NoisyDartsNetworkCell',
        'a cell has two edges a node and at least one node',
        edges.length,
        'list both edges of every node',
      );
    }
    this.filters = filters;
    this.edges = edges;
    this.concat = concat;
    this.reduction = reduction;
    this.preprocess0 = reductionPrev
      ? new FactorizedReduce({ ...this.seeded('preprocess0'), filters })
      : new ReluConvBN({ ...this.seeded('preprocess0'), filters });
    this.preprocess1 = new ReluConvBN({ ...this.seeded('preprocess1'), filters });
    this.ops = edges.map(([primitive, state], index) =>
      candidateNamed(primitive).create({
        ...this.seeded(`op_${index}`),
        filters,
        stride: reduction && state < 2 ? 2 : 1,
        affine: true,
        mixed: false,
      }),
    );
    this.dropPaths = this.ops.map((op, index) =>
      op instanceof Identity
        ? undefined
        : new DropPath({ ...this.seeded(`drop_path_${index}`), rate: dropPath }),
    );
  }

  override build(inputShape: unknown): void {
    const shapes = inputShape as MapShape | [MapShape, MapShape];
    const [shape0, shape1] = (Array.isArray(shapes[0]) ? shapes : [shapes, shapes]) as [MapShape, MapShape];
    const older = this.adopt(this.preprocess0, shape0);
    const states = [older, this.adopt(this.preprocess1, shape1)];
    if (String(older) !== String(states[1])) {
      throw typeError(
        'NoisyDartsNetworkCell',
        'after preprocessing both inputs must have one size',
        [older, states[1]],
        'set reductionPrev for the cell after a reduction cell',
      );
    }
    this.#rank = older.length;
    this.ops.forEach((op, index) => {
      const shape = this.adopt(op, states[this.edges[index]![1]]!);
      const dropPath = this.dropPaths[index];
      if (dropPath) this.adopt(dropPath, shape);
      if (index % 2 === 1) states.push(shape);
    });
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    const shapes = inputShape as MapShape | [MapShape, MapShape];
    const shape = (Array.isArray(shapes[0]) ? shapes[1] : shapes) as MapShape;
    return strided(shape, this.reduction ? 2 : 1, this.concat.length * this.filters);
  }

  override officialNames(): OfficialNames {
    return {
      'preprocess0.': this.preprocess0,
      'preprocess1.': this.preprocess1,
      ...Object.fromEntries(this.ops.map((op, i) => [`_ops.${i}.`, op])),
    };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    const [older, younger = older] = [inputs].flat();
    return onMaps(this, [older!, younger!], (s0, s1) => {
      const states = [this.preprocess0.call(s0, options), this.preprocess1.call(s1, options)];
      const along = (index: number) => {
        const state = states[this.edges[index]![1]]!;
        const y = applyBuilt(this.ops[index]!, state, this.#rank, options) as tf.Tensor4D;
        return this.dropPaths[index]?.call(y, options) ?? y;
      };
      for (let node = 0; node < this.edges.length / 2; node++) {
        states.push(sum([along(2 * node), along(2 * node + 1)]));
      }
      return concatChannels(this.concat.map((state) => states[state]!));
    });
  }
}
