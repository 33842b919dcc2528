import * as tf from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
  sequential,
  model as tfModel,
} from '@tensorflow/tfjs-layers';
import { MixedOp, type MixedOpCandidates, NoisyMixedOp } from 'noisydarts';
import {
  type CallOptions,
  NoisyDartsLayer,
  type NoisyDartsLayerOptions,
  ReluConvBN,
} from 'noisydarts/layers';
import { defineStandard, deriveModel, toStandardLayers } from 'noisydarts/network';
import { describe, expect, it } from 'vitest';
import { layersWithin } from '../../../src/layers/noisy-darts-layer';
import { leavesNoTensors } from '../../support/memory';
import { throughJson } from '../../support/through-json';
import { unsettle } from './support';

leavesNoTensors();

const free = (model: LayersModel) => tf.dispose(model.weights.map((weight) => weight.read()));
const apply = (layer: layers.Layer, ...xs: SymbolicTensor[]) =>
  layer.apply(xs.length === 1 ? xs[0]! : xs) as SymbolicTensor;
const edge = <P extends string>(name: string, candidates: MixedOpCandidates<P>) =>
  new MixedOp({ name, candidates, seed: name });
const conv = (inputShape?: [number, number, number]) =>
  layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same', ...(inputShape && { inputShape }) });
const head = (x: SymbolicTensor) => apply(layers.dense({ units: 3 }), apply(layers.flatten(), x));

/** A layer of somebody's own, which holds one of this library. */
class Doubled extends NoisyDartsLayer {
  static className = 'Doubled';
  constructor(options: NoisyDartsLayerOptions = {}) {
    super(options, {});
  }
  readonly inner = new ReluConvBN({ ...this.seeded('inner'), filters: 2, kernels: [[3, 3]] });
  override build(shape: number[]) {
    this.adopt(this.inner, shape as never);
    this.built = true;
  }
  override computeOutputShape(shape: number[]) {
    return shape;
  }
  override call(x: tf.Tensor | tf.Tensor[], options: CallOptions) {
    return tf.tidy(() => tf.mul(this.inner.call(x, options), 2));
  }
}
defineStandard(Doubled, (layer, { name, inputs, write }) => {
  const y = write(layer.inner, `${name}_inner`, inputs);
  return layers.rescaling({ name, scale: 2 }).apply(y) as SymbolicTensor;
});

const models: Readonly<Record<string, () => LayersModel>> = {
  sequential: () =>
    sequential({
      layers: [
        conv([6, 6, 1]),
        new NoisyMixedOp({ name: 'edge', candidates: ['skip_connect', 'dil_conv_3x3'] }),
        layers.flatten(),
        layers.dense({ units: 3 }),
      ],
    }),
  functional: () => {
    const x = input({ shape: [6, 6, 2] });
    const left = apply(edge('left', ['avg_pool_3x3', 'none']), x);
    const right = apply(edge('right', ['max_pool_3x3']), apply(layers.batchNormalization(), x));
    return tfModel({ inputs: x, outputs: [head(apply(layers.concatenate(), left, right)), head(left)] });
  },
  nested: () => {
    const x = input({ shape: [6, 6, 1] });
    const inner = (name: string) =>
      sequential({
        name,
        layers: [conv([6, 6, name === 'a' ? 1 : 2]), edge(`edge_${name}`, ['sep_conv_3x3'])],
      });
    return tfModel({ inputs: x, outputs: head(apply(inner('b'), apply(inner('a'), x))) });
  },
  shared: () => {
    const x = input({ shape: [6, 6, 2] });
    const [twice, pool, half] = [
      edge('twice', ['sep_conv_3x3']),
      layers.averagePooling2d({ poolSize: 2 }),
      conv(),
    ];
    const inner = sequential({ name: 'inner', layers: [conv([6, 6, 2])] });
    const above = apply(twice, apply(twice, apply(inner, apply(inner, x))));
    // On smaller maps too.
    return tfModel({ inputs: x, outputs: head(apply(twice, apply(half, apply(pool, apply(half, above))))) });
  },
  'two inputs': () => {
    const [a, b] = [input({ shape: [6, 6, 2], name: 'a' }), input({ shape: [2, 6, 6, 2], name: 'b' })];
    const frames = apply(layers.timeDistributed({ layer: edge('framed', ['nor_conv_3x3']) }), b);
    return tfModel({
      inputs: [a, b],
      outputs: apply(
        layers.concatenate({ axis: 1 }),
        head(apply(edge('edge', ['skip_connect']), a)),
        head(frames),
      ),
    });
  },
  "one's own candidates": () => {
    const own = { doubled: new Doubled(), plain: conv() };
    return sequential({
      layers: [conv([6, 6, 2]), edge('edge', own), layers.flatten(), layers.dense({ units: 3 })],
    });
  },
};

describe('toStandardLayers of what deriveModel makes', () => {
  it.each(Object.keys(models).flatMap((name) => [[name, 'inherit'] as const, [name, 'fresh'] as const]))(
    'computes the same: %s, weights: %s',
    async (name, weights) => {
      const searched = models[name]!();
      const derived = deriveModel(searched, { weights });
      unsettle(derived);
      const standard = toStandardLayers(derived);
      const classes = layersWithin(standard).map((layer) => layer.getClassName());
      expect(classes.filter((each) => /^(NoisyDarts|Doubled)/.test(each))).toEqual([]);
      const loaded = await throughJson(standard);
      tf.tidy(() => {
        const x = derived.inputs.map(({ shape }, i) =>
          tf.randomUniform([3, ...shape.slice(1)] as number[], -1, 1, 'float32', i + 1),
        );
        const outputs = [derived, standard, loaded].map(
          (model) => [model.predict(x.length === 1 ? x[0]! : x)].flat() as tf.Tensor[],
        );
        for (const [i, expected] of outputs[0]!.entries()) {
          const difference = tf.max(tf.abs(tf.sub(outputs[1]![i]!, expected))).dataSync()[0]!;
          expect(difference).toBeLessThan(1e-4 * tf.max(tf.abs(expected)).dataSync()[0]!);
          expect([...outputs[2]![i]!.dataSync()]).toEqual([...outputs[1]![i]!.dataSync()]);
        }
      });
      for (const model of [searched, derived, standard, loaded]) free(model);
    },
  );

  it('shares what is used more than once', () => {
    const searched = models.shared!();
    const derived = deriveModel(searched);
    const standard = toStandardLayers(derived);
    // Stock convolutions: as many as layers of their own, and the operation once for maps of each size.
    const convolutions = new Set(layersWithin(standard).filter((layer) => layer.getClassName() === 'Conv2D'));
    expect(convolutions.size).toBe(2 + 2 * 2);
    for (const model of [searched, derived, standard]) free(model);
  });

  it('refuses what it cannot write, and names it', () => {
    const x = input({ shape: [null, 6, 2] });
    expect(() => defineStandard(3 as never, () => 3 as never)).toThrow(
      'defineStandard: layerClass must be a function, got 3',
    );
    expect(() =>
      toStandardLayers(tfModel({ inputs: x, outputs: apply(layers.activation({ activation: 'relu' }), x) })),
    ).toThrow('toStandardLayers: the network must take inputs of a known size');
    const searched = models.sequential!();
    expect(() => toStandardLayers(searched)).toThrow(
      "in stock layers, got 'NoisyDartsNoisyMixedOp'; pass what deriveModel() makes of the model",
    );
    free(searched);
  });
});
