import * as tf from '@tensorflow/tfjs-core';
import { MixedOp, NoisyMixedOp, uniformNoise } from 'noisydarts';
import { type EdgeCall, setEdgeKernel } from 'noisydarts/kernels';
import { Identity, InvertedBottleneck, type InvertedBottleneckOptions } from 'noisydarts/layers';
import { expect, test } from 'vitest';
import { edgeKernel } from '../../../src/kernels/edge';
import { leavesNoTensors } from '../../support/memory';
import { both, describeWasm, enable, expectClose, type Values, values } from './support';

const moment = { epoch: 2, step: 1, pass: 0 };

interface Case {
  readonly title: string;
  readonly shape: readonly [number, number, number, number];
  readonly filters: number;
  readonly options: Partial<InvertedBottleneckOptions>;
  readonly asked: { readonly alphaGradients: boolean; readonly weightGradients: boolean };
}

const all = { alphaGradients: true, weightGradients: true };

/** A mixture of two bottlenecks, and of a skip connection with noise where the shape stays. */
function mixture({ filters, options }: Case): MixedOp {
  const bottleneck = (name: string, own: Partial<InvertedBottleneckOptions>) =>
    new InvertedBottleneck({ name, seed: name, filters, ...options, ...own });
  const { stride = 1 } = options;
  const candidates = {
    narrow: bottleneck('narrow', { expansion: 2 }),
    wide: bottleneck('wide', { expansion: 3, kernelSize: 5 }),
  };
  if (stride > 1) return new MixedOp({ candidates, stride, seed: 5 });
  const skip = new Identity({ name: 'skip_connect' });
  return new NoisyMixedOp({
    candidates: { ...candidates, skip_connect: skip },
    noise: uniformNoise(),
    seed: 5,
  });
}

/** Loss, all gradients, running statistics and what comes out in evaluation. */
function passOf(edge: MixedOp, { shape, asked }: Case): Values {
  const x = tf.variable(values(shape, 1));
  edge.apply(x);
  const weights = edge.trainableWeights.map((weight) => (weight as unknown as { val: tf.Variable }).val);
  for (const [i, weight] of weights.entries())
    if (weight.rank === 1) weight.assign(tf.add(weight, tf.mul(0.3, values(weight.shape, 3 + i))));
  const variables = [
    x,
    ...(asked.alphaGradients ? [edge.alpha!] : []),
    ...(asked.weightGradients ? weights : []),
  ];
  const dy = values(edge.computeOutputShape(x.shape) as number[], 2);
  const loss = () =>
    tf.sum(tf.mul(edge.apply(x, { training: true, moment, ...asked }) as tf.Tensor, dy)) as tf.Scalar;
  const { value, grads } = tf.variableGrads(loss, variables);
  const result = {
    loss: value.dataSync(),
    ...Object.fromEntries(
      variables.map((variable, i) => [`gradient ${i}`, grads[variable.name]!.dataSync()]),
    ),
    ...Object.fromEntries(
      edge.nonTrainableWeights.map((weight, i) => [`state ${i}`, weight.read().dataSync()]),
    ),
    evaluated: (edge.apply(x) as tf.Tensor).dataSync(),
  };
  x.dispose();
  edge.dispose();
  return result;
}

describeWasm('fused inverted bottlenecks', () => {
  leavesNoTensors();

  test.each<Case>([
    {
      title: 'Swish, squeeze-and-excitation, residual',
      shape: [3, 5, 4, 8],
      filters: 8,
      options: { squeezeRatio: 0.25, activation: 'swish' },
      asked: all,
    },
    {
      title: 'Swish, squeeze-and-excitation, stride 2, odd channels',
      shape: [2, 5, 7, 5],
      filters: 6,
      options: { squeezeRatio: 0.6, activation: 'swish', stride: 2 },
      asked: all,
    },
    {
      title: 'ReLU without excitation, of alpha alone',
      shape: [2, 9, 9, 6],
      filters: 6,
      options: {},
      asked: { alphaGradients: true, weightGradients: false },
    },
    {
      title: 'ReLU behind excitation, wider outside, of weights alone',
      shape: [2, 6, 6, 4],
      filters: 18,
      options: { squeezeRatio: 0.5, stride: 2 },
      asked: { alphaGradients: false, weightGradients: true },
    },
    {
      title: 'Swish without excitation on maps of one pixel',
      shape: [3, 1, 1, 4],
      filters: 4,
      options: { activation: 'swish' },
      asked: all,
    },
  ])('equal their layers: $title', async (some) => {
    const [generic, fast] = await both(() => passOf(mixture(some), some));
    expectClose(fast, generic, 2e-4);
  });

  test('are asked of the kernel, alone with their drop path outside as well', async () => {
    await enable!();
    const calls: EdgeCall[] = [];
    const kernel = edgeKernel('wasm')!;
    setEdgeKernel('wasm', {
      ...kernel,
      run(call) {
        calls.push(call);
        return kernel.run(call);
      },
    });
    tf.tidy(() => {
      const x = values([4, 4, 4, 4], 1);
      const layer = new InvertedBottleneck({ filters: 4, expansion: 2, dropPath: 0.5, seed: 3 });
      const y = layer.apply(x, { training: true, moment }) as tf.Tensor;
      // Images whose blocks were dropped are as they were.
      const kept = tf.max(tf.abs(tf.sub(y, x)), [1, 2, 3]).dataSync();
      expect(new Set(Array.from(kept, (value) => value > 0))).toEqual(new Set([true, false]));
      expect(calls).toHaveLength(1);
      expect(calls[0]!.terms).toMatchObject([{ kind: 'blocks', residual: false }]);
      expect(layer.fused()).toBeUndefined();
      layer.dispose();
    });
    await enable!();
  });
});
