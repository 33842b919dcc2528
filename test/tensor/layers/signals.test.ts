import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { MixedOp, NoisyMixedOp } from 'noisydarts';
import { FactorizedReduce, identity, ResidualBlock } from 'noisydarts/layers';
import { expect, test } from 'vitest';
import { variableOf } from '../../../src/layers/noisy-darts-layer';
import { expectNear } from '../../support/close';
import { differentiate } from '../../support/gradients';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';

leavesNoTensors();

/** A signal as a map of `columns` columns, each of which is the signal. */
const repeated = (x: tf.Tensor3D, columns: number): tf.Tensor4D =>
  tf.tile(tf.expandDims(x, 2) as tf.Tensor4D, [1, 1, columns, 1]);

test.each([6, 7])(
  'a factorized reduction of %i points is that of a map whose columns are all the signal',
  (time) => {
    const [onSignals, onMaps] = [1, 1].map((seed) => new FactorizedReduce({ seed, filters: 4 }));
    const x = normal<tf.Rank.R3>([2, time, 3], 1);
    const columns = tf.tidy(() => repeated(x, 2));
    const y = onSignals!.apply(x, { training: true }) as tf.Tensor;
    const expected = onMaps!.apply(columns, { training: true }) as tf.Tensor;
    expect(y.shape).toEqual([2, Math.ceil(time / 2), 4]);
    expectNear(y, expected.dataSync());
    for (const layer of [onSignals, onMaps]) layer!.dispose();
    tf.dispose([x, columns, y, expected]);
  },
);

test('a residual block halves signals by means of two points', () => {
  const block = new ResidualBlock({ seed: 1, filters: 3 });
  const x = normal<tf.Rank.R3>([2, 7, 3], 1);
  const y = block.apply(x, { training: true }) as tf.Tensor;
  // What the convolutions add is gone without their norms' scale.
  for (const weight of block.weights.filter(({ originalName }) => originalName.endsWith('gamma')))
    tf.tidy(() => void weight.write(tf.zeros(weight.shape as number[])));
  const shortcut = block.ownWeights.find(({ originalName }) => originalName.endsWith('shortcut'))!;
  tf.tidy(() => void shortcut.write(tf.reshape(tf.eye(3), [1, 1, 3, 3])));
  const z = block.apply(x) as tf.Tensor;
  const values = x.arraySync();
  const mean = values.map((signal) =>
    [0, 1, 2, 3].map((i) =>
      signal[0]!.map((_, c) => (signal[2 * i]![c]! + (signal[2 * i + 1]?.[c] ?? 0)) / 2),
    ),
  );
  expectNear(z, mean.flat(2));
  block.dispose();
  tf.dispose([x, y, z]);
});

test("candidates of the user's own take inputs of any rank, with or without gradients of alpha", () => {
  for (const shape of [[4], [5, 3], [2, 3, 2, 3]]) {
    const units = shape.at(-1)!;
    const edge = new NoisyMixedOp({
      candidates: { skip_connect: identity(), dense: layers.dense({ units, name: `own_${shape.length}` }) },
      seed: 1,
    });
    const x = normal([3, ...shape], 1);
    (edge.apply(x) as tf.Tensor).dispose();
    const { y, grads } = differentiate(
      () => edge.apply(x, { training: true }) as tf.Tensor,
      [x, edge.alpha!],
    );
    expect(y.shape).toEqual(x.shape);
    expect(edge.computeOutputShape(x.shape)).toEqual(x.shape);
    for (const grad of grads) expect(Math.max(...grad.dataSync())).toBeGreaterThan(0);
    edge.dispose();
    tf.dispose([x, y, ...grads]);
  }
}, 60_000);

test('stands in a stock model of signals, trains and is saved with the kernels of one dimension', () => {
  const edge = new NoisyMixedOp({ candidates: ['skip_connect', 'sep_conv_5', 'max_pool_3'], seed: 1 });
  const model = sequential({
    layers: [
      layers.conv1d({ inputShape: [12, 2], filters: 3, kernelSize: 3, padding: 'same' }),
      edge,
      layers.globalAveragePooling1d({}),
      layers.dense({ units: 2 }),
    ],
  });
  expect(edge.outputShape).toEqual([null, 12, 3]);
  const filters = model.weights.filter(({ originalName }) => originalName.endsWith('depthwise_kernel'));
  expect(filters.map(({ shape }) => shape)).toEqual([
    [5, 1, 3, 1],
    [5, 1, 3, 1],
  ]);
  const x = normal([4, 12, 2], 1);
  const y = model.predict(x) as tf.Tensor;
  expect(y.shape).toEqual([4, 2]);
  tf.dispose([x, y, ...model.weights.map(variableOf)]);
});

test.each([
  [
    'sep_conv_3x3',
    [2, 7, 4],
    'sep_conv_3x3 is an operation of maps [N, H, W, C], got [2, 7, 4]; on signals use for example sep_conv_3',
  ],
  [
    'sep_conv_3',
    [2, 7, 5, 4],
    'sep_conv_3 is an operation of signals [N, T, C], got [2, 7, 5, 4]; on maps use for example sep_conv_3x3',
  ],
  ['skip_connect', [2, 4], undefined],
] as const)('%s is refused, or not, on %j', (primitive, shape, fault) => {
  const edge = new MixedOp({ candidates: [primitive], seed: 1 });
  const x = tf.zeros([...shape]);
  const run = () => tf.dispose(edge.apply(x) as tf.Tensor);
  if (fault) expect(run).toThrow(`NoisyDartsMixedOp: ${fault}`);
  else run();
  tf.dispose([x, ...edge.weights.map(variableOf)]);
});
