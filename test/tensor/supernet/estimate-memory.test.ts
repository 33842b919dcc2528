import * as tf from '@tensorflow/tfjs-core';
import {
  createSupernet,
  darts,
  defineSpace,
  gdas,
  mobile,
  nasBench201,
  pcDarts,
  type Supernet,
  type SupernetOptions,
  sgd,
} from 'noisydarts';
import { localEngine, weightStep } from 'noisydarts/search';
import { dartsMinus, sdartsAdv } from 'noisydarts/strategies';
import { estimateMemory } from 'noisydarts/supernet';
import { describe, expect, it } from 'vitest';
import { supernetFootprints } from '../../../src/supernet/memory/parts';
import { backend } from '../../support/backend';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';

const batchSize = 16;
const inputShape = [16, 16, 3] as const;
const chain = mobile({
  name: 'chain',
  stem: 8,
  first: 8,
  layers: [
    { filters: 8, stride: 1 },
    { filters: 16, stride: 2 },
    { filters: 16, stride: 1 },
  ],
  features: 32,
});

/** Little but skip connections, so that a second one an edge tells. */
const skips = defineSpace({ name: 'skips', primitives: ['none', 'skip_connect'], nodes: 2 });

const create = ({ space = darts(), ...options }: Partial<SupernetOptions>): Supernet =>
  createSupernet({
    space,
    ...(space.kind !== 'mobile' && { channels: 8, cells: 3 }),
    seed: 1,
    inputShape: [...inputShape],
    ...options,
  });

/** Makes all edges of an alpha choose a candidate: one for the first alpha, one for all others. */
function favour(supernet: Supernet, [first, others]: readonly [string, string]): void {
  for (const [i, alpha] of supernet.archVariables().entries()) {
    const column = supernet.space.primitives.indexOf(i === 0 ? first : others);
    tf.tidy(() => {
      const offset = alpha.shape[1]! < supernet.space.primitives.length ? 1 : 0;
      const row = Array.from({ length: alpha.shape[1]! }, (_, k) => (k === column - offset ? 50 : 0));
      alpha.assign(tf.tensor2d(Array.from({ length: alpha.shape[0]! }, () => row)));
    });
  }
}

/** Bytes that two weight steps take from the heap at most. */
async function measured(supernet: Supernet): Promise<number> {
  const { wasm } = tf.backend() as unknown as {
    wasm: { _malloc(bytes: number): number; _free(address: number): void };
  };
  // Both replace themselves when they are first called.
  wasm._free(wasm._malloc(8));
  const { _malloc, _free } = wasm;
  const sizes = new Map<number, number>();
  let now = 0;
  let most = 0;
  wasm._malloc = (bytes) => {
    const address = _malloc(bytes);
    sizes.set(address, bytes);
    now += bytes;
    most = Math.max(most, now);
    return address;
  };
  wasm._free = (address) => {
    now -= sizes.get(address) ?? 0;
    sizes.delete(address);
    _free(address);
  };
  const optimizer = sgd({ learningRate: 0.01, momentum: 0.9 });
  const images = {
    x: normal<tf.Rank.R4>([batchSize, ...inputShape], 'x'),
    y: tf.tensor1d(
      Array.from({ length: batchSize }, (_, i) => i % 10),
      'int32',
    ),
  };
  try {
    for (const step of [0, 1]) await weightStep(localEngine(supernet), optimizer, images, { epoch: 0, step });
  } finally {
    Object.assign(wasm, { _malloc, _free });
    optimizer.dispose();
    tf.dispose(Object.values(images));
  }
  // The weights were there before.
  return (
    most +
    4 * supernet.weights.reduce((sum, weight) => sum + tf.util.sizeFromShape(weight.shape as number[]), 0)
  );
}

describe('estimateMemory', () => {
  leavesNoTensors();

  // What is estimated is the memory with the training kernels on.
  it.runIf(backend === 'wasm-fast').each<[string, Partial<SupernetOptions>, [string, string]?]>([
    ['darts', {}],
    ['darts, recomputing', { recompute: 'cell' }],
    ['darts, pc-darts', { strategy: pcDarts() }],
    ['skips, darts-minus', { space: skips, strategy: dartsMinus() }],
    ['skips, sdarts-adv', { space: skips, strategy: sdartsAdv({ steps: 1 }) }],
    ['darts, gdas', { strategy: gdas() }, ['sep_conv_5x5', 'skip_connect']],
    ['nas-bench-201', { space: nasBench201(), cells: 1 }],
    ['nas-bench-201, gdas', { space: nasBench201(), cells: 1, strategy: gdas() }, ['nor_conv_3x3', '']],
    ['mobile', { space: chain }],
    ['mobile, recomputing', { space: chain, recompute: 'cell' }],
    ['mobile, gdas', { space: chain, strategy: gdas() }, ['mbconv6_7x7', 'mbconv6_7x7']],
  ])('comes near what two steps take: %s', async (_, options, heaviest) => {
    const supernet = create(options);
    if (heaviest) favour(supernet, heaviest);
    const { activations, parameters } = estimateMemory(supernet, { batchSize, inputShape });
    const ratio = (activations + parameters) / (await measured(supernet));
    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.2);
    supernet.dispose();
  });

  it('counts one operation an edge for gdas, and a part of the channels for pc-darts', () => {
    for (const space of [darts(), nasBench201()]) {
      const [all, one] = [{}, { strategy: gdas() }].map((options) => {
        const supernet = create({ space, ...options });
        const estimate = estimateMemory(supernet, { batchSize, inputShape });
        supernet.dispose();
        return estimate;
      });
      expect(one!.activations).toBeLessThan(0.8 * all!.activations);
      expect(one!.parameters).toBeLessThan(all!.parameters);
    }
    const kept = [4, 8].map((share) => {
      const supernet = create({ strategy: pcDarts({ share }) });
      const parts = supernetFootprints(supernet, [null, ...inputShape]);
      const sum = parts.reduce((total, part) => total + part.kept, 0);
      supernet.dispose();
      return sum;
    });
    expect(kept[1]).toBeLessThan(kept[0]!);
  });
});
