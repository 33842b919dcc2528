import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishedGenotype } from '../../../src/catalogue';
import { genotypeToJson } from '../../../src/genotype';
import { createNetwork } from '../../../src/network';
import { readSafetensors, writeSafetensors } from '../../../src/node';
import { loadStateDict, stateDict } from '../../../src/pytorch';
import { darts } from '../../../src/spaces';
import { createSupernet, type Supernet } from '../../../src/supernet';
import { PYTHON, torchNote } from './support';

const script = fileURLToPath(new URL('../../../examples/from-pytorch/network.py', import.meta.url));
const genotype = publishedGenotype('noisy_darts_a');

const targets = {
  cifar: (channels: number, cells: number, size: number) =>
    createNetwork(genotype, { channels, cells, classes: 5, inputShape: [size, size, 3] }),
  imagenet: (channels: number, cells: number, size: number) =>
    createNetwork(genotype, { kind: 'imagenet', channels, cells, classes: 5, inputShape: [size, size, 3] }),
  supernet: (channels: number, cells: number, size: number) =>
    createSupernet({ space: darts(), channels, cells, classes: 5, inputShape: [size, size, 3] }) as Supernet,
};

describe.skipIf(torchNote !== '')(`weights made by PyTorch${torchNote}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'noisydarts-'));
    writeFileSync(join(folder, 'genotype.json'), genotypeToJson(genotype));
    await tf.setBackend('cpu');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['cifar', { channels: 2, cells: 3, size: 32 }],
    ['imagenet', { channels: 2, cells: 3, size: 224 }],
    ['supernet', { channels: 2, cells: 2, size: 16 }],
  ] as const)('give the same logits here, and back there: %s', async (kind, { channels, cells, size }) => {
    const options = { kind, channels, cells, size, classes: 5, genotype: join(folder, 'genotype.json') };
    const python = (action: string, file: string) => {
      const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
      return execFileSync(PYTHON, [script, action, file, ...flags], { encoding: 'utf8' });
    };
    const made = join(folder, `${kind}.safetensors`);
    python('make', made);
    const { tensors } = await readSafetensors(made);
    const isExample = ({ name }: { readonly name: string }) => name.startsWith('example.');
    const examples = tensors.filter(isExample);
    const target: LayersModel | Supernet = targets[kind](channels, cells, size);
    loadStateDict(
      target,
      tensors.filter((tensor) => !isExample(tensor)),
    );

    const [images, ...expected] = examples;
    const outputs = tf.tidy(() => {
      const x = tf.tensor4d(images!.data, images!.shape as [number, number, number, number]);
      const logits = target.apply(tf.transpose(x, [0, 2, 3, 1]), { training: false });
      return (Array.isArray(logits) ? logits : [logits]) as tf.Tensor[];
    });
    expect(outputs).toHaveLength(expected.length);
    for (const [i, logits] of outputs.entries()) {
      const theirs = expected[i]!.data;
      const largest = theirs.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      const worst = (logits.dataSync() as Float32Array).reduce(
        (most, x, j) => Math.max(most, Math.abs(x - theirs[j]!)),
        0,
      );
      expect(worst / largest, `logits ${i}`).toBeLessThan(1e-5);
    }

    const back = join(folder, `${kind}-back.safetensors`);
    await writeSafetensors(back, [...(await stateDict(target)), ...examples]);
    const { largest_difference } = JSON.parse(python('check', back)) as { largest_difference: number };
    expect(largest_difference).toBe(0);
  });
});
