import type * as tf from '@tensorflow/tfjs-core';
import { requireObject } from '../errors';
import type { DrawPosition } from '../kernels';
import type { Stream } from '../random';

/** When a forward pass happens: with the seed it fixes every random draw of the pass. */
export interface Moment {
  /** Epoch from 0; noise schedules read it. */
  readonly epoch: number;
  /** Step from 0, over the whole run. */
  readonly step: number;
  /**
   * Which of the forward passes of one step this is, 0 to 7, so that no two share a draw. The search numbers the
   * weight pass 0 and the architecture pass 1.
   */
  readonly pass: number;
  /** Which part of a batch that is spread over several threads this is. Default 0. */
  readonly shard?: number;
}

/** Replaces the counter-based draws, for instance with recorded ones. */
export type Sampler = (
  shape: number[],
  kind: 'gaussian' | 'uniform' | 'keep',
  /** Name of the layer that asks. */
  layer: string,
) => tf.Tensor;

/** Keyword arguments that layers of this library understand in `apply(x, options)`. */
export interface CallOptions {
  /** Batch statistics, noise and drop path on. Default false. */
  readonly training?: boolean;
  /** Whether noise, drop path and the draws of a strategy disturb a training pass. Default true. */
  readonly noise?: boolean;
  /** When the pass happens. Default: the layer counts its own training passes. */
  readonly moment?: Moment;
  /** Whether training updates running statistics. Default true. */
  readonly updateStatistics?: boolean;
  /**
   * Whether gradients of weights may be asked for. Default true. False lets fused kernels keep less for the way back,
   * as an architecture step needs no gradient of any weight.
   */
  readonly weightGradients?: boolean;
  /**
   * Whether gradients of alpha may be asked for. Default true. False lets fused kernels do less on the way back, as a weight
   * step needs no gradient of alpha.
   */
  readonly alphaGradients?: boolean;
  /** Source of random draws. Default: counter-based draws from the layer's seed and `moment`. */
  readonly sampler?: Sampler;
  /**
   * Weights of a mixture, already normalised: [K] for an edge, [edges, K] for a cell. Default: softmax(alpha). One more is that of
   * the candidate `skip_connect` a second time, without noise and drop path; an edge that has none leaves it out.
   */
  readonly weights?: tf.Tensor;
  /**
   * The only candidate of each edge that is computed, by its index: one number for an edge, one an edge for a cell. The
   * others take no part, whatever their weights. Default: all are computed.
   */
  readonly chosen?: readonly number[];
  /** Alpha to use instead of the layer's own, same shape. */
  readonly alpha?: tf.Tensor;
}

/** The moment of a pass that nobody gives one. */
export const START: Moment = { epoch: 0, step: 0, pass: 0 };

/** Passes a step can tell apart. */
export const PASSES = 8;

/** Where in a layer's random stream a moment draws. */
export function momentDraw(stream: Stream, moment: Moment): DrawPosition {
  requireObject('momentDraw', 'the stream', stream, 'pass one of stream()', 'key', 'child');
  requireObject('momentDraw', 'the moment', moment, 'pass { epoch, step, pass }', 'step', 'pass');
  const { step, pass, shard = 0 } = moment;
  return {
    key: (shard === 0 ? stream : stream.child('shard', shard)).key,
    counter: (step * PASSES + pass) >>> 0,
  };
}
