import * as tf from '@tensorflow/tfjs-core';
import { NoisyMixedOp } from 'noisydarts';
import { enableWasmTraining } from 'noisydarts/wasm';
import { expect, test } from 'vitest';
import { instanceOf, instanceOn } from '../../../src/wasm/instance';
import { leavesNoTensors } from '../../support/memory';
import { describeWasm, values } from './support';

const moment = { epoch: 3, step: 5, pass: 1 };

describeWasm('the fused edge', () => {
  leavesNoTensors();

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
