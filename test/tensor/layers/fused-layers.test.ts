import * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import * as fc from 'fast-check';
import { ReluConvBN, SeparableBlock, SeparableConv, Stem } from 'noisydarts/layers';
import { expect, test } from 'vitest';
import { edgeKernel, type FusedBlock } from '../../../src/kernels/edge';
import { variableOf } from '../../../src/layers/noisy-darts-layer';
import { backend } from '../../support/backend';
import { leavesNoTensors } from '../../support/memory';
import { both, describeFast, enable, expectClose, type Values, values } from '../wasm/support';

type Fusable = ReluConvBN | SeparableBlock | SeparableConv | Stem;

const MAKE: Record<string, (options: { filters: number; affine: boolean; seed: number }) => Fusable> = {
  separable: (options) => new SeparableConv({ ...options, kernelSize: 3 }),
  halving: (options) => new SeparableConv({ ...options, kernelSize: 5, stride: 2 }),
  dilated: (options) => new SeparableBlock({ ...options, kernelSize: 3, dilation: 2 }),
  pointwise: (options) => new ReluConvBN(options),
  dense: (options) => new ReluConvBN({ ...options, kernels: [[3, 3]] }),
  stem: ({ affine: _, ...options }) => new Stem(options),
  wide: (options) => new ReluConvBN({ ...options, kernels: [[5, 5]] }),
};

/** Gives every weight and running statistic of a built layer a value of its own. */
function shake(layer: layers.Layer, seed: number): void {
  for (const [i, weight] of layer.weights.entries()) {
    const variable = variableOf(weight);
    const noise = values(variable.shape, seed + i);
    variable.assign(
      tf.add(variable, variable.name.includes('variance') ? tf.abs(noise) : tf.mul(0.3, noise)),
    );
  }
}

/** A loss of `run`'s output, gradients of x and the trainable weights, and what the layers hold afterwards. */
function trained(x: tf.Variable, run: () => tf.Tensor, made: readonly layers.Layer[], seed: number): Values {
  const variables = [x, ...made.flatMap((layer) => layer.trainableWeights.map(variableOf))];
  const { value, grads } = tf.variableGrads(() => {
    const y = run();
    return tf.sum(tf.mul(y, values(y.shape, seed))) as tf.Scalar;
  }, variables);
  const named = [
    ...variables.map((variable, i) => [`gradient ${i}`, grads[variable.name]!.dataSync()] as const),
    ...made
      .flatMap((layer) => layer.nonTrainableWeights)
      .map((weight, i) => [`state ${i}`, weight.read().dataSync()] as const),
  ];
  return { loss: value.dataSync(), ...Object.fromEntries(named) };
}

describeFast('a layer that a kernel runs by itself', () => {
  leavesNoTensors();

  const shapes = fc.record({
    kind: fc.constantFrom(...Object.keys(MAKE)),
    // With a handful of values a channel gradients cancel, and rounding is all there is to compare.
    height: fc.integer({ min: 3, max: 9 }),
    width: fc.integer({ min: 3, max: 9 }),
    inputs: fc.integer({ min: 2, max: 9 }),
    filters: fc.integer({ min: 1, max: 9 }),
    affine: fc.boolean(),
    // tfjs draws from nowhere for seed 0.
    seed: fc.integer({ min: 1, max: 1e6 }),
  });

  test('equals its parts, in training and in evaluation', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ kind, height, width, inputs, seed, ...options }) => {
        const compute = (): Values => {
          const layer = MAKE[kind]!({ ...options, seed });
          const x = tf.variable(values([3, height, width, inputs], seed));
          layer.apply(x);
          shake(layer, seed);
          const evaluated = (layer.apply(x) as tf.Tensor).dataSync();
          const result = trained(x, () => layer.apply(x, { training: true }) as tf.Tensor, [layer], seed + 1);
          // With a gradient to come the layer itself runs.
          const slope = tf
            .grad((map) => layer.apply(map) as tf.Tensor)(x)
            .dataSync();
          layer.dispose();
          x.dispose();
          return { evaluated, slope, ...result };
        };
        const [generic, fast] = await both(compute);
        expectClose(fast, generic, 5e-4);
      }),
      { numRuns: backend.startsWith('webgpu') ? 5 : 30 },
    );
  });

  test('says what is wrong with a batch of one number a channel', async () => {
    await enable!();
    const layer = new ReluConvBN({ filters: 2 });
    tf.tidy(() => {
      const x = tf.zeros([1, 1, 1, 2]);
      expect(() => layer.apply(x, { training: true })).toThrow(
        'training needs more than one value a channel',
      );
    });
    layer.dispose();
  });

  test('chains blocks of every kind', async () => {
    await enable!();
    const kernel = edgeKernel(tf.getBackend())!;
    for (const [first, second] of [
      ['dense', 'wide'],
      ['dilated', 'dense'],
      ['pointwise', 'dilated'],
    ] as const) {
      const compute = (): Values => {
        const made = [first, second].map((kind) => MAKE[kind]!({ filters: 5, affine: true, seed: 1 }));
        const x = tf.variable(values([2, 6, 7, 3], 2));
        let shape = x as tf.Tensor;
        for (const layer of made) shape = layer.apply(shape) as tf.Tensor;
        for (const layer of made) shake(layer, 3);
        const blocks = made.flatMap((layer) => (layer.fused() as unknown as { blocks: FusedBlock[] }).blocks);
        const term = { kind: 'blocks', blocks } as const;
        const chained = edgeKernel(tf.getBackend())?.takes(term, true) ?? false;
        const run = () =>
          chained
            ? kernel.run({
                x: x as tf.Tensor as tf.Tensor4D,
                weights: tf.ones([1]),
                terms: [term],
                training: true,
              })
            : made.reduce((map, layer) => layer.apply(map, { training: true }) as tf.Tensor, x as tf.Tensor);
        const result = trained(x, run, made, 4);
        for (const layer of made) layer.dispose();
        x.dispose();
        return result;
      };
      const [generic, fast] = await both(compute);
      expectClose(fast, generic, 2e-4);
    }
  });
});
