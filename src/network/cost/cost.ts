import type { Work } from '../../layers';

/** What one layer, or several, hold and compute for one image. */
export interface Cost {
  /** Weights, without running statistics and alphas. */
  readonly parameters: number;
  /** Multiply-adds of convolutions and linear maps; additions of biases are not counted. */
  readonly multiplyAdds: number;
  /**
   * Additions of convolutions' biases and average pooling, `pixels under the window + 1` an output. With `multiplyAdds`
   * they are the figure published for NoisyDARTS-A, 449M.
   */
  readonly additions: number;
  /**
   * What thop counted up to 2019 (the pinned build 0.0.31.post1910280903, which made most published figures):
   * convolutions with their biases, 4 an output of batch norm, `window side + 1` an output of average pooling (`pixels + 1`
   * of global pooling without a window), 2 a product of linear maps.
   */
  readonly thop2019: number;
  /**
   * The later convention, thop's from 2020 on: as before, but 2 an output of batch norm and 1 an output of windowed pooling;
   * 2 an output of the ImageNet network's last pooling, whose window is as large as the map.
   */
  readonly thop2020: number;
}

export const nothing: Cost = { parameters: 0, multiplyAdds: 0, additions: 0, thop2019: 0, thop2020: 0 };

export function addCosts(a: Cost, b: Cost): Cost {
  return {
    parameters: a.parameters + b.parameters,
    multiplyAdds: a.multiplyAdds + b.multiplyAdds,
    additions: a.additions + b.additions,
    thop2019: a.thop2019 + b.thop2019,
    thop2020: a.thop2020 + b.thop2020,
  };
}

/**
 * The cost of a layer that holds `parameters` weights and does `work`.
 *
 * @param byWindow - Whether global pooling is done by a window as large as the map.
 */
export function costOf(
  parameters: number,
  { convolution = 0, convolutionBias = 0, linear = 0, batchNorm = 0, averagePool, globalPool }: Work,
  byWindow = false,
): Cost {
  const windowed = averagePool ?? { window: 0, pixels: 0, outputs: 0 };
  const { pixels, outputs } = globalPool ?? { pixels: 0, outputs: 0 };
  const whole = (pixels + 1) * outputs;
  const [whole2019, whole2020] = byWindow ? [(Math.sqrt(pixels) + 1) * outputs, 2 * outputs] : [whole, whole];
  const common = convolution + convolutionBias + 2 * linear;
  return {
    parameters,
    multiplyAdds: convolution + linear,
    additions: convolutionBias + whole + (windowed.pixels + 1) * windowed.outputs,
    thop2019: common + whole2019 + 4 * batchNorm + (windowed.window + 1) * windowed.outputs,
    thop2020: common + whole2020 + 2 * batchNorm + windowed.outputs,
  };
}
