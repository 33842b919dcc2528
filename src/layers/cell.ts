import type * as tf from '@tensorflow/tfjs-core';
import { rangeError, requireList, requireOptions, typeError } from '../errors';
import { concatChannels } from '../kernels';
import { strided } from '../kernels/geometry';
import type { CallOptions } from './call-options';
import { FactorizedReduce } from './factorized-reduce';
import type { MixedOp } from './mixed-op';
import type { OfficialNames } from './noisy-darts-layer';
import { ReluConvBN } from './relu-conv-bn';
import { SearchCell, type SearchCellOptions } from './search-cell';
import { onMaps } from './signals';
import type { MapShape } from './work';

/** Options of {@link Cell}. */
export interface CellOptions<P extends string = string> extends SearchCellOptions<P> {
  /** The operations of each edge, node by node: edges into node i come from the two inputs and the i nodes before it. */
  readonly candidates: readonly (readonly P[])[];
  /** Nodes whose edges are mixed. Default 4. */
  readonly nodes?: number;
  /** How many of the last nodes are concatenated. Default: all. */
  readonly multiplier?: number;
  /** Whether the cell halves the map: edges from its two inputs have stride 2. Default false. */
  readonly reduction?: boolean;
  /** Whether the previous cell halved the map, so that the older input must follow. Default false. */
  readonly reductionPrev?: boolean;
}

/**
 * A search cell: every node is the sum of mixed edges from the two previous cells and all earlier nodes.
 *
 * Takes [s0, s1], the outputs of the two cells before it (s0 at twice the size after a reduction), and gives
 * [N, H, W, multiplier * filters], or half the size if it is a reduction cell itself. Signals [N, T, C] likewise.
 *
 * Source: DARTS, section 2.1; official code, model_search.py.
 */
export class Cell<P extends string = string> extends SearchCell<P> {
  static className = 'NoisyDartsCell';
  readonly filters: number;
  readonly multiplier: number;
  readonly reduction: boolean;
  readonly preprocess0: ReluConvBN | FactorizedReduce;
  readonly preprocess1: ReluConvBN;
  readonly edges: readonly MixedOp<P>[];

  constructor(options: CellOptions<P>) {
    const { filters, candidates, nodes = 4, multiplier = nodes } = requireOptions('NoisyDartsCell', options);
    const { reduction = false, reductionPrev = false } = options;
    super(options, nodes, { filters, candidates, multiplier, reduction, reductionPrev });
    requireList('NoisyDartsCell', 'candidates', candidates, 'give one entry an edge');
    for (const names of candidates)
      requireList('NoisyDartsCell', 'candidates of an edge', names, 'give its operations');
    const count = (nodes * (nodes + 3)) / 2;
    if (candidates.length !== count || candidates.some((names) => names.length !== candidates[0]!.length)) {
      throw rangeError(
        'NoisyDartsCell',
        `${nodes} nodes need ${count} lists of candidates of one length`,
        candidates.map((names) => names.length),
        'give the operations of every edge',
      );
    }
    if (!(multiplier >= 1 && multiplier <= nodes)) {
      throw rangeError(
        'NoisyDartsCell',
        `multiplier must be 1 to ${nodes}`,
        multiplier,
        'use the number of nodes',
      );
    }
    this.filters = filters;
    this.multiplier = multiplier;
    this.reduction = reduction;
    this.preprocess0 = reductionPrev
      ? new FactorizedReduce({ ...this.seeded('preprocess0'), filters, affine: false })
      : new ReluConvBN({ ...this.seeded('preprocess0'), filters, affine: false });
    this.preprocess1 = new ReluConvBN({ ...this.seeded('preprocess1'), filters, affine: false });
    const edges: MixedOp<P>[] = [];
    for (let node = 0; node < nodes; node++) {
      for (let input = 0; input < 2 + node; input++) {
        const edge = edges.length;
        const stride = reduction && input < 2 ? 2 : 1;
        edges.push(this.edge(edge, { candidates: candidates[edge]!, filters, stride }));
      }
    }
    this.edges = edges;
  }

  override build(inputShape: unknown): void {
    const shapes = inputShape as MapShape[];
    if (!Array.isArray(shapes[0]) || shapes.length !== 2) {
      throw typeError(
        'NoisyDartsCell',
        'a cell takes the outputs of the two cells before it',
        inputShape,
        'pass [s0, s1], twice the same tensor for the first cell',
      );
    }
    this.buildAlpha();
    const older = this.adopt(this.preprocess0, shapes[0]!);
    const states = [older, this.adopt(this.preprocess1, shapes[1]!)];
    if (String(older) !== String(states[1])) {
      throw typeError(
        'NoisyDartsCell',
        'after preprocessing both inputs must have one size',
        [older, states[1]],
        'set reductionPrev for the cell after a reduction cell',
      );
    }
    let edge = 0;
    for (let node = 0; node < this.nodes; node++) {
      const sums = states.map((state) => this.adopt(this.edges[edge++]!, state));
      states.push(sums[0]!);
    }
    this.built = true;
  }

  override computeOutputShape(inputShape: unknown): MapShape {
    const [, s1] = inputShape as [MapShape, MapShape];
    return strided(s1, this.reduction ? 2 : 1, this.multiplier * this.filters);
  }

  override officialNames(): OfficialNames {
    return {
      'preprocess0.': this.preprocess0,
      'preprocess1.': this.preprocess1,
      ...Object.fromEntries(this.edges.map((edge, i) => [`_ops.${i}.`, edge])),
    };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor4D {
    return onMaps(this, inputs, (s0, s1) => {
      const enter = (passed: CallOptions) => [
        this.preprocess0.call(s0, passed),
        this.preprocess1.call(s1, passed),
      ];
      return concatChannels(this.states(enter, options).slice(-this.multiplier));
    });
  }
}
