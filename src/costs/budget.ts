import { checkOptions, type OptionKeys, rangeError, requireKind, typeError } from '../errors';
import { differences } from '../runs/differences';
import type { BoundBudget, Budget, BudgetedSearch } from '../search';
import { type CountedCost, countCosts } from './count-costs';
import { costGradient, expectedCost, scaledCosts } from './expected-cost';
import type { LatencyTable } from './measure-costs';
import { checkSizesOf, type NetworkSizes, sizesOf } from './sizes';
import { type CostName, type CostTable, checkCostTable, costRange, units } from './table';

/** Epochs over which a budget comes into force. */
export interface BudgetSchedule {
  /** Epochs at the start in which it does nothing, so that the weights can settle first. Default 0. */
  readonly from?: number;
  /** Epochs after those over which its weight rises in a straight line. Default 1: at once. */
  readonly over?: number;
}

/** Options of every budget. */
export interface BudgetOptions {
  /** The most that the architecture found may cost, in the table's unit; Infinity for no limit. */
  readonly limit: number;
  /** How much the term weighs, w. Default 1. */
  readonly weight?: number;
  /**
   * f of `w f(E / limit - 1)`: `'above'`, max(0, x), which presses only while the expected cost E is above the limit;
   * `'linear'`, x, which presses always; `'absolute'`, |x|, which draws the cost to the limit. Default `'above'`.
   */
  readonly shape?: 'above' | 'linear' | 'absolute';
  /** Whether the term is added to the loss, or the loss multiplied with one more than it. Default `'add'`. */
  readonly combine?: 'add' | 'multiply';
  /** Default: in force from the first epoch. */
  readonly schedule?: BudgetSchedule;
}

/** Options of {@link latency}. */
export interface LatencyOptions extends BudgetOptions {
  /** Of the limit; that of the table. Default `'ms'`. */
  readonly unit?: 'ms';
}

/** Options of {@link parameters} and {@link multiplyAdds}. */
export interface CountedBudgetOptions extends BudgetOptions {
  /**
   * Sizes of the networks that are counted. Default: in `findNetwork` those of its network; else those of the supernet and
   * its examples: a derived network is often larger, so that its own should be told.
   */
  readonly sizes?: NetworkSizes;
  /** What `countCosts` made, in place of sizes; for a model of one's own there must be one. */
  readonly table?: CostTable;
}

/** Options of {@link weightBytes}. */
export interface WeightBytesOptions extends CountedBudgetOptions {
  /** The numbers that weights are stored as. Default `'float32'`. */
  readonly as?: 'float32' | 'float16' | 'int8';
}

const KEYS = {
  limit: 'limit',
  weight: 'amount',
  shape: ['above', 'linear', 'absolute'],
  combine: ['add', 'multiply'],
  schedule: true,
} satisfies OptionKeys<BudgetOptions>;

const COUNTED = { ...KEYS, sizes: 'object', table: 'object' } satisfies OptionKeys<CountedBudgetOptions>;

/** f and its derivative. */
const shapes = {
  above: (x: number) => [Math.max(0, x), x > 0 ? 1 : 0],
  linear: (x: number) => [x, 1],
  absolute: (x: number) => [Math.abs(x), Math.sign(x)],
} as const satisfies Readonly<Record<string, (x: number) => readonly [value: number, slope: number]>>;

/** The budget of a cost, from the table that it is in its search. */
function budget(
  fn: string,
  cost: CostName,
  options: BudgetOptions,
  settings: object,
  tableFor: (search: BudgetedSearch) => CostTable,
): Budget {
  const { limit, weight = 1, shape = 'above', combine = 'add', schedule = {} } = options;
  requireKind(fn, 'limit', limit, 'limit', `tell it in ${units[cost]}`);
  if (combine === 'multiply' && shape === 'linear' && weight > 1)
    throw rangeError(
      fn,
      'a linear term that the loss is multiplied with may weigh at most 1, or the loss would change its sign',
      weight,
      "use a smaller weight, or shape: 'above'",
    );
  const { from = 0, over = 1 } = checkOptions(`${fn}, schedule`, schedule, {
    from: 'whole',
    over: 'count',
  });
  return {
    name: fn,
    limit,
    unit: units[cost],
    combine,
    settings: { weight, shape, from, over, ...settings },
    bind(search): BoundBudget {
      const table = tableFor(search);
      // A model's name may be one that tfjs has counted up.
      const [of, searched] = [table.space, search.space].map((space) => ({ ...space, name: '' }));
      if (differences(of, searched).length > 0)
        throw typeError(
          fn,
          `the table must be of ${search.space.name}`,
          table.space.name,
          'make one of the space that is searched',
        );
      const { least, most } = costRange(table);
      if (least > limit)
        throw rangeError(
          fn,
          `the networks of ${search.space.name} take from ${least} to ${most} ${table.unit}`,
          `a limit of ${limit}`,
          'raise it, or make the network smaller',
        );
      return {
        cost: (p) => expectedCost(table, p),
        most: table,
        penalty(p, epoch) {
          const share = weight * Math.min(1, Math.max(0, epoch - from + 1) / over);
          // Nothing at all, so that a search without a limit is one without a budget to the bit.
          if (share === 0 || limit === Number.POSITIVE_INFINITY) return null;
          const [value, slope] = shapes[shape](expectedCost(table, p) / limit - 1);
          if (value === 0 && slope === 0) return null;
          return {
            value: share * value,
            gradient: scaledCosts(costGradient(table, p), (share * slope) / limit),
          };
        },
      };
    },
  };
}

/** A short name of a table's numbers, so that two runs with different ones are not taken for one. */
function fingerprint({ fixed, costs, joined }: CostTable): string {
  let hash = 2166136261;
  for (const char of JSON.stringify([fixed, costs, ...(joined ? [joined] : [])]))
    hash = Math.imul(hash ^ char.charCodeAt(0), 16777619);
  return (hash >>> 0).toString(16);
}

/**
 * A limit on latency: for the search option `budget`. The term of the loss that moves alpha is `w f(E / limit - 1)`, E the
 * latency expected by the strengths of the edges, `E = fixed + sum over kept edges and operations of p * cost`.
 *
 * @param table - What `measureCosts` made of the space on the device that the network is for.
 * @throws TypeError or RangeError for what is no table of latencies, or a bad option; a search that it is for refuses it if
 * the table is of another space, or no network keeps the limit.
 *
 * Source: Cai et al. 2019, "ProxylessNAS", section 3.2; Tan et al. 2019, "MnasNet", equation 2.
 */
export function latency(table: CostTable, options: LatencyOptions): Budget {
  const { unit = 'ms', ...rest } = checkOptions('latency', options, { ...KEYS, unit: true });
  checkCostTable('latency', table);
  if (table.cost !== 'latency')
    throw typeError(
      'latency',
      'the table must be of latencies',
      table.cost,
      'pass what measureCosts() returns',
    );
  if ((table as Partial<LatencyTable>).measured?.complete === false)
    throw rangeError(
      'latency',
      'the table must be complete',
      'one that was stopped',
      'go on: measureCosts(space, { resume: table })',
    );
  if (unit !== table.unit)
    throw rangeError('latency', `the unit must be the table's, ${table.unit}`, unit, 'convert the limit');
  return budget('latency', 'latency', rest, { table: fingerprint(table) }, ({ network }) => {
    if (network) checkNetwork(table, network);
    return table;
  });
}

/** @throws RangeError for a table of networks of other sizes than the one that will be made. */
function checkNetwork({ sizes, space }: CostTable, network: Readonly<Record<string, unknown>>): void {
  if (space.kind === 'mobile') return;
  for (const key of ['channels', 'cells', 'inputShape'] as const)
    if (differences(sizes[key], network[key]).length > 0)
      throw rangeError(
        'latency',
        `the table must be of the network that is made of what is found, whose ${key} ${key === 'cells' || key === 'channels' ? 'are' : 'is'} ${JSON.stringify(network[key]) ?? 'the default'}`,
        sizes[key],
        'measure with these sizes',
      );
}

/** The budget of a counted cost: of a table, or of the networks whose sizes are given or else those of the supernet. */
function counted(fn: string, cost: CountedCost, { table, sizes, ...options }: CountedBudgetOptions): Budget {
  if (sizes) checkSizesOf(fn, sizes);
  if (table && checkCostTable(fn, table).cost !== cost)
    throw typeError(
      fn,
      `the table must be of ${cost}`,
      table.cost,
      `pass what countCosts() makes of '${cost}'`,
    );
  const settings = { ...(sizes && { sizes }), ...(table && { table: fingerprint(table) }) };
  return budget(fn, cost, options, settings, ({ space, description, inputShape, network }) => {
    if (table) return table;
    if (space.kind === 'model')
      throw typeError(
        fn,
        'the networks of a model of your own must be counted from it',
        space.name,
        `pass table: countCosts(model, { cost: '${cost}' })`,
      );
    const own = {
      ...sizesOf(network ?? description),
      inputShape: inputShape as NonNullable<NetworkSizes['inputShape']>,
    };
    return countCosts(space, { ...own, ...sizes, cost });
  });
}

/** A limit on the number of parameters, as `countCost` counts them; see {@link latency} for the term. */
export function parameters(options: CountedBudgetOptions): Budget {
  return counted('parameters', 'parameters', checkOptions('parameters', options, COUNTED));
}

/** A limit on the multiply-adds of one example; see {@link latency} for the term. */
export function multiplyAdds(options: CountedBudgetOptions): Budget {
  return counted('multiplyAdds', 'multiplyAdds', checkOptions('multiplyAdds', options, COUNTED));
}

/** A limit on the bytes of the weights in stock layers; see {@link latency} for the term. */
export function weightBytes(options: WeightBytesOptions): Budget {
  const { as = 'float32', ...rest } = checkOptions('weightBytes', options, { ...COUNTED, as: true });
  requireKind('weightBytes', 'as', as, ['float32', 'float16', 'int8'], "leave it out for 'float32'");
  return counted('weightBytes', as, rest);
}
