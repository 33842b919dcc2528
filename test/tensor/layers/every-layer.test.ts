import * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { archVariables, stateVariables, weightVariables } from '../../../src/layers';
import { expectGradients } from '../../support/gradients';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';
import { applied, layerCases, modelOf, moment, reloaded, valuesOf } from './support';

describe.each(layerCases)('$what', ({ create, shapes, differentiable = true }) => {
  leavesNoTensors();

  const inputs = () => shapes.map((shape, i) => normal<tf.Rank.R4>(shape, i));

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
