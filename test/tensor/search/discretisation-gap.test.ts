import * as tf from '@tensorflow/tfjs-core';
import {
  createSupernet,
  evaluate,
  gaussianNoise,
  type MixedOp,
  nasBench201,
  pcDarts,
  type SearchSpace,
  type Supernet,
  subset,
} from 'noisydarts';
import { genotypeMixture } from 'noisydarts/genotype';
import { discretisationGap } from 'noisydarts/search';
import type { StrategySettings } from 'noisydarts/strategies';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { everything, halves, tinySupernet } from './support';

leavesNoTensors();

const nasBenchSupernet = (options: { strategy?: StrategySettings } = {}) =>
  createSupernet({
    space: nasBench201(),
    noise: gaussianNoise({ std: 0.2 }),
    channels: 2,
    cells: 1,
    classes: 2,
    seed: 7,
    inputShape: [6, 6, 1],
    ...options,
  });

const supernets: [name: string, make: () => Supernet][] = [
  ['darts', () => tinySupernet() as Supernet],
  ['nas-bench-201', () => nasBenchSupernet() as Supernet],
  ['partial channels', () => nasBenchSupernet({ strategy: pcDarts({ share: 2 }) }) as Supernet],
];

/** Every mixed edge of a supernet with the name and row of its alpha. */
function edges(supernet: Supernet): { op: MixedOp; alpha: string; row: number }[] {
  const cells = (
    'cells' in supernet ? supernet.cells : (supernet as never as { blocks: unknown[] }).blocks
  ) as {
    edges?: MixedOp[];
  }[];
  return cells
    .flatMap(({ edges: own }) => (own ? [own] : []))
    .flatMap((own, cell) => own.map((op, row) => ({ op, alpha: supernet.cellTypes[cell]!, row })));
}

describe.each(supernets)('with the mixtures of a genotype, the supernet of %s', (_, make) => {
  it('uses the operations that the genotype keeps, and no others', () => {
    const supernet = make();
    const x = tf.randomUniform<tf.Rank.R4>([4, 6, 6, 1], 0, 1, 'float32', 3);
    const mixture: Readonly<Record<string, number[][]>> = {
      ...genotypeMixture<SearchSpace>(supernet.space, supernet.genotype()),
    };
    const logits = (training: boolean) =>
      tf.tidy(() => {
        const pass = { training, noise: false, updateStatistics: false };
        const moment = { epoch: 0, step: 0, pass: 3 };
        return supernet.withMixtures(mixture as never, () =>
          Array.from(supernet.forward(x, { ...pass, moment }).dataSync()),
        );
      });
    const [before, trained] = [logits(false), logits(true)];
    let disturbed = 0;
    for (const { op, alpha, row } of edges(supernet)) {
      op.ops.forEach((layer, k) => {
        if (mixture[alpha]![row]![k] === 1) return;
        for (const weight of layer.trainableWeights) {
          const variable = weight.read() as tf.Variable;
          tf.tidy(() => variable.assign(tf.randomNormal(variable.shape, 0, 1, 'float32', 1)));
          disturbed += 1;
        }
      });
    }
    expect(disturbed).toBeGreaterThan(0);
    expect(logits(false)).toEqual(before);
    expect(logits(true)).toEqual(trained);
    // The mixture as alphas have it does notice.
    expect(tf.tidy(() => Array.from(supernet.forward(x).dataSync()))).not.toEqual(before);
    x.dispose();
    supernet.dispose();
  });

  it('has its own mixtures back afterwards, also after an error', () => {
    const supernet = make();
    const x = tf.ones([2, 6, 6, 1]) as tf.Tensor4D;
    const mixture = genotypeMixture<SearchSpace>(supernet.space, supernet.genotype());
    const logits = () => tf.tidy(() => Array.from(supernet.forward(x).dataSync()));
    const before = logits();
    expect(supernet.withMixtures(mixture as never, logits)).not.toEqual(before);
    expect(logits()).toEqual(before);
    expect(() =>
      supernet.withMixtures(mixture as never, () => {
        throw new Error('device lost');
      }),
    ).toThrow('device lost');
    expect(logits()).toEqual(before);
    x.dispose();
    supernet.dispose();
  });
});

describe('discretisationGap', () => {
  it.each(supernets)('measures without a trace, noise or chance: %s', async (_, make) => {
    const supernet = make();
    const before = everything(supernet as never);
    const valid = halves('valid', 8);
    const gap = await discretisationGap(supernet, valid, { batchSize: 4 });
    expect(await discretisationGap(supernet, valid, { batchSize: 4 })).toEqual(gap);
    for (const { loss, accuracy } of [gap.supernet, gap.derived]) {
      expect(loss).toBeGreaterThan(0);
      expect(accuracy).toBeGreaterThanOrEqual(0);
      expect(accuracy).toBeLessThanOrEqual(100);
    }
    expect(gap.derived.loss).not.toBe(gap.supernet.loss);
    expect(everything(supernet as never)).toEqual(before);
    supernet.dispose();
  });

  it('is nothing once the alphas are one-hot', async () => {
    const supernet = nasBenchSupernet();
    const alpha = supernet.alphas.cell;
    tf.tidy(() => {
      const winner = tf.oneHot(tf.argMax(alpha, 1) as tf.Tensor1D, alpha.shape[1]!);
      alpha.assign(tf.mul(200, tf.cast(winner, 'float32')) as tf.Tensor);
    });
    const gap = await discretisationGap(supernet, halves('valid', 8));
    expect(gap.derived.accuracy).toBe(gap.supernet.accuracy);
    expect(gap.derived.loss).toBeCloseTo(gap.supernet.loss, 5);
    supernet.dispose();
  });

  it('can use the running statistics, and then measures what an evaluation does', async () => {
    const supernet = tinySupernet();
    const valid = halves('valid', 8);
    const gap = await discretisationGap(supernet, valid, { statistics: 'running', batchSize: 3, images: 6 });
    expect(gap.supernet).toEqual(await evaluate(supernet, subset(valid, { to: 6 }), { batchSize: 3 }));
    supernet.dispose();
  });

  it('refuses options out of range', async () => {
    const supernet = tinySupernet();
    const valid = halves('valid', 8);
    await expect(discretisationGap(supernet, valid, { images: 0 })).rejects.toThrow(
      new RangeError(
        'discretisationGap: images must be a positive integer, got 0; correct it or leave it out',
      ),
    );
    await expect(discretisationGap(supernet, valid, { statistics: 'all' as 'batch' })).rejects.toThrow(
      "discretisationGap: statistics must be 'batch' or 'running', got 'all'; correct it or leave it out",
    );
    supernet.dispose();
  });
});
