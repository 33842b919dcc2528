import '../../support/backend';
import * as tf from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
  sequential,
  model as tfModel,
} from '@tensorflow/tfjs-layers';
import { publishedGenotype } from 'noisydarts/catalogue';
import { randomGenotype } from 'noisydarts/genotype';
import { createMobileNetwork, createNetwork, noisyDartsA, toStandardLayers } from 'noisydarts/network';
import { readOnnx, writeOnnx } from 'noisydarts/onnx';
import { darts1d, nasBench201 } from 'noisydarts/spaces';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { toFloat16 } from '../../../src/onnx/float16';
import { elementTypes } from '../../../src/pytorch/element-types';
import { leavesNoTensors } from '../../support/memory';
import { free, unsettle } from '../network/support';

env.wasm.numThreads = 1;

const small = { channels: 4, cells: 3, classes: 5, auxiliary: false };

/** What a runtime makes of a file on the examples of a tensor. */
async function run(file: Uint8Array, x: tf.Tensor): Promise<Float32Array> {
  const session = await InferenceSession.create(file);
  const { [session.outputNames[0]!]: y } = await session.run({
    [session.inputNames[0]!]: new Tensor('float32', (await x.data()) as Float32Array, x.shape),
  });
  await session.release();
  return y!.data as Float32Array;
}

/** max |a - b| / max(1, max |b|) */
const difference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(b, (value, i) => Math.abs(a[i]! - value))) / Math.max(1, ...Array.from(b, Math.abs));

const noise = (model: LayersModel, examples = 2) =>
  tf.randomNormal([examples, ...model.inputs[0]!.shape.slice(1)] as number[], 0, 1, 'float32', 3);

/** Stock layers that no network of this library has, a model inside another, and a layer that is used twice. */
function strange(): LayersModel {
  const apply = (layer: layers.Layer | LayersModel, x: SymbolicTensor | SymbolicTensor[]) =>
    layer.apply(x) as SymbolicTensor;
  const inside = input({ shape: [5, 4, 3] });
  const twice = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'relu6' });
  const inner = tfModel({ inputs: inside, outputs: apply(twice, apply(twice, inside)) });
  const x = input({ shape: [9, 8, 2] });
  const down = apply(layers.conv2d({ filters: 3, kernelSize: [2, 3], strides: 2, padding: 'same' }), x);
  const normal = apply(layers.batchNormalization({ scale: false }), apply(inner, down));
  const other = apply(layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same' }), normal);
  const parts = ['elu', 'hardSigmoid', 'softplus', 'softsign', 'swish', 'tanh', 'softmax'] as const;
  const wide = apply(
    layers.concatenate({ axis: 2 }),
    parts.map((activation) => apply(layers.activation({ activation }), other)),
  );
  const pools = [
    layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
    layers.averagePooling2d({ poolSize: 2 }),
  ];
  const flat = pools.map((pool) => apply(layers.flatten(), apply(pool, wide)));
  const units = flat.map((value) =>
    apply(layers.dense({ units: 4, activation: 'sigmoid', useBias: false }), value),
  );
  return tfModel({ inputs: x, outputs: apply(layers.minimum(), units) });
}

const makers: [string, () => LayersModel][] = [
  [
    'a CIFAR network',
    () => createNetwork(publishedGenotype('noisy_darts_a'), { ...small, inputShape: [12, 10, 3] }),
  ],
  [
    'a NAS-Bench-201 network',
    () =>
      createNetwork(randomGenotype(nasBench201(), 5), {
        channels: 4,
        cells: 1,
        classes: 5,
        inputShape: [15, 16, 3],
      }),
  ],
  ['a 1-D network', () => createNetwork(randomGenotype(darts1d(), 1), { ...small, inputShape: [12, 3] })],
  ['NoisyDARTS-A', () => createMobileNetwork(noisyDartsA, { classes: 5, inputShape: [32, 32, 3] })],
  ['stock layers of all kinds', strange],
  [
    'a sequence',
    () => sequential({ layers: [layers.dense({ units: 4, inputShape: [3], activation: 'tanh' })] }),
  ],
];

describe('writeOnnx', () => {
  leavesNoTensors();

  it.each(makers)('gives a runtime the logits of %s', async (name, make) => {
    const network = make();
    unsettle(network);
    const x = noise(network);
    const expected = network.predict(x) as tf.Tensor;
    const logits = await expected.data();
    const file = await writeOnnx(network);
    expect(difference(await run(file, x), logits)).toBeLessThan(1e-5);
    expect(readOnnx(file)).toMatchObject({
      precision: 'float32',
      outputs: [{ name: 'output', shape: [null, logits.length / 2] }],
    });

    // Its size is what it is tried for.
    if (name === 'NoisyDARTS-A') {
      tf.dispose([x, expected]);
      return free(network);
    }
    const half = await writeOnnx(network, { precision: 'float16' });
    expect(readOnnx(half).constants.bytes).toBeLessThan(readOnnx(file).constants.bytes);
    expect(difference(await run(half, x), logits)).toBeLessThan(0.03);

    const whole = await writeOnnx(network, { precision: 'int8', calibration: x });
    expect(difference(await run(whole, x), logits)).toBeLessThan(0.3);
    tf.dispose([x, expected]);
    free(network);
  });

  it('takes the images as tfjs does, with one turn of them and none of the filters', async () => {
    const network = createNetwork(publishedGenotype('noisy_darts_a'), { ...small, inputShape: [8, 8, 3] });
    const { inputs, operations } = readOnnx(await writeOnnx(network));
    expect(inputs[0]!.shape).toEqual([null, 8, 8, 3]);
    expect(operations.Transpose).toBe(1);
    const standard = toStandardLayers(network);
    expect(readOnnx(await writeOnnx(standard)).operations).toEqual(operations);
    free(standard);
    free(network);
  });

  it('refuses what it cannot write', async () => {
    const x = input({ shape: [4, 2] });
    const signals = tfModel({
      inputs: x,
      outputs: layers.conv1d({ filters: 2, kernelSize: 1 }).apply(x) as SymbolicTensor,
    });
    await expect(writeOnnx(signals)).rejects.toThrow(
      /: nothing is known about how to write this layer .*Conv1D/,
    );
    const plane = input({ shape: [4] });
    const dense = layers.dense({ units: 2 });
    const plain = tfModel({ inputs: plane, outputs: dense.apply(plane) as SymbolicTensor });
    await expect(writeOnnx(plain, { precision: 'int8' })).rejects.toThrow(
      /'int8' needs examples to calibrate on, \[N, 4\]/,
    );
    const [kernel, bias] = [tf.fill([4, 2], 1e6), tf.zeros([2])];
    dense.setWeights([kernel, bias]);
    await expect(writeOnnx(plain, { precision: 'float16' })).rejects.toThrow(
      /must fit in float16.*got 1000000/,
    );
    tf.dispose([kernel, bias]);
    free(signals);
    free(plain);
  });
});

describe('readOnnx', () => {
  it('refuses files that are cut off wherever, and those of something else', async () => {
    const x = input({ shape: [4] });
    const model = tfModel({ inputs: x, outputs: layers.dense({ units: 2 }).apply(x) as SymbolicTensor });
    const file = await writeOnnx(model);
    for (let length = 0; length < file.length; length += 3)
      expect(() => readOnnx(file.slice(0, length)), `${length}`).toThrow(
        /^readOnnx: .*; pass a whole file that writeOnnx\(\) made/,
      );
    expect(() => readOnnx(new TextEncoder().encode('{"format": "layers-model"}'))).toThrow(
      /^readOnnx: the bytes must be a file of ONNX|to its end/,
    );
    free(model);
  });
});

describe('float16', () => {
  it('is the nearest there is, as readers of it have it', () => {
    const read = elementTypes.get('F16')!.read;
    const bits = Uint16Array.from({ length: 0x7c00 }, (_, i) => i);
    const values = Array.from(bits, (_, i) => read(new DataView(bits.buffer), 2 * i));
    expect(Buffer.compare(Buffer.from(toFloat16(values).buffer), Buffer.from(bits.buffer))).toBe(0);
    expect(
      Array.from(toFloat16([-2, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520, 2 ** -25, 3 * 2 ** -25])),
    ).toEqual([0xc000, 0x3c00, 0x3c02, 0x7bff, 0x7c00, 0, 2]);
  });
});
