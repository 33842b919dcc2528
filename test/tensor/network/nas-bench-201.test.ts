import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { nasBench201FromString } from '../../../src/genotype';
import {
  countCost,
  createNetwork,
  nasBench201Cost,
  networkDescription,
  setDropPath,
  toStandardLayers,
} from '../../../src/network';
import { loadStateDict, stateDict } from '../../../src/pytorch';
import { expectNear } from '../../support/close';
import { leavesNoTensors } from '../../support/memory';
import { reloaded } from '../layers/support';
import { free, images, unsettle } from './support';
import { halves, ofType, trained } from './training/support';

const cell = nasBench201FromString(
  '|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|skip_connect~0|none~1|avg_pool_3x3~2|',
);
const absent = nasBench201FromString('|none~0|+|none~0|none~1|+|none~0|none~1|none~2|');
const skips = nasBench201FromString(
  '|skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|skip_connect~1|skip_connect~2|',
);
const deadEnds = nasBench201FromString(
  '|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+|skip_connect~0|none~1|none~2|',
);
const tiny = { channels: 2, cells: 1, classes: 2, inputShape: [8, 7, 1] } as const;

describe('the network of a NAS-Bench-201 cell', () => {
  leavesNoTensors();

  it.each([
    ['cells of every operation', cell, {}],
    ['cells without an edge', absent, {}],
    ['another size', cell, { channels: 3, cells: 2, classes: 7, inputShape: [9, 14, 2] }],
  ] as const)('costs what nasBench201Cost says, with %s', (_, edges, options) => {
    const network = createNetwork(edges, options);
    expect(countCost(network).total).toEqual(nasBench201Cost(edges, options));
    free(network);
  });

  it('costs 7.78 million multiply-adds without an edge', () => {
    expect((nasBench201Cost(absent).multiplyAdds + 10) / 1e6).toBe(7.78305);
  });

  it("has the names of the benchmark's code", async () => {
    const [network, twin] = [createNetwork(cell, tiny), createNetwork(cell, { ...tiny, seed: 1 })];
    unsettle(network);
    const tensors = await stateDict(network);
    const names = tensors.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'stem.0.weight',
        'stem.1.running_var',
        'cells.0.layers.0.op.1.weight',
        'cells.0.layers.2.op.2.bias',
        'cells.1.conv_a.op.1.weight',
        'cells.1.downsample.1.weight',
        'cells.4.layers.0.op.2.running_mean',
        'lastact.0.weight',
        'classifier.bias',
      ]),
    );
    expect(names).toHaveLength(network.weights.length);
    loadStateDict(twin, tensors);
    const x = images([2, 8, 7, 1]);
    const [want, got] = [network, twin].map((each) => each.predict(x) as tf.Tensor);
    expectNear(got!, want!.dataSync());
    tf.dispose([x, want!, got!]);
    free(network);
    free(twin);
  });

  it.each([
    ['every operation', cell],
    ['no edge', absent],
    ['skip connections alone', skips],
    ['operations that lead nowhere', deadEnds],
  ] as const)('comes back from a file, and in standard layers, the same: %s', async (_, edges) => {
    const network = createNetwork(edges, tiny);
    unsettle(network);
    const [loaded, standard] = [await reloaded(network), toStandardLayers(network)];
    expect(JSON.parse(JSON.stringify(networkDescription(network)))).toMatchObject({
      kind: 'nas-bench-201',
      genotype: edges,
    });
    const x = images([3, 8, 7, 1]);
    const [want, ...others] = [network, loaded, standard].map((each) => each.predict(x) as tf.Tensor);
    for (const got of others) expectNear(got, want!.dataSync());
    tf.dispose([x, want!, ...others]);
    free(network);
    free(loaded);
    free(standard);
  });

  it.each([
    ['every operation', cell],
    ['no edge', absent],
    ['operations that lead nowhere', deadEnds],
  ] as const)('trains with %s', async (_, edges) => {
    const network = createNetwork(edges, { ...tiny, inputShape: [8, 8, 1] });
    expect(setDropPath(network, 0.1)).toBe(0);
    const events = await trained({ network, train: halves(24), epochs: 3 });
    const losses = ofType(events, 'epoch').map(({ trainLoss }) => trainLoss);
    expect(losses).toHaveLength(3);
    expect(losses.every(Number.isFinite)).toBe(true);
    if (edges === cell) expect(losses.at(-1)!).toBeLessThan(losses[0]!);
    free(network);
  });

  it.each([
    ['an operation of another space', [[['sep_conv_3x3', 0]], ...cell.slice(1)], {}, 'must be one of none'],
    ['a missing node', cell.slice(1), {}, 'must have 3 nodes'],
    ['no channels', cell, { channels: 0 }, 'channels must be a positive integer'],
    ['options of other networks', cell, { auxiliary: true }, 'there is no such option'],
    ['a flat image', cell, { inputShape: [8] }, 'inputShape must be [height, width, channels]'],
  ])('is refused for %s', (_, edges, options, fault) => {
    const before = tf.memory().numTensors;
    for (const make of [createNetwork, nasBench201Cost])
      expect(() => make(edges as never, options as never)).toThrow(fault);
    expect(tf.memory().numTensors).toBe(before);
  });
});
