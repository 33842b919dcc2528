import { input, type LayersModel, type layers } from '@tensorflow/tfjs-layers';
import { checkOptions, type OptionKeys, requireKind } from '../errors';
import { genotypeMixture } from '../genotype';
import { disposeWeights } from '../layers/noisy-darts-layer';
import { countCost, toStandardLayers } from '../network';
import { parametersOf } from '../network/cost/count-cost';
import { type AnySpace, mapAlphas } from '../spaces';
import { type Blueprint, blueprintOf, type Costed, cheapest, type Site } from './blueprint';
import { weightsOf } from './count-model';
import { expectedCost } from './expected-cost';
import { operationModel } from './operation-model';
import { type NetworkSizes, sizeKeys, sizesOf } from './sizes';
import { type CostName, type CostTable, units } from './table';

/** What can be counted. */
export type CountedCost = Exclude<CostName, 'latency'>;

/** Options of {@link countCosts}. */
export interface CountCostsOptions extends NetworkSizes {
  /**
   * What to count: `'parameters'` and `'multiplyAdds'` as `countCost` does, or the bytes of the weights in stock layers at
   * `'float32'`, `'float16'` or `'int8'`. Default `'parameters'`.
   */
  readonly cost?: CountedCost;
}

const KEYS = { ...sizeKeys, cost: true } satisfies OptionKeys<CountCostsOptions>;

type Counter = (model: LayersModel | layers.Layer) => number;

const counters: { readonly [C in 'parameters' | 'multiplyAdds']: Counter } = {
  parameters: parametersOf,
  multiplyAdds: (model) => countCost(model).total.multiplyAdds,
};

const BYTES = { float32: 4, float16: 2, int8: 1 } as const;

/** Counts a network, which is freed. */
function ofNetwork(network: LayersModel, cost: CountedCost): number {
  try {
    if (cost === 'parameters' || cost === 'multiplyAdds') return counters[cost](network);
    const standard = toStandardLayers(network);
    const count = BYTES[cost] * weightsOf(standard);
    disposeWeights(standard);
    return count;
  } finally {
    disposeWeights(network);
  }
}

/** Counts an operation of a place. */
function ofOperation(site: Site, primitive: string, cost: CountedCost): number {
  if (primitive === 'none') return 0;
  if (cost === 'parameters' || cost === 'multiplyAdds') {
    const layer = site.operation(primitive);
    try {
      layer.apply(input({ batchShape: [...site.input] }));
      return counters[cost](layer);
    } finally {
      disposeWeights(layer);
    }
  }
  const model = operationModel(site, primitive, 1);
  if (!model) return 0;
  const count = BYTES[cost] * weightsOf(model);
  disposeWeights(model);
  return count;
}

/** What each operation adds in all places together, from its cost in one place; equal places are asked about once. */
export function summedCosts(
  { space, sites }: Blueprint,
  costOf: (site: Site, primitive: string) => number,
): CostTable['costs'] {
  const known = new Map<string, number>();
  return mapAlphas<AnySpace, number[][]>(space, (name, rows) =>
    rows.map((primitives, row) => {
      const places = sites.filter((site) => site.alpha === name && site.row === row);
      return primitives.map((primitive) =>
        places.reduce((sum, site) => {
          const key = partKey(site, primitive);
          const cost = known.get(key) ?? costOf(site, primitive);
          known.set(key, cost);
          return sum + cost;
        }, 0),
      );
    }),
  ) as CostTable['costs'];
}

/** Names an operation in a place; equal ones have one name. */
export const partKey = ({ key }: Site, primitive: string): string => `${primitive} ${key}`;

/**
 * A table of what the networks of a space cost, counted. It is exact: what `predictCost` says of a genotype is what its
 * network counts.
 *
 * @param space - The space, or a model of one's own that holds mixed edges.
 * @throws TypeError or RangeError for what is neither, bad options, or an operation of one's own that nothing is known about.
 */
export function countCosts(space: Costed, options: CountCostsOptions = {}): CostTable {
  const { cost = 'parameters' } = checkOptions('countCosts', options, KEYS);
  const countable = Object.keys({ ...counters, ...BYTES });
  requireKind('countCosts', 'cost', cost, countable, 'measure others with measureCosts()');
  const sizes = sizesOf(options);
  const blueprint = blueprintOf('countCosts', space, sizes);
  const genotype = cheapest('countCosts', blueprint.space);
  const table = {
    format: 'noisydarts-costs',
    version: 1,
    cost,
    unit: units[cost],
    space: blueprint.space,
    sizes,
    fixed: 0,
    costs: summedCosts(blueprint, (site, primitive) => ofOperation(site, primitive, cost)),
    usedOnly: Object.hasOwn(BYTES, cost),
  } as const satisfies CostTable;
  const whole = ofNetwork(blueprint.network(genotype), cost);
  return { ...table, fixed: whole - expectedCost(table, genotypeMixture(blueprint.space, genotype)) };
}
