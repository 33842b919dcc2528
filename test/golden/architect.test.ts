import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, vi } from 'vitest';
import { type ArchGradient, createArchitect, mixedHessianVectorProduct, passes } from '../../src/architect';
import { withoutTrace, withValues } from '../../src/architect/with-values';
import { adam, clipByGlobalNorm, globalNorm, lossGradients, type Sgd, sgd } from '../../src/optimizers';
import type { LabelledBatch } from '../../src/supernet';
import { leavesNoTensors } from '../support/memory';
import { type Digest, describeGolden, type Golden, type TensorFixture } from './support/fixtures';
import {
  type BatchFixture,
  type GoldenSupernet,
  goldenBatch,
  goldenSupernet,
  referredPrimitives,
  referredSupernet,
} from './support/supernet';

interface AlphaGradients {
  readonly grad_alphas_normal: TensorFixture;
  readonly grad_alphas_reduce: TensorFixture;
}

interface ArchStep extends AlphaGradients {
  readonly alphas_normal_after: TensorFixture;
  readonly alphas_reduce_after: TensorFixture;
}

interface UnrolledStep extends ArchStep {
  readonly unrolled_weights_l2: number;
  readonly vector_l2: number;
  readonly R: number;
  readonly implicit_normal: TensorFixture;
  readonly implicit_reduce: TensorFixture;
  readonly dalpha_normal: TensorFixture;
  readonly dalpha_reduce: TensorFixture;
  readonly train_loss: number;
  readonly unrolled_valid_loss: number;
}

interface WeightSteps {
  readonly train_batches: readonly number[];
  readonly grad_clip: number;
  readonly losses: readonly number[];
  readonly grad_norms_before_clip: readonly number[];
  readonly weights_after: Readonly<Record<string, Digest>>;
}

interface SearchLoop extends WeightSteps {
  readonly valid_batches: readonly number[];
  readonly alpha_grads: readonly AlphaGradients[];
  readonly alphas_after: readonly {
    readonly alphas_normal: TensorFixture;
    readonly alphas_reduce: TensorFixture;
  }[];
  readonly stem_bn_running_after: { readonly mean: TensorFixture; readonly var: TensorFixture };
}

interface ArchitectFixture {
  /** Names the supernet, as in `network.json: networks.NAME (weights, alphas)`. */
  readonly network: string;
  readonly eta: number;
  readonly momentum: number;
  readonly weight_decay: number;
  readonly adam: {
    readonly lr: number;
    readonly betas: readonly [number, number];
    readonly eps: number;
    readonly weight_decay: number;
  };
  readonly hvp_r: number;
  readonly batches: readonly BatchFixture[];
  readonly first_order?: { readonly valid_batches: readonly number[]; readonly steps: readonly ArchStep[] };
  readonly second_order?: {
    readonly train_batches: readonly number[];
    readonly valid_batches: readonly number[];
    readonly steps: readonly [UnrolledStep, ...ArchStep[]];
  };
  readonly weight_steps?: WeightSteps & { readonly loss_on_first_batch_after_three_steps: number };
  readonly weight_steps_clip_active?: WeightSteps & {
    readonly loss_on_first_batch_after_three_steps: number;
  };
  readonly search_loop_first_order?: SearchLoop;
  readonly search_loop_second_order?: SearchLoop;
}

// Thirty passes forward and back on the cpu backend, on a machine that may be busy.
vi.setConfig({ testTimeout: 600_000 });

const orders = ['first', 'second'] as const;
type Order = (typeof orders)[number];

describeGolden<ArchitectFixture>('architect', (fixture, golden) => {
  leavesNoTensors();

  let net: GoldenSupernet;
  let batches: ReturnType<typeof goldenBatch>[];
  let weightOptimizer: Sgd;

  beforeAll(() => {
    const { network, batches: pool } = fixture;
    net = goldenSupernet(referredSupernet(network), referredPrimitives(network), pool[0]!.input);
    batches = fixture.batches.map(goldenBatch);
  });
  afterAll(() => {
    net.dispose();
    for (const batch of batches) batch.dispose();
  });
  beforeEach(() => net.reset());

  function setUp(order: Order) {
    const { eta, momentum, weight_decay, hvp_r } = fixture;
    const { lr, betas, eps, weight_decay: alphaDecay } = fixture.adam;
    weightOptimizer = sgd({ learningRate: eta, momentum, weightDecay: weight_decay });
    const optimizer = adam({ learningRate: lr, betas, epsilon: eps, weightDecay: alphaDecay });
    const model = net.supernet;
    const architect =
      order === 'first'
        ? createArchitect<LabelledBatch>({ model, optimizer })
        : createArchitect<LabelledBatch>({ model, optimizer, order, weightOptimizer, r: hvp_r });
    const dispose = () => {
      weightOptimizer.dispose();
      optimizer.dispose();
    };
    return { architect, optimizer, dispose };
  }

  /** A step of alpha that shows its gradient, as `architect.step` takes it. */
  function archStep(
    { architect, optimizer }: ReturnType<typeof setUp>,
    train: LabelledBatch,
    valid: LabelledBatch,
  ) {
    const result = architect.gradient({ train, valid });
    optimizer.step(net.supernet.archVariables(), result.grads);
    return result;
  }

  function compareGradients(gradient: ArchGradient, expected: AlphaGradients, at: string): void {
    const [normal, reduce] = gradient.grads;
    golden.compare('grad_alphas_normal', normal!, expected.grad_alphas_normal, `${at}, normal`);
    golden.compare('grad_alphas_reduce', reduce!, expected.grad_alphas_reduce, `${at}, reduce`);
    for (const tensor of [normal, reduce, gradient.validLoss, gradient.trainLoss]) tensor?.dispose();
  }

  for (const order of orders) {
    golden.part(`${order} order`, fixture[`${order}_order`], ({ steps, valid_batches }) =>
      golden.case(`${order} order, ${steps.length} steps of alpha`, () => {
        const setting = setUp(order);
        const before = net.supernet.weightVariables().map((weight) => weight.dataSync().slice());
        for (const [i, expected] of steps.entries()) {
          const train = order === 'first' ? i : fixture.second_order!.train_batches[i]!;
          const gradient = archStep(setting, batches[train]!, batches[valid_batches[i]!]!);
          if (order === 'second' && i === 0) {
            golden.compare('train_loss', gradient.trainLoss!, fixture.second_order!.steps[0].train_loss);
            golden.compare(
              'unrolled_valid_loss',
              gradient.validLoss,
              fixture.second_order!.steps[0].unrolled_valid_loss,
            );
          }
          compareGradients(gradient, expected, `step ${i}`);
          golden.compare('alphas_normal_after', net.supernet.alphas.normal, expected.alphas_normal_after);
          golden.compare('alphas_reduce_after', net.supernet.alphas.reduce, expected.alphas_reduce_after);
        }
        golden.exact(
          net.supernet.weightVariables().map((weight) => weight.dataSync().slice()),
          before,
          'weights after the steps',
        );
        setting.dispose();
      }),
    );
  }

  golden.part('intermediate values of second order', fixture.second_order, () =>
    golden.case('second order, intermediate values of the first step', () => {
      const setting = setUp('second');
      compareIntermediates(golden, fixture, net, batches, weightOptimizer);
      setting.dispose();
    }),
  );

  /** One step of the weights; the loss and the norm before clipping. */
  function weightStep(batch: LabelledBatch, clip: number): [loss: number, norm: number] {
    const weights = net.supernet.weightVariables();
    const { loss, grads } = lossGradients(
      () => net.supernet.loss(batch, { training: true, moment: { epoch: 0, step: 0, pass: passes.weights } }),
      weights,
    );
    const clipped = clipByGlobalNorm(grads, clip);
    weightOptimizer.step(weights, clipped.grads);
    const result: [number, number] = [loss.dataSync()[0]!, clipped.norm.dataSync()[0]!];
    tf.dispose([loss, clipped.norm, grads as tf.Tensor[], clipped.grads as tf.Tensor[]]);
    return result;
  }

  function compareWeights(expected: Readonly<Record<string, Digest>>): void {
    const actual = Object.fromEntries(Object.keys(expected).map((name) => [name, net.named[name]!]));
    golden.compareAll('weights_after', actual, expected);
  }

  for (const name of ['weight_steps', 'weight_steps_clip_active'] as const) {
    golden.part(name, fixture[name], (expected) =>
      golden.case(`${name}: ${expected.train_batches.length} steps clipped at ${expected.grad_clip}`, () => {
        const setting = setUp('first');
        const alphas = net.supernet.archVariables().map((alpha) => alpha.dataSync().slice());
        for (const [i, batch] of expected.train_batches.entries()) {
          const [loss, norm] = weightStep(batches[batch]!, expected.grad_clip);
          golden.compare('losses', loss, expected.losses[i]!, `loss of step ${i}`);
          golden.compare(
            'grad_norms_before_clip',
            norm,
            expected.grad_norms_before_clip[i]!,
            `norm of step ${i}`,
          );
        }
        compareWeights(expected.weights_after);
        const loss = net.supernet.loss(batches[expected.train_batches[0]!]!, { training: true });
        golden.compare(
          'loss_on_first_batch_after_three_steps',
          loss,
          expected.loss_on_first_batch_after_three_steps,
        );
        loss.dispose();
        golden.exact(
          net.supernet.archVariables().map((alpha) => alpha.dataSync().slice()),
          alphas,
          'alphas after the steps',
        );
        setting.dispose();
      }),
    );
  }

  for (const order of orders) {
    golden.part(`search loop, ${order} order`, fixture[`search_loop_${order}_order`], (expected) =>
      golden.case(`search loop, ${order} order, ${expected.train_batches.length} iterations`, () => {
        const setting = setUp(order);
        for (const [i, index] of expected.train_batches.entries()) {
          const train = batches[index]!;
          const gradient = archStep(setting, train, batches[expected.valid_batches[i]!]!);
          compareGradients(gradient, expected.alpha_grads[i]!, `iteration ${i}`);
          const after = expected.alphas_after[i]!;
          golden.compare(
            'alphas_normal',
            net.supernet.alphas.normal,
            after.alphas_normal,
            `after iteration ${i}`,
          );
          golden.compare(
            'alphas_reduce',
            net.supernet.alphas.reduce,
            after.alphas_reduce,
            `after iteration ${i}`,
          );
          const [loss, norm] = weightStep(train, expected.grad_clip);
          golden.compare('losses', loss, expected.losses[i]!, `loss of iteration ${i}`);
          golden.compare(
            'grad_norms_before_clip',
            norm,
            expected.grad_norms_before_clip[i]!,
            `norm of iteration ${i}`,
          );
        }
        compareWeights(expected.weights_after);
        // The first batch norm of the stem is the first to be created, mean before variance.
        const [mean, variance] = net.supernet.stateVariables();
        golden.compare('stem_bn_running_after', mean!, expected.stem_bn_running_after.mean, 'running mean');
        golden.compare(
          'stem_bn_running_after',
          variance!,
          expected.stem_bn_running_after.var,
          'running variance',
        );
        setting.dispose();
      }),
    );
  }
});

/** The parts that the second-order gradient is made of, one by one. */
function compareIntermediates(
  golden: Golden,
  fixture: ArchitectFixture,
  { supernet }: GoldenSupernet,
  batches: readonly LabelledBatch[],
  weightOptimizer: Sgd,
): void {
  const { train_batches, valid_batches, steps } = fixture.second_order!;
  const [expected] = steps;
  const [train, valid] = [batches[train_batches[0]!]!, batches[valid_batches[0]!]!];
  const options = { training: true, moment: { epoch: 0, step: 0, pass: passes.train } };
  const [weights, alphas] = [supernet.weightVariables(), supernet.archVariables()];
  tf.tidy(() => {
    const unrolled = weightOptimizer.preview(
      weights,
      lossGradients(() => supernet.loss(train, options), weights).grads,
    );
    golden.compare('unrolled_weights_l2', globalNorm(unrolled), expected.unrolled_weights_l2);
    const { grads } = withoutTrace(supernet, () =>
      withValues(weights, unrolled, () =>
        lossGradients(() => supernet.loss(valid, options), [...alphas, ...weights]),
      ),
    );
    golden.compare('dalpha_normal', grads[0]!, expected.dalpha_normal);
    golden.compare('dalpha_reduce', grads[1]!, expected.dalpha_reduce);
    const vector = grads.slice(alphas.length);
    const norm = globalNorm(vector);
    golden.compare('vector_l2', norm, expected.vector_l2);
    golden.compare('R', fixture.hvp_r / norm.dataSync()[0]!, expected.R);
    const implicit = mixedHessianVectorProduct(supernet, train, vector, fixture.hvp_r, options);
    golden.compare('implicit_normal', implicit[0]!, expected.implicit_normal);
    golden.compare('implicit_reduce', implicit[1]!, expected.implicit_reduce);
  });
}
