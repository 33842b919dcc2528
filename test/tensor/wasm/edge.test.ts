import * as tf from '@tensorflow/tfjs-core';
import { archVariables, MixedOp, NoisyMixedOp, weightVariables } from 'noisydarts';
import { enableWasmTraining } from 'noisydarts/wasm';
import { expect, test } from 'vitest';
import { instanceOf, instanceOn } from '../../../src/wasm/instance';
import { leavesNoTensors } from '../../support/memory';
import { both, describeWasm, expectClose, values } from './support';

const moment = { epoch: 3, step: 5, pass: 1 };

describeWasm('the fused edge', () => {
  leavesNoTensors();

  test.each([
    { share: 4, channels: 16 },
    { share: 4, channels: 8 },
    { share: 3, channels: 15 },
  ])('computes 1/$share of $channels channels and passes the others by', async ({ share, channels }) => {
    const edge = new MixedOp({
      candidates: ['none', 'skip_connect', 'max_pool_3x3', 'sep_conv_3x3'],
      channelShare: share,
      seed: 2,
    });
    const inputs = tf.tidy(() => [
      tf.variable(values([2, 5, 4, channels], 3)),
      tf.variable(tf.tensor1d([0.3, 0.1, 0.4, 0.2, 0.7])),
    ]);
    const [x, weights] = inputs as [tf.Variable<tf.Rank.R4>, tf.Variable<tf.Rank.R1>];
    tf.dispose(edge.apply(x) as tf.Tensor);
    const compute = (options: object, names: readonly tf.Variable[]) => () => {
      const dy = values(x.shape, 4);
      const run = () => edge.apply(x, { training: true, moment, ...options }) as tf.Tensor;
      const { grads } = tf.variableGrads(() => tf.sum(tf.mul(run(), dy)) as tf.Scalar, [...names]);
      const statistics = edge.getWeights().map((weight, i) => [`weight ${i}`, weight.dataSync()]);
      return {
        y: run().dataSync(),
        ...Object.fromEntries(names.map(({ name }, i) => [`gradient ${i}`, grads[name]!.dataSync()])),
        ...Object.fromEntries(statistics),
      };
    };
    const still = { updateStatistics: false };
    try {
      for (const [options, names] of [
        [{ ...still, weights }, [...inputs, ...weightVariables(edge)]],
        [still, [x, ...archVariables(edge)]],
        [{ ...still, weights, alphaGradients: false }, [x, ...weightVariables(edge)]],
      ] as const) {
        const [generic, fast] = await both(compute(options, names));
        expectClose(fast, generic);
      }
    } finally {
      tf.dispose(inputs);
      edge.dispose();
    }
  });

  test('does not draw noise again when no gradient of alpha is asked for', async () => {
    await enableWasmTraining();
    const { functions } = await instanceOn(tf.backend());
    let draws = 0;
    const perturb = (...numbers: Parameters<typeof functions.perturb>) => {
      draws += 1;
      functions.perturb(...numbers);
    };
    const edge = new NoisyMixedOp({ candidates: ['skip_connect', 'dil_conv_3x3', 'none'], seed: 1 });
    const x = tf.tidy(() => tf.variable(values([2, 4, 4, 3], 1)));
    tf.dispose(edge.apply(x) as tf.Tensor);
    const instance = instanceOf(tf.backend());
    Object.assign(instance, { functions: { ...functions, perturb } });
    const run = (alphaGradients: boolean) =>
      tf.variableGrads(() => {
        const y = edge.apply(x, { training: true, moment, alphaGradients }) as tf.Tensor;
        return tf.sum(tf.square(y)) as tf.Scalar;
      }, [x, edge.alpha!]);
    try {
      const [all, some] = [run(true), run(false)];
      expect(draws).toBe(3);
      expect(Object.keys(all.grads)).toEqual([x.name, edge.alpha!.name]);
      expect(Object.keys(some.grads)).toEqual([x.name]);
      expect(some.grads[x.name]!.dataSync()).toEqual(all.grads[x.name]!.dataSync());
      tf.dispose([all, some] as unknown as tf.TensorContainer);
    } finally {
      Object.assign(instance, { functions });
      x.dispose();
      edge.dispose();
    }
  });
});
