import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, expect } from 'vitest';
import { type PublishedGenotypeName, publishedGenotype } from '../../src/catalogue';
import type { Genotype } from '../../src/genotype';
import { stateVariables, weightVariables } from '../../src/layers';
import { countCost, createNetwork } from '../../src/network';
import { Generator } from '../../src/random';
import { leavesNoTensors } from '../support/memory';
import { describeGolden } from './support/fixtures';

type Row = readonly [parameters: number, multiplyAdds: number, thop: number];
type Edges = Genotype['normal'];

interface CountsFixture {
  readonly counts: {
    readonly random_genotypes: Readonly<
      Record<string, { normal: Edges; normal_concat: number[]; reduce: Edges; reduce_concat: number[] }>
    >;
    readonly params_aux: { readonly cifar: readonly number[]; readonly imagenet: readonly number[] };
    readonly table: Readonly<Record<string, { readonly cifar: Row; readonly imagenet: Row }>>;
    readonly published: Readonly<Record<string, { multiply_adds_M: number; params_M: number }>>;
  };
}

const free = (network: LayersModel) => tf.dispose([...weightVariables(network), ...stateVariables(network)]);

describeGolden<CountsFixture>('derived', ({ counts }, golden) => {
  leavesNoTensors();
  const { random_genotypes, params_aux, table, published } = counts;
  const genotypeOf = (name: string): Genotype => {
    const random = random_genotypes[name];
    if (!random) return publishedGenotype(name as PublishedGenotypeName);
    const { normal, normal_concat: normalConcat, reduce, reduce_concat: reduceConcat } = random;
    return { normal, normalConcat, reduce, reduceConcat };
  };

  // What the weights are does not matter here, and drawing 900 million of them takes minutes.
  const draw = Generator.prototype.uniform;
  beforeAll(() => {
    Generator.prototype.uniform = () => 0.5;
  });
  afterAll(() => {
    Generator.prototype.uniform = draw;
  });

  const families = new Map<string, string[]>();
  for (const name of Object.keys(table)) {
    const family = name.replace(/_\d$/, '');
    families.set(family, [...(families.get(family) ?? []), name]);
  }
  for (const kind of ['cifar', 'imagenet'] as const) {
    for (const [family, names] of families) {
      golden.case(`${family} on ${kind}`, () => {
        for (const name of names) {
          const network = createNetwork(genotypeOf(name), { kind });
          const { total, auxiliary } = countCost(network);
          golden.exact([total.parameters, total.multiplyAdds, total.thop2019], table[name]![kind], name);
          expect(params_aux[kind]).toContain(auxiliary.parameters);
          free(network);
        }
      });
    }
  }

  golden.case('auxiliary heads of three and of four concatenated nodes', () => {
    for (const kind of ['cifar', 'imagenet'] as const) {
      const heads = (['NASNet', 'noisy_darts_a'] as const).map((name) => {
        const network = createNetwork(publishedGenotype(name), { kind });
        const { auxiliary } = countCost(network);
        free(network);
        return auxiliary.parameters;
      });
      golden.exact(heads, params_aux[kind]);
    }
  });

  golden.case("published figures, truncated to the README's digits by one of the two conventions", () => {
    const rounded = (value: number, digits: number) => Math.floor(value / 10 ** (6 - digits)) / 10 ** digits;
    for (const [name, { multiply_adds_M, params_M }] of Object.entries(published)) {
      const network = createNetwork(genotypeOf(name));
      const { parameters, thop2019, thop2020 } = countCost(network).total;
      expect([rounded(thop2019, 0), rounded(thop2020, 0)], name).toContain(multiply_adds_M);
      // The README's 3.01 of h contradicts its genotype: two digits are swapped.
      golden.exact(rounded(parameters, 2), name === 'noisy_darts_h' ? 3.1 : params_M, name);
      free(network);
    }
  });
});
