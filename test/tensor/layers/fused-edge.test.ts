import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { MixedOp, NoisyMixedOp, NoisyOp, uniformNoise, variants } from 'noisydarts';
import { type EdgeCall, setEdgeKernel } from 'noisydarts/kernels';
import { Cell, identity, Pool } from 'noisydarts/layers';
import { expect, test } from 'vitest';
import { edgeKernel } from '../../../src/kernels/edge';
import { leavesNoTensors } from '../../support/memory';
import { both, describeFast, enable, expectClose, type Values, values, withGradients } from '../wasm/support';

const CANDIDATES = [
  'none',
  'max_pool_3x3',
  'avg_pool_3x3',
  'skip_connect',
  'sep_conv_3x3',
  'sep_conv_5x5',
  'sep_conv_7x7',
  'dil_conv_3x3',
  'dil_conv_5x5',
  'conv_7x1_1x7',
  'nor_conv_1x1',
  'nor_conv_3x3',
] as const;

const moment = { epoch: 3, step: 5, pass: 1 };

describeFast('the fused edge', () => {
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
    noisy: fc.boolean(),
    signals: fc.boolean(),
    alphaGradients: fc.boolean(),
    weightGradients: fc.boolean(),
    affine: fc.boolean(),
    normalize: fc.boolean(),
  });

  test('equals its parts: output, gradients of all it takes, running statistics', {
    timeout: 300_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ batch, height, width, half, stride, candidates, seed, ...some }) => {
        const { noisy, variant, signals, affine, normalize, ...asked } = some;
        const kinds = new Set([...candidates, 'skip_connect' as const]);
        if (signals)
          for (const dense of ['conv_7x1_1x7', 'nor_conv_1x1', 'nor_conv_3x3'] as const) kinds.delete(dense);
        const names = [...kinds].map((name) => (signals ? name.replace(/x\d$/, '') : name));
        const shape = signals ? [batch, height, 2 * half] : [batch, height, width, 2 * half];
        const compute = (): Values => {
          const options = { candidates: names, stride, seed, affine, normalize };
          const edge = noisy
            ? new NoisyMixedOp({ ...options, noise: variants[variant] })
            : new MixedOp(options);
          const x = tf.variable(values(shape, seed + 1));
          edge.apply(x);
          const weights = edge.trainableWeights.map(
            (weight) => (weight as unknown as { val: tf.Variable }).val,
          );
          // Scale and offset, which start at 1 and 0.
          for (const [i, weight] of weights.entries()) {
            if (weight.rank === 1)
              weight.assign(tf.add(weight, tf.mul(0.3, values(weight.shape, seed + 3 + i))));
          }
          const variables = [
            x,
            ...(asked.alphaGradients ? [edge.alpha!] : []),
            ...(asked.weightGradients ? weights : []),
          ];
          const dy = values(edge.computeOutputShape(x.shape) as number[], seed + 2);
          const loss = () =>
            tf.sum(tf.mul(edge.apply(x, { training: true, moment, ...asked }) as tf.Tensor, dy)) as tf.Scalar;
          const { value, grads } = tf.variableGrads(loss, variables);
          const all = variables.map((variable, i) => [`gradient ${i}`, grads[variable.name]!.dataSync()]);
          const statistics = edge.nonTrainableWeights.map((weight, i) => [
            `state ${i}`,
            weight.read().dataSync(),
          ]);
          const evaluated = edge.apply(x) as tf.Tensor;
          const result = Object.fromEntries([
            ['loss', value.dataSync()],
            ...all,
            ...statistics,
            ['evaluated', evaluated.dataSync()],
          ]) as Values;
          tf.dispose([x, dy, value, evaluated, ...Object.values(grads)]);
          edge.dispose();
          return result;
        };
        const [generic, fast] = await both(compute);
        expectClose(fast, generic, 2e-4);
      }),
      { numRuns: 25 },
    );
  });

  test('names what is off, and where', async () => {
    const compute = (): Values => {
      const edge = new MixedOp({ candidates: ['skip_connect', 'sep_conv_3x3'], seed: 1 });
      const result = withGradients(
        (x) => edge.apply(x, { training: true, moment }) as tf.Tensor,
        [values([2, 4, 4, 3], 1)],
        2,
      );
      edge.dispose();
      return result;
    };
    const [generic, fast] = await both(compute);
    const largest = Array.from(fast.y!).reduce(
      (most, value, i, all) => (Math.abs(value) > Math.abs(all[most]!) ? i : most),
      0,
    );
    const wrong = Array.from(fast.y!, (value, i) => (i === largest ? value * 1.01 : value));
    expectClose(fast, generic, 2e-4);
    expect(() => expectClose({ ...fast, y: wrong }, generic, 2e-4)).toThrow(
      `y[${largest}]: ${wrong[largest]}, expected `,
    );
  });

  test('keeps both noises of an identity that has two', async () => {
    const compute = (): Values => {
      const twice = new NoisyOp({
        name: 'outer',
        layer: new NoisyOp({ name: 'inner', layer: identity(), noise: uniformNoise() }),
      });
      const candidates = { twice, pool: new Pool({ kind: 'max', normalize: true }) };
      const edge = new MixedOp({ candidates, seed: 1 });
      const run = (x: tf.Tensor) => edge.apply(x, { training: true, moment }) as tf.Tensor;
      const result = withGradients(run, [values([2, 4, 4, 3], 1)], 2);
      edge.dispose();
      return result;
    };
    const [generic, fast] = await both(compute);
    expectClose(fast, generic);
  });

  test('takes no filter when no gradient of a weight is asked for', async () => {
    await enable!();
    const calls: EdgeCall[] = [];
    const backend = tf.getBackend();
    const kernel = edgeKernel(backend)!;
    setEdgeKernel(backend, {
      ...kernel,
      run(call) {
        // Not those of the cell's way in, which some kernels compute as well.
        if ('blocks' in call.terms[0]! && call.terms[0].blocks[0]!.depthwise) calls.push(call);
        return kernel.run(call);
      },
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
    await enable!();
  });

  test('leaves alone running statistics that somebody holds on to', async () => {
    await enable!();
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

  test('gives zeros of the right shape where every candidate is none', async () => {
    await enable!();
    tf.tidy(() => {
      const edge = new MixedOp({ candidates: ['none'], stride: 2 });
      const x = values([2, 5, 4, 3], 1);
      edge.apply(x);
      const run = () => edge.apply(x, { training: true, moment }) as tf.Tensor;
      expect(run().shape).toEqual([2, 3, 2, 3]);
      const { grads } = tf.variableGrads(() => tf.sum(run()) as tf.Scalar, [edge.alpha!]);
      expect([...grads[edge.alpha!.name]!.dataSync()]).toEqual([0]);
      edge.dispose();
    });
  });
});
