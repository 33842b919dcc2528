import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { NoisyMixedOp } from 'noisydarts';
import { enableWebGPUTraining } from 'noisydarts/webgpu';
import { describe, expect, it } from 'vitest';
import { weightVariables } from '../../../src/layers';
import { backend } from '../../support/backend';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';

const CANDIDATES = ['none', 'max_pool_3x3', 'skip_connect', 'sep_conv_3x3', 'dil_conv_5x5'] as const;
const moment = { epoch: 0, step: 1, pass: 0 };

/** Names of the programs that are launched by `run`. */
function launched(run: () => void): string[] {
  const device = tf.backend() as WebGPUBackend;
  const launch = device.runWebGPUProgram;
  const names: string[] = [];
  device.runWebGPUProgram = (program, ...rest) => {
    names.push(program.shaderKey);
    return launch.call(device, program, ...rest);
  };
  try {
    run();
  } finally {
    device.runWebGPUProgram = launch;
  }
  return names;
}

describe.skipIf(!backend.startsWith('webgpu'))('the fused edge (needs the webgpu backend)', () => {
  leavesNoTensors();

  async function programs(asked: { alphaGradients?: boolean; weightGradients?: boolean }): Promise<string[]> {
    await enableWebGPUTraining();
    const edge = new NoisyMixedOp({ candidates: CANDIDATES, seed: 1 });
    const x = tf.tidy(() => tf.variable(normal<tf.Rank.R4>([2, 5, 5, 4])));
    tf.dispose(edge.apply(x) as tf.Tensor);
    const variables = [
      x,
      ...(asked.alphaGradients === false ? [] : [edge.alpha!]),
      ...(asked.weightGradients === false ? [] : weightVariables(edge)),
    ];
    const names = launched(() => {
      const loss = () =>
        tf.sum(tf.square(edge.apply(x, { training: true, moment, ...asked }) as tf.Tensor)) as tf.Scalar;
      tf.dispose(tf.variableGrads(loss, variables) as unknown as tf.TensorContainer);
    });
    x.dispose();
    edge.dispose();
    return names;
  }

  const count = (names: readonly string[], pattern: RegExp) =>
    names.filter((name) => pattern.test(name)).length;

  it('computes no gradient of a filter, and draws noise again for alpha, only where it is asked', async () => {
    const all = await programs({});
    expect(count(all, /filter_grads/)).toBe(4);
    expect(count(all, /edge_weights_grad/)).toBe(1);
    expect(count(all, /edge_products_.*gaussian/)).toBe(1);

    const alphas = await programs({ weightGradients: false });
    expect(count(alphas, /filter_grads/)).toBe(0);
    expect(count(alphas, /edge_weights_grad/)).toBe(1);

    const weights = await programs({ alphaGradients: false });
    expect(count(weights, /filter_grads/)).toBe(4);
    expect(count(weights, /edge_weights_grad|edge_products_.*gaussian/)).toBe(0);
  });

  it('launches as much for four convolutions as for one', async () => {
    await enableWebGPUTraining();
    const launches = (candidates: ConstructorParameters<typeof NoisyMixedOp>[0]['candidates']) => {
      const edge = new NoisyMixedOp({ candidates, seed: 1 });
      const x = normal<tf.Rank.R4>([2, 5, 5, 4]);
      tf.dispose(edge.apply(x) as tf.Tensor);
      const { length } = launched(() => {
        tf.dispose(edge.apply(x, { training: true, moment, updateStatistics: false }) as tf.Tensor);
      });
      x.dispose();
      edge.dispose();
      return length;
    };
    const one = launches(['skip_connect', 'sep_conv_3x3']);
    const most = ['max_pool_3x3', 'avg_pool_3x3', 'sep_conv_5x5', 'dil_conv_3x3', 'dil_conv_5x5'] as const;
    expect(launches(['skip_connect', 'sep_conv_3x3', ...most])).toBe(one);
  });
});
