import * as tf from '@tensorflow/tfjs-core';
import { input, type layers, model } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import * as layersOf from '../../../src/layers';
import { archVariables, NoisyDartsLayer, stateVariables, weightVariables } from '../../../src/layers';
import { variableOf } from '../../../src/layers/noisy-darts-layer';
import { layerClasses } from '../../../src/layers/register';
import * as networkOf from '../../../src/network';
import { networkLayerClasses } from '../../../src/network/register';
import { rewrite } from '../../../src/network/standard/rewrite';
import { stateDict } from '../../../src/pytorch';
import * as supernetsOf from '../../../src/supernet';
import { supernetClasses } from '../../../src/supernet/register';
import { expectNear } from '../../support/close';
import { expectGradients } from '../../support/gradients';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';
import { applied, layerCases, modelOf, moment, reloaded, valuesOf } from './support';

const classes = { ...layerClasses, ...networkLayerClasses, ...supernetClasses };

describe('the walk through every layer', () => {
  it('knows every layer class that is exported, and has a case of each', () => {
    const exported = Object.entries({ ...layersOf, ...networkOf, ...supernetsOf }).filter(
      ([name, value]) =>
        typeof value === 'function' && value.prototype instanceof NoisyDartsLayer && name !== 'Supernet',
    );
    expect(Object.keys(classes).sort()).toEqual(exported.map(([name]) => name).sort());
    const walked = new Set(
      layerCases.map(({ create }) => {
        const layer = create(1);
        return layer.constructor;
      }),
    );
    expect(exported.filter(([, value]) => !walked.has(value as never)).map(([name]) => name)).toEqual([]);
  });
});

/** Classes that `toStandardLayers` refuses: what only a search or training needs. */
const WITHOUT_STANDARD_FORM = [
  'AuxiliaryHead',
  'Cell',
  'DenseCell',
  'MixedOp',
  'NoiseSource',
  'NoisyMixedOp',
  'NoisyOp',
  ...Object.keys(supernetClasses),
];

describe.each(layerCases)('$what', ({ create, shapes, differentiable = true }) => {
  leavesNoTensors();

  const inputs = () => shapes.map((shape, i) => normal<tf.Rank.R4>([...shape] as tf.Tensor4D['shape'], i));

  /** Runs with a built layer and its inputs, and disposes of both. */
  function using(run: (layer: layers.Layer, xs: tf.Tensor4D[]) => void): void {
    const layer = create(1);
    const xs = inputs();
    applied(layer, xs).dispose();
    run(layer, xs);
    if (layer.weights.length > 0) layer.dispose();
    tf.dispose(xs);
  }

  it('has the output shape it announces', () => {
    using((layer, xs) => {
      const announced = layer.computeOutputShape(
        (shapes.length === 1 ? shapes[0]! : shapes) as unknown as number[],
      );
      for (const training of [false, true]) {
        const y = applied(layer, xs, { training });
        expect(y.shape).toEqual(announced);
        y.dispose();
      }
    });
  });

  it('keeps no tensor from training, evaluation or a gradient', () => {
    using((layer, xs) => {
      const variables = [...weightVariables(layer), ...archVariables(layer)];
      const before = tf.memory().numTensors;
      for (const training of [true, false]) {
        applied(layer, xs, { training }).dispose();
        if (variables.length === 0) continue;
        const { value, grads } = tf.variableGrads(
          () => tf.sum(applied(layer, xs, { training })) as tf.Scalar,
          variables,
        );
        tf.dispose([value, grads]);
      }
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  it.runIf(differentiable)('has the gradients that differences of its output give', () => {
    using((layer, xs) => {
      const variables = xs.map((x) => tf.variable(x));
      const [weights, alphas] = [weightVariables(layer), archVariables(layer)];
      expectGradients(() => applied(layer, variables, { training: true, moment, updateStatistics: false }), {
        ...Object.fromEntries(variables.map((variable, i) => [`input ${i}`, [variable]])),
        ...(weights.length > 0 ? { weights } : {}),
        ...(alphas.length > 0 ? { alphas } : {}),
      });
      tf.dispose(variables);
    });
  });

  it('has weights, alphas and running statistics that together are all it has, without overlap', () => {
    using((layer) => {
      const sets = [weightVariables(layer), archVariables(layer), stateVariables(layer)];
      const all = sets.flat();
      expect(new Set(all).size).toBe(all.length);
      expect(all).toHaveLength(layer.weights.length);
    });
  });

  it('declares its work and its footprint', () => {
    using((layer) => {
      const own = layer as NoisyDartsLayer;
      const maps = shapes.map(([, ...sides]) => [null, ...sides] as layersOf.MapShape);
      const output = layer.computeOutputShape(
        (maps.length === 1 ? maps[0]! : maps) as unknown as number[],
      ) as layersOf.MapShape;
      const { averagePool = {}, globalPool = {}, ...counts } = own.work({ input: maps.at(-1)!, output });
      const work = [...Object.values(counts), ...Object.values(averagePool), ...Object.values(globalPool)];
      expect(work.every((count) => Number.isInteger(count) && Number(count) > 0)).toBe(true);
      // A convolution or a linear map of its own computes at least one product a weight.
      const filters = own.ownWeights.filter(({ originalName }) => /kernel|shortcut/.test(originalName));
      const products = filters.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape as number[]), 0);
      expect((counts.convolution ?? 0) + (counts.linear ?? 0)).toBeGreaterThanOrEqual(products);
      expect(Object.keys(own.footprint(...maps))).toEqual(['kept', 'back']);
      expect(Object.values(own.footprint(...maps)).every((count) => count >= 0)).toBe(true);
    });
  });

  it('has a name for every weight, the same for another of its kind', async () => {
    const built = () => {
      const layer = create(1);
      const xs = inputs();
      tf.dispose([applied(layer, xs), ...xs]);
      return layer;
    };
    const [layer, twin] = [built(), built()];
    const [names, again] = (await Promise.all([layer, twin].map(stateDict))).map((tensors) =>
      tensors.map(({ name }) => name),
    );
    expect(names).toHaveLength(layer.weights.length);
    expect(new Set(names).size).toBe(layer.weights.length);
    expect(again).toEqual(names);
    tf.dispose([layer, twin].flatMap(({ weights }) => weights.map(variableOf)));
  });

  it('has a standard form of the same output, or none on purpose', () => {
    const layer = create(1);
    const saved = modelOf(layer, shapes);
    const [name] = Object.entries(classes).find(([, value]) => layer.constructor === value)!;
    const images = shapes.map((shape) => input({ shape: shape.slice(1) }));
    const write = () => {
      let outputs = images[0]!;
      tf.tidy(() => {
        outputs = rewrite(layer, 'standard', images);
      });
      return outputs;
    };
    if (WITHOUT_STANDARD_FORM.includes(name)) {
      expect(write).toThrow(
        'toStandardLayers: nothing is known about how to write this layer in stock layers',
      );
    } else {
      const outputs = write();
      expect(outputs.shape).toEqual(saved.outputs[0]!.shape);
      const xs = inputs();
      const y = applied(layer, xs);
      if (!images.includes(outputs)) {
        const standard = model({ inputs: images, outputs });
        const z = standard.predict(xs.length === 1 ? xs[0]! : xs) as tf.Tensor;
        expectNear(z, y.dataSync());
        tf.dispose([z, standard.weights.map(variableOf)].flat());
      }
      tf.dispose([y, ...xs]);
    }
    tf.dispose(saved.weights.map(variableOf));
  });

  it('starts from its seed', () => {
    const xs = inputs();
    const [one, same, other] = [1, 1, 2].map((seed) => {
      const layer = create(seed);
      applied(layer, xs).dispose();
      return layer;
    }) as [layers.Layer, layers.Layer, layers.Layer];
    const [first, again, different] = [valuesOf(one), valuesOf(same), valuesOf(other)];
    const drawn = one.weights.some(({ originalName }) => /kernel|filter|alpha/.test(originalName));
    // Weights of a layer of the user's own are the user's to seed.
    const own = one.weights.flatMap(({ originalName }, i) => (/own_|inner/.test(originalName) ? [] : [i]));
    expect(own.map((i) => again[i])).toEqual(own.map((i) => first[i]));
    if (drawn && own.length === one.weights.length) expect(different).not.toEqual(first);
    for (const layer of [one, same, other]) if (layer.weights.length > 0) layer.dispose();
    tf.dispose(xs);
  });

  it('survives saving and loading, output and draws included', async () => {
    const layer = create(1);
    const saved = modelOf(layer, shapes);
    const xs = inputs();
    // Statistics and alphas away from where they start.
    applied(layer, xs, { training: true }).dispose();
    for (const alpha of archVariables(layer)) tf.tidy(() => alpha.assign(normal(alpha.shape, 'alpha')));

    const loaded = await reloaded(saved);
    const twin = loaded.layers.at(-1)!;
    expect(twin.getClassName()).toBe(layer.getClassName());
    expect(twin.weights.map(({ originalName }) => originalName)).toEqual(
      layer.weights.map(({ originalName }) => originalName),
    );
    expect(valuesOf(twin)).toEqual(valuesOf(layer));
    expect(archVariables(loaded)).toHaveLength(archVariables(saved).length);
    for (const options of [{ training: false }, { training: true, moment }]) {
      const [y, z] = [applied(layer, xs, options), applied(twin, xs, options)];
      expect([...z.dataSync()]).toEqual([...y.dataSync()]);
      tf.dispose([y, z]);
    }
    saved.dispose();
    loaded.dispose();
    tf.dispose(xs);
  });
});
