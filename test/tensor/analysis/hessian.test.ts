import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archHessian, dominantEigenvalue, hessianVectorProduct, symmetricEigen } from '../../../src/analysis';
import { type BilevelModel, passes } from '../../../src/architect';
import { leavesNoTensors } from '../../support/memory';
import { expectClose, points, problem, quadratic, smoothNetwork, variable } from '../architect/support';

leavesNoTensors();

/** M of the loss a M a / 2 over five alphas, laid over a vector and a matrix. */
const M = [
  [2, 0.5, 0, -0.3, 0.1],
  [0.5, -1, 0.4, 0, 0],
  [0, 0.4, 0.5, 0.2, -0.6],
  [-0.3, 0, 0.2, 1.5, 0],
  [0.1, 0, -0.6, 0, -0.2],
];

function quadraticForm(): BilevelModel<null> & { dispose(): void; values(): number[] } {
  const [a, b] = [variable([0.3, -0.2, 0.1]), variable([[0.4, -0.5]])];
  return {
    archVariables: () => [a, b],
    weightVariables: () => [],
    loss() {
      const x = tf.reshape(tf.concat([a, tf.reshape(b, [2])]), [5, 1]);
      return tf.mul(tf.sum(tf.mul(x, tf.matMul(tf.tensor2d(M), x))), 0.5) as tf.Scalar;
    },
    values: () => [...a.dataSync(), ...b.dataSync()],
    dispose: () => tf.dispose([a, b]),
  };
}

describe('on a quadratic form, whose Hessian is its matrix', () => {
  let model: ReturnType<typeof quadraticForm>;
  beforeEach(() => {
    model = quadraticForm();
  });
  afterEach(() => model.dispose());

  it.each([1, 2, 3])('hessianVectorProduct is M v plus weight decay, averaging %i', async (average) => {
    for (const v of [
      [1, 0, 0, 0, 0],
      [0, 0, 0, 0, 1],
      [3, -1, 4, -1, 5],
    ]) {
      const product = await hessianVectorProduct(model, null, v, { weightDecay: 0.5, average, step: 0.01 });
      expectClose(
        product,
        M.map((row, i) => row.reduce((sum, m, j) => sum + m * v[j]!, 0.5 * v[i]!)),
        1e-4,
      );
    }
    expect([...(await hessianVectorProduct(model, null, [0, 0, 0, 0, 0]))]).toEqual([0, 0, 0, 0, 0]);
  });

  it('archHessian is M, variables end to end, exactly symmetric', async () => {
    const { size, matrix, asymmetry } = await archHessian(model, null, { step: 0.01 });
    expect(size).toBe(5);
    expectClose(matrix, M.flat(), 1e-4);
    for (let i = 0; i < 5; i++) for (let j = 0; j < 5; j++) expect(matrix[5 * i + j]).toBe(matrix[5 * j + i]);
    expect(asymmetry).toBeLessThan(1e-4);
    const decayed = await archHessian(model, null, { step: 0.01, weightDecay: 0.25 });
    expectClose(
      decayed.matrix,
      M.flatMap((row, i) => row.map((m, j) => (i === j ? m + 0.25 : m))),
      1e-4,
    );
  });

  it('dominantEigenvalue finds both ends of its spectrum', async () => {
    const { values } = symmetricEigen(M.flat(), 5);
    const found = await dominantEigenvalue(model, null, { step: 0.01 });
    expect(found.max).toBeCloseTo(values[0]!, 3);
    expect(found.min).toBeCloseTo(values[4]!, 3);
    const decayed = await dominantEigenvalue(model, null, { step: 0.01, weightDecay: 0.5 });
    expect(decayed.max - found.max).toBeCloseTo(0.5, 3);
  });

  it('leaves alpha as it was, to the bit, also when the loss fails', async () => {
    const before = model.values();
    await archHessian(model, null);
    expect(model.values()).toEqual(before);
    const { loss } = model;
    let calls = 0;
    model.loss = (...args) => {
      calls += 1;
      if (calls === 3) throw new Error('device lost');
      return loss(...args);
    };
    await expect(archHessian(model, null)).rejects.toThrow('device lost');
    expect(model.values()).toEqual(before);
  });

  it('refuses a vector of the wrong length and options out of range', async () => {
    await expect(hessianVectorProduct(model, null, [1, 2])).rejects.toThrow(
      new RangeError(
        'hessianVectorProduct: the vector must have 5 entries, one an alpha, got 2; lay the architecture variables end to end',
      ),
    );
    await expect(archHessian(model, null, { step: 0 })).rejects.toThrow(
      'archHessian: step must be a finite number above 0, got 0; correct it or leave it out',
    );
    await expect(archHessian(model, null, { weightDecay: -1 })).rejects.toThrow(
      'archHessian: weightDecay must be a finite number of at least 0, got -1',
    );
    await expect(dominantEigenvalue(model, null, { average: 1.5 })).rejects.toThrow(
      'dominantEigenvalue: average must be a whole number from 1 to 1024, got 1.5',
    );
  });
});

describe('on a network', () => {
  it('product, matrix and eigenvalue agree, with the same noise in every pass', async () => {
    const [model, data] = [smoothNetwork({ noise: 0.5 }), points()];
    const options = { step: 0.02, moment: { epoch: 1, step: 2, pass: passes.analysis } };
    const { matrix, size, asymmetry } = await archHessian(model, data.valid, options);
    expect(asymmetry).toBeLessThan(0.01);
    const v = Array.from({ length: size }, (_, i) => Math.cos(2 * i));
    const product = v.map((_, i) => v.reduce((sum, x, j) => sum + matrix[i * size + j]! * x, 0));
    expectClose(await hessianVectorProduct(model, data.valid, v, options), product, 0.01);
    const { values } = symmetricEigen(matrix, size);
    const found = await dominantEigenvalue(model, data.valid, options);
    const scale = Math.max(Math.abs(values[0]!), Math.abs(values[size - 1]!));
    expect(Math.abs(found.max - values[0]!) / scale).toBeLessThan(0.01);
    expect(Math.abs(found.min - values[size - 1]!) / scale).toBeLessThan(0.01);
    expect(new Set(model.asked.map((each) => JSON.stringify([each.training, each.moment])))).toEqual(
      new Set([JSON.stringify([true, options.moment])]),
    );
    model.dispose();
    data.dispose();
  });

  it('looks at a moment of its own and in training mode, unless told otherwise', async () => {
    const [model, data] = [smoothNetwork(), points()];
    await hessianVectorProduct(model, data.valid, [1, 0, 0, 0, 0]);
    await hessianVectorProduct(model, data.valid, [1, 0, 0, 0, 0], { training: false });
    const moment = { epoch: 0, step: 0, pass: passes.analysis };
    expect(model.asked.map(({ batch, ...options }) => options)).toEqual([
      { training: true, moment },
      { training: true, moment },
      { training: false, moment },
      { training: false, moment },
    ]);
    model.dispose();
    data.dispose();
  });

  it('leaves no trace in the running statistics, and takes an alpha outside the loss as flat', async () => {
    const model = quadratic();
    const idle = variable([1, 2]);
    const wider = { ...model, archVariables: () => [...model.archVariables(), idle] };
    const { matrix } = await archHessian(wider, 'valid', { step: 0.01 });
    const { q } = problem;
    expectClose(matrix, [q, 0, 0, 0, 0, q, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1e-4);
    expect(model.counter.dataSync()[0]).toBe(0);
    idle.dispose();
    model.dispose();
  });
});
