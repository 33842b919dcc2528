import { rangeError } from '../../errors';
import type { NasBench201Cell } from '../../genotype';
import type { NasBench201Primitive } from '../../spaces';
import { type NasBench201NetworkOptions, resolveNasBench201 } from '../nas-bench-201/options';
import { addCosts, type Cost, costOf, nothing } from './cost';

const sumOf = (costs: readonly Cost[]): Cost => costs.reduce(addCosts, nothing);

/** A convolution of side `k` with a batch norm, at `pixels` pixels. */
const convBN = (k: number, inputs: number, outputs: number, pixels: number): Cost =>
  costOf((k * k * inputs + 2) * outputs, {
    convolution: k * k * inputs * outputs * pixels,
    batchNorm: outputs * pixels,
  });

const operations: {
  readonly [P in NasBench201Primitive]: (channels: number, pixels: number) => Cost;
} = {
  none: () => nothing,
  skip_connect: () => nothing,
  nor_conv_1x1: (channels, pixels) => convBN(1, channels, channels, pixels),
  nor_conv_3x3: (channels, pixels) => convBN(3, channels, channels, pixels),
  avg_pool_3x3: (channels, pixels) =>
    costOf(0, { averagePool: { window: 3, pixels: 9, outputs: channels * pixels } }),
};

/** A residual block that doubles the channels to `channels` and leaves `pixels` pixels. */
const reduction = (channels: number, pixels: number): Cost =>
  sumOf([
    convBN(3, channels / 2, channels, pixels),
    convBN(3, channels, channels, pixels),
    costOf(channels ** 2 / 2, {
      convolution: (channels ** 2 / 2) * pixels,
      averagePool: { window: 2, pixels: 4, outputs: (channels / 2) * pixels },
    }),
  ]);

/**
 * What `countCost(createNetwork(cell, options)).total` is, without the network: for tables of whole spaces.
 *
 * With the defaults `parameters` are those of NAS-Bench-201; its multiply-adds are higher by `classes`, as it counts the
 * classifier's bias too.
 *
 * @throws TypeError or RangeError as `createNetwork`; RangeError for an operation that is not one of NAS-Bench-201's five.
 */
export function nasBench201Cost(given: NasBench201Cell, settings: NasBench201NetworkOptions = {}): Cost {
  const { cell, options } = resolveNasBench201('nasBench201Cost', given, settings);
  const { space, channels, cells, classes, inputShape } = options;
  if (inputShape.length === 2)
    throw rangeError(
      'nasBench201Cost',
      'inputShape must be [height, width, channels]',
      inputShape,
      'count a network for signals with countCost()',
    );
  const ops = cell.flat().map(([primitive]) => {
    if (!Object.hasOwn(operations, primitive))
      throw rangeError(
        'nasBench201Cost',
        `the operations must be ${Object.keys(operations).join(', ')}`,
        primitive,
        'count the network with countCost()',
      );
    return operations[primitive as NasBench201Primitive];
  });
  const stages = Array.from({ length: space.stages }, (_, stage) => {
    const side = (size: number) => Math.ceil(size / 2 ** stage);
    return { filters: channels * 2 ** stage, pixels: side(inputShape[0]) * side(inputShape[1]) };
  });
  const { filters: last, pixels: map } = stages.at(-1)!;
  return sumOf([
    convBN(3, inputShape[2], channels, stages[0]!.pixels),
    ...stages.flatMap(({ filters, pixels }, stage) => [
      ...(stage > 0 ? [reduction(filters, pixels)] : []),
      ...Array<Cost>(cells).fill(sumOf(ops.map((op) => op(filters, pixels)))),
    ]),
    costOf(2 * last, { batchNorm: last * map }),
    costOf((last + 1) * classes, { linear: last * classes, globalPool: { pixels: map, outputs: last } }),
  ]);
}
