import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { NoisyMixedOp } from 'noisydarts';
import { modelSupernet } from 'noisydarts/supernet';
import { multiLabel, regression } from 'noisydarts/tasks';
import { type CheckGradientsOptions, checkGradients, type GradientCheck } from 'noisydarts/verify';
import { describe, expect, it } from 'vitest';
import { backend } from '../../support/backend';
import { leavesNoTensors } from '../../support/memory';
import { everything } from '../search/support';

leavesNoTensors();

/** x times a weight of every channel, and how its gradient is told. */
class Scale extends layers.Layer {
  static className = 'CheckGradientsScale';

  constructor(readonly told: (dw: tf.Tensor) => tf.Tensor) {
    super({});
  }

  override build(shape: number[]) {
    this.addWeight('scale', [shape.at(-1)!], 'float32', { apply: (s: number[]) => tf.fill(s, 0.7) } as never);
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = [inputs].flat() as [tf.Tensor];
    const scale = tf.customGrad((a, b, save) => {
      (save as (tensors: tf.Tensor[]) => void)([a as tf.Tensor, b as tf.Tensor]);
      const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => [
        tf.mul(dy, saved[1]!),
        this.told(tf.sum(tf.mul(dy, saved[0]!), [0, 1, 2])),
      ];
      return { value: tf.mul(a as tf.Tensor, b as tf.Tensor), gradFunc };
    });
    return scale(x, this.weights[0]!.read());
  }

  override computeOutputShape(shape: number[]) {
    return shape;
  }
}

const modelWith = (told: (dw: tf.Tensor) => tf.Tensor): LayersModel =>
  sequential({
    layers: [
      new NoisyMixedOp({ candidates: ['skip_connect', 'avg_pool_3x3'], inputShape: [4, 4, 2], seed: 1 }),
      new Scale(told),
      layers.flatten(),
      layers.dense({
        units: 3,
        kernelInitializer: initializers.constant({ value: 0.1 }),
        activation: 'sigmoid',
      }),
    ],
  });

const batch = () => ({
  x: tf.randomUniform([4, 4, 4, 2], -1, 1, 'float32', 1),
  y: tf.randomUniform([4, 3], 0, 1, 'float32', 2),
});

async function checked(told: (dw: tf.Tensor) => tf.Tensor, options: CheckGradientsOptions) {
  const [model, data] = [modelWith(told), batch()];
  try {
    const before = everything(model as never);
    const found = await checkGradients(model, data, options);
    expect(everything(model as never)).toEqual(before);
    return found;
  } finally {
    model.dispose();
    tf.dispose([data.x, data.y]);
  }
}

const wrong = ({ variables }: GradientCheck) =>
  variables.filter(({ verdict }) => verdict !== 'right').map(({ variable, verdict }) => [variable, verdict]);

describe('checkGradients', () => {
  it.each([regression(), multiLabel()])('passes what is right, in task %o', async (task) => {
    const found = await checked((dw) => tf.clone(dw), { task });
    expect(wrong(found)).toEqual([]);
    expect(found.passed).toBe(true);
    expect(found.variables.map(({ kind }) => kind)).toEqual(['alpha', 'weight', 'weight', 'weight']);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  it.each<[string, (dw: tf.Tensor) => tf.Tensor]>([
    ['of another sign', (dw) => tf.neg(dw)],
    ['a tenth too large', (dw) => tf.mul(dw, 1.1)],
    ['of half of the channels', (dw) => tf.mul(dw, tf.tensor1d([1, 0]))],
    ['that is none', (dw) => tf.zerosLike(dw)],
  ])('finds a gradient %s', async (_, told) => {
    const found = await checked(told, { task: regression() });
    expect(found.verdict).toBe('wrong');
    expect(wrong(found)).toEqual([[expect.stringContaining('scale'), 'wrong']]);
  });

  it('checks what a search takes, with its noise', async () => {
    const [model, data] = [modelWith((dw) => tf.clone(dw)), batch()];
    const found = await checkGradients(modelSupernet(model), data as never, { task: regression() });
    expect(wrong(found)).toEqual([]);
    const before = await checkGradients(modelSupernet(model), data as never, {
      task: regression(),
      training: false,
    });
    expect(before.variables[1]!.gradients).not.toEqual(found.variables[1]!.gradients);
    model.dispose();
    tf.dispose([data.x, data.y]);
  });

  // Stock convolutions have a gradient on wasm with the library's training kernels alone.
  it.skipIf(backend === 'wasm')('checks a compiled model without edges', async () => {
    const model = sequential({
      layers: [
        layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [4, 4, 2], kernelInitializer: 'ones' }),
        layers.flatten(),
        layers.dense({ units: 3, kernelInitializer: 'ones' }),
      ],
    });
    const data = batch();
    await expect(checkGradients(model, data)).rejects.toThrow('checkGradients: the model must be compiled');
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    expect(wrong(await checkGradients(model, data))).toEqual([]);
    model.dispose();
    model.optimizer.dispose();
    tf.dispose([data.x, data.y]);
  });

  it('refuses what it cannot check', async () => {
    const [model, data] = [modelWith((dw) => tf.clone(dw)), batch()];
    const run = (more: object, given: object = data, subject: unknown = model) =>
      checkGradients(subject as LayersModel, given as never, { task: regression(), ...more });
    await expect(run({ steps: 3 })).rejects.toThrow('checkGradients: there is no such option');
    await expect(run({ directions: 0 })).rejects.toThrow('directions must be a positive integer, got 0');
    await expect(run({ step: -1 })).rejects.toThrow('step must be above 0, got -1');
    await expect(run({}, { x: data.x })).rejects.toThrow('checkGradients: y must be tensors');
    await expect(run({}, data, 3)).rejects.toThrow('checkGradients: the model must be');
    const odd = { ...data, y: tf.fill([4, 3], Number.NaN) };
    await expect(run({}, odd)).rejects.toThrow('checkGradients: the loss must be finite, got NaN');
    model.dispose();
    tf.dispose([data.x, data.y, odd.y]);
  });
});
