import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { depthwiseConv2d } from 'noisydarts/kernels';
import { verifyBackend } from 'noisydarts/verify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backend } from '../../support/backend';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';
import { registerTfjsNodeLike } from '../../support/tfjs-node-like';
import { free, tinyNetwork, trained } from '../network/training/support';
import { tinySearch, tinySupernet } from '../search/support';

const DILATED = 'NoisyDartsDepthwiseConv2d';

// It brings its own backends.
describe.skipIf(backend !== 'cpu')('a backend with the kernels and the fault of tfjs-node', () => {
  leavesNoTensors();

  const use = async (name: string) => {
    registerTfjsNodeLike(name);
    await tf.setBackend(name);
  };
  let before = '';
  beforeEach(() => {
    before = tf.getBackend();
  });
  afterEach(async () => {
    await tf.setBackend(before);
  });

  const dilated = () => {
    const [x, filter] = [normal<tf.Rank.R4>([1, 6, 5, 3], 1), normal<tf.Rank.R4>([3, 3, 3, 1], 2)];
    const y = depthwiseConv2d(x, filter, { dilation: 2 });
    const values = y.dataSync();
    tf.dispose([x, filter, y]);
    return values;
  };

  it('is right under the name that the library knows', async () => {
    const right = dilated();
    await use('tensorflow');
    expect(dilated()).toEqual(right);
    const { backend: name, ok } = await verifyBackend({ quick: true });
    expect({ name, ok }).toEqual({ name: 'tensorflow', ok: true });
  });

  it('is wrong under another name, and found out', async () => {
    const right = dilated();
    await use('tfjs-node-like');
    expect(dilated()).not.toEqual(right);
    const { kernels } = await verifyBackend({ quick: true });
    expect(kernels.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual([
      DILATED,
      `${DILATED}InputGrad`,
      `${DILATED}FilterGrad`,
      'mixed edge',
      'mixed edge, gradients',
      'mixed edge, running statistics',
    ]);
  });

  it('is searched and trained on where it is right, refused where it is wrong', async () => {
    await use('tensorflow');
    const { events, supernet } = await tinySearch({ epochs: 1 });
    supernet.dispose();
    expect(events.at(-1)!.type).toBe('done');
    const network = tinyNetwork();
    expect((await trained({ network, epochs: 1 })).at(-1)!.type).toBe('done');
    free(network);
    await use('tfjs-node-like');
    const refused = (fn: string) =>
      new RegExp(`^${fn}: the backend 'tfjs-node-like' computes wrongly, got .*${DILATED}: `);
    const [unsearched, untrained] = [tinySupernet(), tinyNetwork()];
    await expect(tinySearch({}, unsearched)).rejects.toThrow(refused('search'));
    await expect(trained({ network: untrained })).rejects.toThrow(refused('trainNetwork'));
    unsearched.dispose();
    free(untrained);
  });
});
