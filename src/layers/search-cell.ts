import * as tf from '@tensorflow/tfjs-core';
import { sum } from '../kernels';
import type { CallOptions } from './call-options';
import { ALPHA_INIT_STD, type MixedOp, type MixedOpOptions, mixtureWeights } from './mixed-op';
import { NoisyDartsLayer, type NoisyDartsLayerOptions, variableOf } from './noisy-darts-layer';
import { mixedEdge, type NoiseByCandidate } from './noisy-mixed-op';

/** Options that the cells of all spaces share. */
export interface SearchCellOptions<P extends string = string> extends NoisyDartsLayerOptions {
  /** Channels of every node. */
  readonly filters: number;
  /** Noise of each edge by candidate; null or missing for an edge without noise. Default none. */
  readonly noise?: readonly (NoiseByCandidate<P> | null)[];
  /** Rate of a drop path on every skip connection. Default 0. */
  readonly skipDropPath?: number;
  /** One of this many channels goes through the candidates; see `MixedOp`. Default 1. */
  readonly channelShare?: number;
  /** Whether the cell owns its alpha [edges, K]. Default true. If false, every call must pass `weights` or `alpha`. */
  readonly ownsAlpha?: boolean;
}

/** What search cells have in common: nodes that are sums of mixed edges, and one alpha for all of these. */
export abstract class SearchCell<P extends string = string> extends NoisyDartsLayer {
  /** The mixed edges, node by node. */
  abstract readonly edges: readonly MixedOp<P>[];
  readonly nodes: number;
  readonly #common: Pick<Required<SearchCellOptions<P>>, 'noise' | 'skipDropPath' | 'channelShare'>;
  readonly #ownsAlpha: boolean;
  #alpha: tf.Variable | undefined;

  /** @param own - Its own options, plain JSON. */
  constructor(options: SearchCellOptions<P>, nodes: number, own: object) {
    const { noise = [], skipDropPath = 0, channelShare = 1, ownsAlpha = true } = options;
    super(options, { ...own, nodes, noise, skipDropPath, channelShare, ownsAlpha });
    this.nodes = nodes;
    this.#common = { noise, skipDropPath, channelShare };
    this.#ownsAlpha = ownsAlpha;
  }

  /** Alpha [edges, K] if the cell owns it. */
  get alpha(): tf.Variable | undefined {
    return this.#alpha;
  }

  /** One of the edges, by its number. */
  protected edge(index: number, options: MixedOpOptions<P>): MixedOp<P> {
    const { noise, ...common } = this.#common;
    return mixedEdge(
      { ...this.seeded(`edge_${index}`), ...options, ...common, ownsAlpha: false },
      noise[index],
    );
  }

  /** Creates alpha if the cell owns it; part of `build`. */
  protected buildAlpha(): void {
    if (!this.#ownsAlpha) return;
    const shape = [this.edges.length, this.edges[0]!.primitives.length];
    this.#alpha = variableOf(this.addAlpha('alpha', shape, ALPHA_INIT_STD));
  }

  /** The states of a cell: what `enter` makes of its inputs, then its nodes. */
  protected states(
    enter: (options: CallOptions) => readonly tf.Tensor4D[],
    options: CallOptions,
  ): tf.Tensor4D[] {
    const { weights, alpha, chosen, ...rest } = this.withMoment(options);
    const rows = tf.unstack(weights ?? mixtureWeights(this, alpha ?? this.#alpha, this.#ownsAlpha));
    const states = [...enter(rest)];
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
    return states;
  }
}
