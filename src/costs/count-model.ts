import type { LayersModel } from '@tensorflow/tfjs-layers';
import { disposeWeights } from '../layers/noisy-darts-layer';
import { countCost, toStandardLayers, withoutAuxiliary } from '../network';
import { parametersOf } from '../network/cost/count-cost';
import { requireNetwork } from '../network/require-network';
import { peakActivations } from './peak-activations';

/** Bytes at each precision of the numbers. */
export interface Bytes {
  readonly float32: number;
  readonly float16: number;
  readonly int8: number;
}

/** What {@link countModel} returns. Plain JSON. */
export interface ModelCounts {
  /** Weights before batch norms are folded into convolutions, as `countCost` counts them. */
  readonly parameters: number;
  /** Multiply-adds of one example. */
  readonly multiplyAdds: number;
  /** Size of the weights in stock layers, batch norms folded. */
  readonly weights: Bytes;
  /** The most that maps of one example take at one time. */
  readonly peakActivations: Bytes;
}

const bytes = (numbers: number): Bytes => ({ float32: 4 * numbers, float16: 2 * numbers, int8: numbers });

/** Numbers that a model's weights hold. */
export const weightsOf = (model: LayersModel): number =>
  model.weights.reduce((sum, { shape }) => sum + shape.reduce<number>((all, side) => all * side!, 1), 0);

/**
 * What a network costs, counted: parameters and multiply-adds as `countCost` counts them, and the memory of the same network
 * in stock layers (`toStandardLayers`), in which it is stored and run.
 *
 * @param model - A network of this library without or with its auxiliary head, which does not count, for inputs of a known size.
 * @throws TypeError or RangeError for a model that `countCost` or `toStandardLayers` refuse.
 */
export function countModel(model: LayersModel): ModelCounts {
  requireNetwork('countModel', model);
  const { multiplyAdds } = countCost(model).total;
  const standard = toStandardLayers(model);
  try {
    return {
      parameters: parametersOf(withoutAuxiliary(model)),
      multiplyAdds,
      weights: bytes(weightsOf(standard)),
      peakActivations: bytes(peakActivations(standard)),
    };
  } finally {
    disposeWeights(standard);
  }
}
