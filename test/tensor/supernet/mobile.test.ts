import * as tf from '@tensorflow/tfjs-core';
import { createSupernet, gaussianNoise, gdas, memoryStore, mobile, pcDarts, search } from 'noisydarts';
import { decodeMobile, drawMobile } from 'noisydarts/genotype';
import {
  countCost,
  createMobileNetwork,
  type MobileArchitecture,
  mobileArchitecture,
  noisyDartsA,
} from 'noisydarts/network';
import { type MobilePrimitive, mobileCandidates } from 'noisydarts/spaces';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { everything, halves } from '../search/support';

const small = mobile({
  name: 'small',
  stem: 4,
  first: 4,
  layers: [
    { filters: 4, stride: 1 },
    { filters: 6, stride: 2 },
    { filters: 6, stride: 1 },
  ],
  features: 8,
});

const tiny = (options: object = {}) =>
  createSupernet({ space: small, classes: 2, seed: 7, inputShape: [6, 6, 1], ...options });

/** The blocks of an architecture one by one. */
const unrolled = ({ blocks, ...rest }: MobileArchitecture) => ({
  ...rest,
  blocks: blocks.flatMap(({ repeat = 1, ...block }) =>
    Array.from({ length: repeat }, (_, i) => ({ ...block, stride: i === 0 ? block.stride : 1 })),
  ),
});

describe('the mobile space', () => {
  leavesNoTensors();

  it('holds NoisyDARTS-A', () => {
    const space = mobile({ name: 'noisy_darts_a' });
    const layers = unrolled(noisyDartsA)
      .blocks.slice(1)
      .map(({ kernelSize: k, expansion }) => `mbconv${expansion}_${k}x${k}` as MobilePrimitive);
    expect(layers).toHaveLength(19);
    const found = mobileArchitecture(space, { layers });
    expect(unrolled(found)).toEqual(unrolled(noisyDartsA));
    const network = createMobileNetwork(found);
    expect(countCost(network).total.parameters).toBe(5_547_124);
    network.dispose();
  });

  it('offers six inverted bottlenecks a layer, and a skip connection where size and channels stay', () => {
    const sizes = mobileCandidates(mobile()).map((candidates) => candidates.length);
    expect(sizes).toEqual([6, 7, 6, 7, 7, 7, 6, 7, 7, 7, 6, 7, 7, 7, 6, 7, 7, 7, 6]);
  });

  it('decodes the best operation of every layer, a skip connection as no layer', () => {
    const skip = [[9, 0, 0, 0, 0, 0, 0]];
    const genotype = decodeMobile(small, {
      layer_0: skip,
      layer_1: [[0, 0, 0, 0, 1, 0]],
      layer_2: [[0, 0, 0, 5, 0, 5, 1]],
    });
    expect(genotype.layers).toEqual(['skip_connect', 'mbconv6_5x5', 'mbconv3_7x7']);
    const { blocks } = mobileArchitecture(small, genotype);
    expect(blocks.slice(1)).toEqual([
      { type: 'inverted', filters: 6, stride: 2, kernelSize: 5, expansion: 6 },
      { type: 'inverted', filters: 6, stride: 1, kernelSize: 7, expansion: 3 },
    ]);
    expect(() =>
      mobileArchitecture(small, { layers: ['mbconv6_5x5', 'skip_connect', 'mbconv6_5x5'] }),
    ).toThrow(
      /^mobileArchitecture: layer 1 of small must be one of mbconv3_3x3, .*, got 'skip_connect'; pass its own space$/,
    );
    expect(() => mobileArchitecture(mobile(), genotype)).toThrow(
      'mobileArchitecture: a network of mobile has 19 layers, got 3; pass its own space',
    );
    const drawing = drawMobile(genotype, { space: small });
    expect(drawing).toBe(drawMobile(genotype, { space: small }));
    for (const text of ['6 channels, /2', 'mbconv6 5×5', 'class="nd-skip"']) expect(drawing).toContain(text);
  });

  it('has one alpha a layer, and noise on its skip connections alone', () => {
    const supernet = tiny();
    expect(supernet.archVariables().map(({ shape }) => shape)).toEqual([
      [1, 7],
      [1, 6],
      [1, 7],
    ]);
    expect(supernet.noise.map(([edge]) => Object.keys(edge ?? {}))).toEqual([
      ['skip_connect'],
      [],
      ['skip_connect'],
    ]);
    supernet.dispose();
  });

  it('mixes what the network of the decoded architecture computes', () => {
    // Alphas so far apart that a mixture is one operation.
    const supernet = tiny({ noise: null });
    const layers = ['skip_connect', 'mbconv6_5x5', 'mbconv3_3x3'];
    for (const [i, alpha] of supernet.archVariables().entries()) {
      const candidates: readonly string[] = mobileCandidates(small)[i]!;
      tf.tidy(() => alpha.assign(tf.tensor2d([candidates.map((p) => (p === layers[i] ? 200 : 0))])));
    }
    const genotype = supernet.genotype();
    expect(genotype).toEqual({ layers });
    const network = createMobileNetwork(mobileArchitecture(small, genotype), {
      classes: 2,
      inputShape: [6, 6, 1],
    });
    const parts = [supernet.stem, supernet.first, supernet.layers[1]!.ops[4]!, supernet.layers[2]!.ops[1]!];
    const weights = [...parts, supernet.head, supernet.classifier].flatMap((layer) =>
      layer.getWeights().map((weight) => tf.clone(weight)),
    );
    const trainable = network.layers.flatMap((layer) => layer.getWeights());
    expect(weights.map(({ shape }) => shape)).toEqual(trainable.map(({ shape }) => shape));
    for (const [i, layer] of network.layers.filter((each) => each.weights.length > 0).entries()) {
      const source = [...parts, supernet.head, supernet.classifier][i]!;
      layer.setWeights(source.getWeights());
    }
    const [difference] = tf.tidy(() => {
      const x = tf.randomNormal<tf.Rank.R4>([3, 6, 6, 1], 0, 1, 'float32', 5);
      const y = network.predict(x) as tf.Tensor;
      return tf.max(tf.abs(tf.sub(supernet.forward(x), y))).dataSync();
    });
    expect(difference).toBeLessThan(1e-5);
    tf.dispose(weights);
    network.dispose();
    supernet.dispose();
  });

  it.each([
    ['plain', {}],
    ['recomputing', { recompute: 'cell' }],
    ['GDAS', { strategy: gdas({ epochs: 2 }) }],
  ])('is searched, and goes on bit for bit after a stop (%s)', async (_, options) => {
    const searched = async (more: object = {}) => {
      const supernet = tiny({ noise: gaussianNoise(), ...options });
      const run = search({
        supernet,
        train: halves('train', 8),
        valid: halves('valid', 8),
        epochs: 2,
        batchSize: 4,
        ...more,
      });
      for await (const event of run) {
        if (event.type === 'epoch')
          expect(Object.keys(event.alphas)).toEqual(['layer_0', 'layer_1', 'layer_2']);
      }
      const values = everything(supernet);
      supernet.dispose();
      return values;
    };
    const whole = await searched();
    const store = memoryStore();
    await searched({ checkpoint: { store }, signal: AbortSignal.abort() });
    expect(await searched({ resume: (await store.load())! })).toEqual(whole);
  });

  it.each([
    ['channels that could pass by', pcDarts({ edgeNormalization: false })],
    ['edges to weigh against each other', pcDarts({ share: 1 })],
  ])('has no %s', (_, strategy) => {
    expect(() => tiny({ strategy })).toThrow(
      /^createSupernet: partial channels and edge normalisation need cells, whose edges keep their channels and meet in nodes, and small is a chain of layers, got .*; use another strategy, or a space of cells$/,
    );
  });

  it('refuses sizes that cannot be', () => {
    expect(() => mobile({ stem: 0 })).toThrow('mobile: stem must be a positive integer, got 0');
  });
});
