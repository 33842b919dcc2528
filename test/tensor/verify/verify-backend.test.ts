import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { formatVerification, verifyBackend } from 'noisydarts/verify';
import { afterEach, describe, expect, it } from 'vitest';
import { verificationCases } from '../../../src/verify/cases';
import { backend } from '../../support/backend';
import { leavesNoTensors } from '../../support/memory';

describe('verifyBackend', () => {
  leavesNoTensors();

  it(`finds every kernel right on ${backend}`, async () => {
    // WebGL compiles its shaders anew for every shape.
    const found = await verifyBackend({ quick: backend === 'webgl' });
    expect(found.ok, formatVerification(found)).toBe(true);
    expect(found.backend).toBe(tf.getBackend());
    expect(found.device).not.toBe('');
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  it('refuses an option that there is not', async () => {
    await expect(verifyBackend({ quik: true } as object)).rejects.toThrow('quik');
  });

  it('leaves no kernel out, quick or not', () => {
    const kernels = (some: typeof verificationCases) => new Set(some.flatMap((one) => one.kernels));
    const registered = tf.getKernelsForBackend(tf.getBackend()).map(({ kernelName }) => kernelName);
    const ours = registered.filter((name) => name.startsWith('NoisyDarts'));
    expect(ours.length).toBeGreaterThan(25);
    expect(ours.filter((name) => !kernels(verificationCases).has(name))).toEqual([]);
    expect(kernels(verificationCases.filter(({ quick }) => quick))).toEqual(kernels(verificationCases));
  });
});

/** Does its worst once `tamper` has been at a kernel of the backend in use. */
describe.skipIf(backend !== 'cpu')('verifyBackend of wrong kernels', () => {
  leavesNoTensors();

  let restore = () => {};
  afterEach(() => restore());

  async function plant(kernelName: string, tamper: (y: tf.Tensor) => tf.Tensor) {
    await verifyBackend({ quick: true });
    const right = tf.getKernel(kernelName, 'cpu');
    tf.unregisterKernel(kernelName, 'cpu');
    tf.registerKernel({
      ...right,
      kernelFunc: (call) => tf.tidy(() => tamper(right.kernelFunc(call) as unknown as tf.Tensor)),
    });
    restore = () => {
      tf.unregisterKernel(kernelName, 'cpu');
      tf.registerKernel(right);
    };
    return verifyBackend({ quick: true });
  }

  const faults: Record<string, (y: tf.Tensor) => tf.Tensor> = {
    'one number of many': (y) =>
      tf.add(y, tf.reshape(tf.pad1d(tf.tensor1d([0.1]), [0, y.size - 1]), y.shape)),
    'a factor': (y) => tf.mul(y, 1.001),
    'what is no number': (y) => tf.mul(y, Number.NaN),
    'no result at all': () => {
      throw new Error('out of order');
    },
  };

  for (const [fault, tamper] of Object.entries(faults)) {
    it(`names a kernel that gives ${fault}`, async () => {
      const name = 'NoisyDartsMaxPoolInputGrad';
      const { ok, kernels } = await plant(name, tamper);
      expect(ok).toBe(false);
      const wrong = kernels.filter((kernel) => !kernel.ok).map((kernel) => kernel.name);
      expect(wrong).toContain(name);
      expect(wrong).toContain('mixed edge, gradients');
      expect(wrong).not.toContain('NoisyDartsAvgPoolInputGrad');
    });
  }

  it('is told in words', async () => {
    const found = await plant('NoisyDartsAvgPool', faults['no result at all']!);
    const text = formatVerification(found);
    expect(text).toMatch(/^cpu, on the processor: \d+ of \d+ kernels are wrong$/m);
    expect(text).toMatch(/^WRONG {2}NoisyDartsAvgPool +out of order$/m);
    expect(text).toMatch(/^ok {5}NoisyDartsMaxPool +\d\.\de-\d$/m);
  });
});
