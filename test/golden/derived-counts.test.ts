import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, expect } from 'vitest';
import { stateVariables, weightVariables } from '../../src/layers';
import { type CostReport, countCost, createNetwork, type NetworkKind } from '../../src/network';
import { Generator } from '../../src/random';
import { leavesNoTensors } from '../support/memory';
import { describeGolden } from './support/fixtures';
import { type GenotypeFixture, genotypeNamed } from './support/genotypes';

interface Size {
  readonly C: number;
  readonly num_classes: number;
  readonly layers: number;
  readonly image: number;
}

type ByKind<T> = Readonly<Partial<Record<NetworkKind, T>>>;

/** What the columns of a table may be. */
const quantities = {
  params: 'parameters',
  macs: 'multiplyAdds',
  thop_0_0_31: 'thop2019',
  thop_bn2: 'thop2020',
} as const;

type Counts = ByKind<Size> & {
  readonly columns: readonly (keyof typeof quantities)[];
  readonly random_genotypes?: Readonly<Record<string, GenotypeFixture>>;
  /** What occurs among the networks of the table, ascending. */
  readonly params_aux?: ByKind<readonly number[]>;
  readonly table: Readonly<Record<string, ByKind<readonly number[]>>>;
  readonly published?: Readonly<Record<string, { multiply_adds_M?: number; params_M?: number }>>;
};

const free = (network: LayersModel) => tf.dispose([...weightVariables(network), ...stateVariables(network)]);

describeGolden<{ readonly counts?: Counts }>('derived', ({ counts }, golden) => {
  leavesNoTensors();

  golden.part('counts', counts, ({ columns, random_genotypes, params_aux, table, published, ...sizes }) => {
    const costs = (name: string, kind: NetworkKind): CostReport => {
      const { C: channels, layers: cells, num_classes: classes, image } = sizes[kind]!;
      const network = createNetwork(genotypeNamed(name, random_genotypes), {
        kind,
        channels,
        cells,
        classes,
        inputShape: [image, image, 3],
      });
      const report = countCost(network);
      free(network);
      return report;
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
      golden.part(`networks of the kind ${kind}`, sizes[kind], () => {
        const heads = new Set<number>();
        for (const [family, names] of families) {
          golden.part(`${family} on ${kind}`, names.find((name) => table[name]![kind]) && names, () =>
            golden.case(`${family} on ${kind}`, () => {
              for (const name of names) {
                const { total, auxiliary } = costs(name, kind);
                const expected = table[name]![kind];
                for (const [i, column] of columns.entries()) {
                  golden.exact(total[quantities[column]], expected?.[i], `${column} of ${name}`);
                }
                heads.add(auxiliary.parameters);
              }
            }),
          );
        }
        golden.part(`auxiliary heads on ${kind}`, params_aux?.[kind], (expected) =>
          golden.case(`auxiliary heads on ${kind}`, () => {
            golden.exact(
              [...heads].sort((a, b) => a - b),
              expected,
            );
          }),
        );
      });
    }

    golden.part('published figures', published, (figures) =>
      golden.case("published figures, truncated to the README's digits by one of the two conventions", () => {
        const rounded = (value: number, digits: number) =>
          Math.floor(value / 10 ** (6 - digits)) / 10 ** digits;
        for (const [name, { multiply_adds_M, params_M }] of Object.entries(figures)) {
          const { parameters, thop2019, thop2020 } = costs(name, 'cifar').total;
          if (multiply_adds_M !== undefined)
            expect([rounded(thop2019, 0), rounded(thop2020, 0)], name).toContain(multiply_adds_M);
          // The README's 3.01 of h contradicts its genotype: two digits are swapped.
          const misprint = name === 'noisy_darts_h' && params_M === 3.01;
          golden.exact(rounded(parameters, 2), misprint ? 3.1 : params_M, `parameters of ${name}`);
        }
      }),
    );
  });
});
