import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { Cell, type EdgeCall, NoisyMixedOp, setEdgeKernel, variants } from 'noisydarts';
import { enableWasmTraining } from 'noisydarts/wasm';
import { expect, test } from 'vitest';
import { fusedEdge } from '../../../src/wasm/edge';
import { instanceOf, instanceOn } from '../../../src/wasm/instance';
import { leavesNoTensors } from '../../support/memory';
import { both, describeWasm, expectClose, type Values, values } from './support';

const CANDIDATES = [
  'none',
  'max_pool_3x3',
  'avg_pool_3x3',
  'skip_connect',
  'sep_conv_3x3',
  'dil_conv_5x5',
  'conv_7x1_1x7',
] as const;

const moment = { epoch: 3, step: 5, pass: 1 };

describeWasm('the fused edge', () => {
  leavesNoTensors();

  const shapes = fc.record({
    batch: fc.integer({ min: 2, max: 3 }),
    height: fc.integer({ min: 2, max: 9 }),
    width: fc.integer({ min: 2, max: 9 }),
    half: fc.integer({ min: 1, max: 5 }),
    stride: fc.constantFrom(1, 2),
    variant: fc.constantFrom(...(Object.keys(variants) as (keyof typeof variants)[])),
    candidates: fc.subarray([...CANDIDATES], { minLength: 2 }),
    seed: fc.nat(1e6),
  });

  test('equals its parts: output, gradients of all it takes, running statistics', {
    timeout: 300_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ batch, height, width, half, stride, variant, candidates, seed }) => {
        const names = candidates.includes('skip_connect')
          ? candidates
          : [...candidates, 'skip_connect' as const];
        const compute = (): Values => {
          const edge = new NoisyMixedOp({ candidates: names, stride, seed, noise: variants[variant] });
          const x = tf.variable(values([batch, height, width, 2 * half], seed + 1));
          edge.apply(x);
          const alpha = edge.alpha!;
          const weights = edge.trainableWeights.map(
            (weight) => (weight as unknown as { val: tf.Variable }).val,
          );
          const dy = values(edge.computeOutputShape(x.shape) as number[], seed + 2);
          const loss = () =>
            tf.sum(tf.mul(edge.apply(x, { training: true, moment }) as tf.Tensor, dy)) as tf.Scalar;
          const { value, grads } = tf.variableGrads(loss, [x, alpha, ...weights]);
          const all = [x, alpha, ...weights].map((variable, i) => [
            `gradient ${i}`,
            grads[variable.name]!.dataSync(),
          ]);
          const statistics = edge.nonTrainableWeights.map((weight, i) => [
            `state ${i}`,
            weight.read().dataSync(),
          ]);
          const result = Object.fromEntries([['loss', value.dataSync()], ...all, ...statistics]) as Values;
          tf.dispose([x, dy, value, ...Object.values(grads)]);
          edge.dispose();
          return result;
        };
        const [generic, fast] = await both(compute);
        expectClose(fast, generic, 2e-4);
      }),
      { numRuns: 25 },
    );
  });

  test('takes no filter when no gradient of a weight is asked for', async () => {
    await enableWasmTraining();
    const calls: EdgeCall[] = [];
    setEdgeKernel('wasm', (call) => {
      calls.push(call);
      return fusedEdge(call);
    });
    tf.tidy(() => {
      const cell = new Cell({
        filters: 2,
        nodes: 1,
        candidates: [['sep_conv_3x3'], ['sep_conv_3x3']],
        seed: 1,
      });
      const x = values([2, 4, 4, 3], 1);
      const run = (weightGradients: boolean) =>
        cell.apply([x, x], { training: true, moment, weightGradients }) as tf.Tensor;
      run(true);
      const filter = cell.trainableWeights.find((weight) => weight.originalName.includes('depthwise'))!;
      const variable = (filter as unknown as { val: tf.Variable }).val;
      const gradient = (weightGradients: boolean) =>
        tf.variableGrads(() => tf.sum(run(weightGradients)) as tf.Scalar, [variable]);
      expect(gradient(true).grads[variable.name]).toBeDefined();
      expect(() => gradient(false)).toThrow('Cannot find a connection');
      expect(calls.map((call) => call.weightGradients)).toEqual([true, true, true, true, false, false]);
      cell.dispose();
    });
    await enableWasmTraining();
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

  test('leaves alone running statistics that somebody holds on to', async () => {
    await enableWasmTraining();
    tf.tidy(() => {
      const edge = new NoisyMixedOp({ candidates: ['skip_connect', 'max_pool_3x3'], seed: 1 });
      const x = values([2, 4, 4, 3], 1);
      edge.apply(x);
      const running = edge.nonTrainableWeights.find((weight) => weight.originalName.includes('moving_mean'))!;
      const held = tf.clone(running.read());
      edge.apply(x, { training: true });
      expect([...held.dataSync()]).toEqual([0, 0, 0]);
      expect([...running.read().dataSync()]).not.toEqual([0, 0, 0]);
      edge.dispose();
    });
  });
});
