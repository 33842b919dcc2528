import * as tf from '@tensorflow/tfjs-core';
import { requireList, requireOptions, typeError } from '../errors';
import { sum } from '../kernels';
import type { CallOptions } from './call-options';
import { ALPHA_INIT_STD, MixedOp } from './mixed-op';
import {
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  type OfficialNames,
  singleInput,
  singleShape,
  variableOf,
} from './noisy-darts-layer';
import { type NoiseByCandidate, NoisyMixedOp } from './noisy-mixed-op';
import type { MapShape } from './work';

/** Options of {@link DenseCell}. */
export interface DenseCellOptions<P extends string = string> extends NoisyDartsLayerOptions {
  /** Channels in and out. */
  readonly filters: number;
  /** The operations of every edge. */
  readonly candidates: readonly P[];
  /** Nodes whose edges are mixed. Default 3. */
  readonly nodes?: number;
  /** Noise of each edge by candidate; null or missing for an edge without noise. Default none. */
  readonly noise?: readonly (NoiseByCandidate<P> | null)[];
  /** Rate of a drop path on every skip connection. Default 0. */
  readonly skipDropPath?: number;
  /** One of this many channels goes through the candidates; see `MixedOp`. Default 1. */
  readonly channelShare?: number;
  /** Whether the cell owns its alpha [edges, K]. Default true. If false, every call must pass `weights` or `alpha`. */
  readonly ownsAlpha?: boolean;
}

/**
 * A search cell of NAS-Bench-201: every node is the sum of mixed edges from the cell's one input and all earlier nodes,
 * the last node is the output.
 *
 * [N, H, W, C] to [N, H, W, C]; nodes (nodes + 1) / 2 edges, numbered node by node. Pools have no batch norm behind them.
 *
 * Source: Dong and Yang 2020, "NAS-Bench-201", section 2.1.
 */
export class DenseCell<P extends string = string> extends NoisyDartsLayer {
  static className = 'NoisyDartsDenseCell';
  readonly nodes: number;
  /** The mixed edges, node by node. */
  readonly edges: readonly MixedOp<P>[];
  readonly #ownsAlpha: boolean;
  #alpha: tf.Variable | undefined;

  constructor(options: DenseCellOptions<P>) {
    const {
      filters,
      candidates,
      nodes = 3,
      noise = [],
      skipDropPath = 0,
      channelShare = 1,
      ownsAlpha = true,
      ...common
    } = requireOptions('NoisyDartsDenseCell', options);
    super(common, { filters, candidates, nodes, noise, skipDropPath, channelShare, ownsAlpha });
    for (const [what, list] of Object.entries({ candidates, noise }))
      requireList('NoisyDartsDenseCell', what, list, 'give the operations, and noise for every edge');
    this.nodes = nodes;
    this.#ownsAlpha = ownsAlpha;
    this.edges = Array.from({ length: (nodes * (nodes + 1)) / 2 }, (_, edge) => {
      const name = `edge_${edge}`;
      const disturbance = noise[edge];
      const common = {
        name,
        seed: this.childSeed(name),
        candidates,
        filters,
        normalize: false,
        ownsAlpha: false,
        skipDropPath,
        channelShare,
      };
      return disturbance ? new NoisyMixedOp<P>({ ...common, noise: disturbance }) : new MixedOp<P>(common);
    });
  }

  /** Alpha [edges, K] if the cell owns it. */
  get alpha(): tf.Variable | undefined {
    return this.#alpha;
  }

  override build(inputShape: unknown): void {
    const shape = singleShape(inputShape);
    if (this.#ownsAlpha) {
      const alpha = [this.edges.length, this.edges[0]!.primitives.length];
      this.#alpha = variableOf(this.addAlpha('alpha', alpha, ALPHA_INIT_STD));
    }
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
    return tf.tidy(() => {
      const { weights, alpha, chosen, ...rest } = this.withMoment(options);
      const rows = tf.unstack(weights ?? this.#softmax(alpha));
      const states = [singleInput(this, inputs)];
      let edge = 0;
      for (let node = 0; node < this.nodes; node++) {
        const terms = states.map((state) => {
          const mixed = this.edges[edge]!.call(state, {
            ...rest,
            weights: rows[edge]!,
            ...(chosen && { chosen: [chosen[edge]!] }),
          });
          edge++;
          return mixed;
        });
        states.push(sum(terms));
      }
      return states.at(-1)!;
    });
  }

  #softmax(alpha: tf.Tensor | undefined): tf.Tensor {
    const source = alpha ?? this.#alpha;
    if (!source) {
      throw typeError(
        'NoisyDartsDenseCell',
        'this cell owns no alpha, so a call must pass weights or alpha',
        undefined,
        'call apply(x, { alpha }) or build the cell with ownsAlpha: true',
      );
    }
    return tf.softmax(source);
  }
}
