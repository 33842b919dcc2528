import * as tf from '@tensorflow/tfjs-core';
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishedGenotype } from '../../../src/catalogue';
import { archVariables } from '../../../src/layers';
import { countCost, createMobileNetwork, createNetwork, defineWork } from '../../../src/network';
import { Generator } from '../../../src/random';
import { darts } from '../../../src/spaces';
import { createSupernet } from '../../../src/supernet';
import { leavesNoTensors } from '../../support/memory';
import { free } from './support';

describe('countCost', () => {
  leavesNoTensors();
  const draw = Generator.prototype.uniform;
  beforeAll(() => {
    // What the weights are does not matter here, and drawing millions of them takes a while.
    Generator.prototype.uniform = () => 0.5;
  });
  afterAll(() => {
    Generator.prototype.uniform = draw;
  });

  it.each([
    ['noisy_darts_a', 3_257_110, 513_865_728, 5_031_936, 0],
    ['noisy_darts_c', 3_337_246, 529_597_440, 5_059_584, 110_592],
    ['noisy_darts_n', 4_189_150, 650_336_256, 7_022_592, 0],
  ] as const)('counts %s by every convention', (name, parameters, convolutions, norms, pools) => {
    const network = createNetwork(publishedGenotype(name));
    const linear = 5760;
    const last = 65 * 576 + 2 * linear;
    expect(countCost(network).total).toEqual({
      parameters,
      multiplyAdds: convolutions + linear,
      additions: 65 * 576 + 10 * pools,
      thop2019: convolutions + 4 * norms + 4 * pools + last,
      thop2020: convolutions + 2 * norms + pools + last,
    });
    free(network);
  });

  it('counts NoisyDARTS-A as published', () => {
    const network = createMobileNetwork();
    const { parameters, multiplyAdds, additions } = countCost(network).total;
    expect(parameters).toBe(5_547_124);
    expect(multiplyAdds + additions).toBe(449_087_276);
    free(network);
  });

  it.each([
    [10, 1_930_618],
    [100, 1_953_748],
  ])("counts the supernet's weights for %i classes, its alphas not", (classes, parameters) => {
    const supernet = createSupernet({ space: darts(), classes, inputShape: [32, 32, 3] });
    expect(countCost(supernet).total.parameters).toBe(parameters);
    free(supernet);
    tf.dispose(archVariables(supernet));
  });

  it('lists the layers, and adds them up without the auxiliary head', () => {
    const network = createNetwork(publishedGenotype('noisy_darts_a'), { channels: 4, cells: 4 });
    const { layers: rows, total, auxiliary } = countCost(network);
    expect(rows.map(({ name }) => name)).toEqual([
      'stem',
      'cell_0',
      'cell_1',
      'cell_2',
      'cell_3',
      'classifier',
      'auxiliary_head',
    ]);
    const sum = rows.reduce((all, row) => all + row.multiplyAdds, 0);
    expect(sum).toBe(total.multiplyAdds + auxiliary.multiplyAdds);
    // 1x1 to 128 at 2x2 pixels, 2x2 to 768, linear.
    expect(auxiliary.multiplyAdds).toBe(4 * 64 * 128 + 4 * 128 * 768 + 768 * 10);
    expect(rows[0]).toMatchObject({ className: 'NoisyDartsStem', outputShape: [null, 32, 32, 12] });
    free(network);
  });

  it('refuses what it knows nothing about, until told', () => {
    class Doubling extends layers.Layer {
      static className = 'TestDoubling';
      override call(x: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.mul(Array.isArray(x) ? x[0]! : x, 2);
      }
    }
    const images = input({ shape: [4, 4, 3] });
    const doubled = model({ inputs: images, outputs: new Doubling({}).apply(images) as SymbolicTensor });
    expect(() => countCost(doubled)).toThrow(
      "countCost: nothing is known about what this layer computes, got 'TestDoubling'; tell with defineWork()",
    );
    defineWork(Doubling, (_, { output }) => ({ linear: output[1]! * output[2]! * output[3]! }));
    expect(countCost(doubled).total.multiplyAdds).toBe(48);
  });

  it('refuses maps of unknown size', () => {
    const supernet = createSupernet({ space: darts(), cells: 2, channels: 2, inputShape: [null, null, 3] });
    expect(() => countCost(supernet)).toThrow(
      'countCost: all sides of all maps must be known, got [null, null, null, 3]; give the model an inputShape',
    );
    free(supernet);
    tf.dispose(archVariables(supernet));
  });
});
