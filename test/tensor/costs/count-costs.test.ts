import { input, layers, type SymbolicTensor, model as tfModel } from '@tensorflow/tfjs-layers';
import {
  costRange,
  costTableFromJson,
  countCosts,
  countModel,
  peakActivations,
  predictCost,
} from 'noisydarts/costs';
import { randomGenotype } from 'noisydarts/genotype';
import { countCost, deriveModel, toStandardLayers } from 'noisydarts/network';
import { modelSpace } from 'noisydarts/supernet';
import { describe, expect, it } from 'vitest';
import { disposeWeights } from '../../../src/layers/noisy-darts-layer';
import { leavesNoTensors } from '../../support/memory';
import { HOUSE } from '../support';
import { networkOf, ownModel, sizesOf, spaces } from './support';

leavesNoTensors();

describe('countCosts', () => {
  it.each(spaces)('says of any genotype what its network counts, in $name', (space) => {
    const tables = (['parameters', 'multiplyAdds', 'float32'] as const).map((cost) =>
      countCosts(space, { ...sizesOf(space), cost }),
    );
    for (const seed of [1, 2]) {
      const genotype = randomGenotype(space, seed);
      const network = networkOf(space, genotype);
      const { parameters, multiplyAdds, weights } = countModel(network);
      expect(countCost(network).total).toMatchObject({ parameters, multiplyAdds });
      disposeWeights(network);
      const predicted = tables.map((table) => predictCost(table, genotype as never));
      expect(predicted.slice(0, 2)).toEqual([parameters, multiplyAdds]);
      // What only adds zeros is written down in stock layers where nothing else feeds a node.
      if (space.kind !== 'nas-bench-201') expect(predicted[2]).toBe(weights.float32);
    }
    const { least, most } = costRange(tables[0]!);
    const any = predictCost(tables[0]!, randomGenotype(space, 3) as never);
    expect(any).toBeGreaterThanOrEqual(least);
    expect(any).toBeLessThanOrEqual(most);
  });

  it('counts the edges of a model of ones own, which stays as it is', () => {
    const model = ownModel();
    const table = countCosts(model);
    const genotype = { first: 'sep_conv_3x3', second: 'skip_connect' };
    const derived = deriveModel(model, { genotype, weights: 'fresh' });
    expect(predictCost(table, genotype)).toBe(derived.countParams() - 2 * (2 + 2) - 2 * 2);
    expect(table.space).toEqual(modelSpace(model));
    for (const each of [derived, model]) disposeWeights(each);
  });

  it('is read back from JSON, and refused where it is no table', () => {
    const [space] = spaces;
    const table = countCosts(space!, sizesOf(space!));
    const json = JSON.stringify(table);
    expect(costTableFromJson(json)).toEqual(table);
    const wrong: readonly [unknown, RegExp][] = [
      [{ ...table, format: 'other' }, /must be a cost table of version 1/],
      [{ ...table, costs: { ...table.costs, normal: [] } }, /the costs of normal must be finite/],
      [{ ...table, cost: 'euros' }, /its cost must be a known one/],
      [{ ...table, fixed: null }, /must be a finite number/],
      [{}, /the table must be an object with/],
    ];
    for (const [value, message] of wrong) {
      const read = () => costTableFromJson(JSON.stringify(value));
      expect(read).toThrow(message);
      expect(read).toThrow(HOUSE);
    }
    expect(() => costTableFromJson(json.slice(0, -9))).toThrow(HOUSE);
    expect(() => countCosts(space!, { cost: 'latency' as never })).toThrow(HOUSE);
    expect(() => countCosts({} as never)).toThrow(HOUSE);
  });
});

describe('peakActivations', () => {
  it('holds a map until the last that needs it is computed', () => {
    const x = input({ shape: [4, 4, 1] });
    const act = (at: SymbolicTensor) => layers.activation({ activation: 'relu' }).apply(at) as SymbolicTensor;
    const [a, b] = [act(x), act(x)];
    const y = layers.add().apply([act(act(a)), b]) as SymbolicTensor;
    // The input, the two maps that are to be added and one on the way.
    const model = tfModel({ inputs: x, outputs: y });
    expect(peakActivations(model)).toBe(48);
    expect(peakActivations(toStandardLayers(model))).toBe(48);
  });
});
