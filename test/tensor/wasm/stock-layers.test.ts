import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { defineCandidate, MixedOp } from 'noisydarts';
import { disableWasmTraining, enableWasmTraining } from 'noisydarts/wasm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { farthest } from '../../support/close';
import { leavesNoTensors } from '../../support/memory';
import { merges, type Trial, trials, withoutGradient } from './stock-layers';
import { describeWasm } from './support';

const STEPS = 10;

/** Weights and losses of ten steps of a model on one backend. */
async function fitOn(
  backendName: string,
  build: () => tfl.LayersModel,
  { vocabulary, batch = 4 }: Partial<Trial>,
): Promise<{ losses: number[]; weights: Float32Array[] }> {
  await tf.setBackend(backendName);
  const model = build();
  const optimizer = tf.train.sgd(0.05);
  model.compile({ optimizer, loss: 'meanSquaredError' });
  const shape = [batch, ...model.inputs[0]!.shape.slice(1)] as [number];
  const x = vocabulary
    ? tf.randomUniform(shape, 0, vocabulary, 'int32', 7)
    : tf.randomNormal(shape, 0, 1, 'float32', 7);
  const y = tf.randomNormal([batch, ...model.outputs[0]!.shape.slice(1)] as [number], 0, 1, 'float32', 8);
  const { history } = await model.fit(x, y, { epochs: STEPS, batchSize: batch, shuffle: false, verbose: 0 });
  const weights = model.getWeights().map((weight) => weight.dataSync() as Float32Array);
  model.dispose();
  optimizer.dispose();
  tf.dispose([x, y]);
  return { losses: history.loss as number[], weights };
}

async function trainsAsOnCpu(build: () => tfl.LayersModel, options: Partial<Trial> = {}): Promise<void> {
  const expected = await fitOn('cpu', build, options);
  const actual = await fitOn('wasm', build, options);
  expect(farthest('losses', actual.losses, expected.losses, 1e-4, 1e-3)).toEqual([]);
  expect(actual.weights.length).toBe(expected.weights.length);
  for (const [i, weight] of expected.weights.entries()) {
    expect(farthest(`weight ${i}`, actual.weights[i]!, weight, 1e-4, 1e-3)).toEqual([]);
  }
  expect(expected.losses.at(-1), 'the model learns').not.toBe(expected.losses[0]);
}

function sequential(layers: tfl.layers.Layer[], input: readonly number[]): tfl.LayersModel {
  const x = tfl.input({ shape: [...input] });
  const outputs = layers.reduce<tfl.SymbolicTensor>(
    (map, layer) => layer.apply(map) as tfl.SymbolicTensor,
    x,
  );
  return tfl.model({ inputs: x, outputs });
}

describeWasm('layers of tfjs on wasm', () => {
  leavesNoTensors();
  beforeEach(async () => {
    await tf.setBackend('wasm');
    await enableWasmTraining();
  });
  afterEach(async () => {
    await tf.setBackend('wasm');
    disableWasmTraining();
  });

  test.each(trials)('$name trains as on cpu', async ({ layers, input, ...options }) => {
    await trainsAsOnCpu(() => sequential(layers(), input), options);
  });

  test('a tf.sequential of every kind of convolution has the losses of cpu', async () => {
    const { layers } = tfl;
    const kernelInitializer = tfl.initializers.randomNormal({ mean: 0, stddev: 0.3, seed: 1 });
    const windows = { kernelSize: 3, padding: 'same' } as const;
    const own = { ...windows, kernelInitializer };
    await trainsAsOnCpu(() =>
      tfl.sequential({
        layers: [
          layers.conv2d({ inputShape: [8, 7, 3], filters: 6, ...own, activation: 'relu' }),
          layers.depthwiseConv2d({ ...windows, strides: 2, depthwiseInitializer: kernelInitializer }),
          layers.batchNormalization(),
          layers.separableConv2d({
            ...windows,
            filters: 5,
            depthwiseInitializer: kernelInitializer,
            pointwiseInitializer: kernelInitializer,
          }),
          layers.conv2dTranspose({ ...own, filters: 4, strides: 2 }),
          layers.reshape({ targetShape: [64, 4] }),
          layers.conv1d({ ...own, filters: 3, strides: 2 }),
        ],
      }),
    );
  });

  test.each(Object.keys(merges))('%s trains as on cpu', async (name) => {
    await trainsAsOnCpu(() => {
      const input = tfl.input({ shape: [5, 4] });
      const [a, b] = [1, 2].map((seed) =>
        tfl.layers
          .conv1d({
            filters: 3,
            kernelSize: 2,
            kernelInitializer: tfl.initializers.randomNormal({ mean: 0, stddev: 0.4, seed }),
          })
          .apply(input),
      ) as [tfl.SymbolicTensor, tfl.SymbolicTensor];
      return tfl.model({ inputs: input, outputs: merges[name]!().apply([a, b]) as tfl.SymbolicTensor });
    });
  });

  test('every layer of tfjs is tried, and the docs say so', () => {
    const tried = [...trials.map(({ name }) => name), ...Object.keys(merges)];
    expect([...tried, ...withoutGradient].sort()).toEqual(Object.keys(tfl.layers).sort());
    const docs = readFileSync(new URL('../../../docs/backends.md', import.meta.url), 'utf8');
    const section = docs.slice(docs.indexOf('### Layers of tfjs on wasm'));
    const listed = [...section.split('\n## ')[0]!.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(listed).toEqual([...tried].sort((a, b) => a.localeCompare(b, 'en')));
  });

  test('a candidate made of a layer of tfjs trains in a mixed edge', async () => {
    for (const kernelSize of [1, 3]) {
      defineCandidate({
        primitive: `stock_${kernelSize}x${kernelSize}`,
        create: ({ name, filters, stride }) =>
          tfl.layers.conv2d({
            name,
            filters,
            kernelSize,
            strides: stride,
            padding: 'same',
            kernelInitializer: tfl.initializers.randomNormal({ mean: 0, stddev: 0.4, seed: kernelSize }),
          }),
      });
    }
    await trainsAsOnCpu(() =>
      sequential([new MixedOp({ candidates: ['stock_1x1', 'stock_3x3'], stride: 2, seed: 1 })], [6, 5, 3]),
    );
  });

  test('wasm has every kernel of cpu but those of complex numbers, texts and ragged tensors', () => {
    const names = (backendName: string) =>
      new Set(tf.getKernelsForBackend(backendName).map(({ kernelName }) => kernelName));
    const wasm = names('wasm');
    expect([...names('cpu')].filter((name) => !wasm.has(name)).sort()).toEqual([
      'Complex',
      'ComplexAbs',
      'Draw',
      'Einsum',
      'FFT',
      'IFFT',
      'Imag',
      'RaggedGather',
      'RaggedRange',
      'RaggedTensorToTensor',
      'Real',
      'StaticRegexReplace',
    ]);
  });

  test('what the backend had comes back', async () => {
    const enabled = tf.getKernel('MaxPoolGrad', 'wasm');
    disableWasmTraining();
    expect(tf.getKernel('MaxPoolGrad', 'wasm')).toBeDefined();
    expect(tf.getKernel('MaxPoolGrad', 'wasm')).not.toBe(enabled);
    expect(tf.getKernel('Conv2DBackpropFilter', 'wasm')).toBeUndefined();
  });
});
