import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';
import { crossEntropy } from '../../src/kernels';
import { differentiate } from '../support/gradients';
import { leavesNoTensors } from '../support/memory';
import { type Digest, describeGolden, type TensorFixture } from './support/fixtures';
import type { GenotypeFixture } from './support/genotypes';
import { type BatchFixture, goldenBatch, goldenSupernet, type SupernetFixture } from './support/supernet';
import { zip } from './support/weights';

interface NetworkCase extends SupernetFixture, BatchFixture {
  readonly n_params?: number;
  readonly logits: TensorFixture;
  readonly loss: number;
  readonly grad_alphas_normal: TensorFixture;
  readonly grad_alphas_reduce: TensorFixture;
  readonly grads: Readonly<Record<string, Digest | TensorFixture>>;
  /** Of some of the norms. */
  readonly running_after?: Readonly<Record<string, TensorFixture>>;
  readonly logits_eval_after_that_forward: TensorFixture;
  readonly loss_eval?: number;
  readonly genotype?: GenotypeFixture;
}

interface NetworkFixture {
  readonly primitives: readonly string[];
  readonly networks: Readonly<Record<string, NetworkCase>>;
}

describeGolden<NetworkFixture>('network', (fixture, golden) => {
  for (const [name, c] of Object.entries(fixture.networks)) {
    describe(name, () => {
      leavesNoTensors();

      golden.case(`training and evaluation of ${name}`, () => {
        const { supernet, named, running, dispose } = goldenSupernet(c, fixture.primitives, c.input);
        const { x, y: target, dispose: disposeBatch } = goldenBatch(c);
        const weights = Object.values(named);
        const { N, hw } = c.config;
        golden.exact(x.shape, N && hw && [N, ...hw, 3], 'shape of the input');
        golden.exact(
          weights.reduce((sum, { size }) => sum + size, 0),
          c.n_params,
          'parameters',
        );

        const { normal, reduce } = supernet.alphas;
        let logits: tf.Tensor2D | undefined;
        const { y: loss, grads } = differentiate(() => {
          logits = tf.keep(supernet.forward(x, { training: true }));
          return crossEntropy(logits, target);
        }, [normal, reduce, ...weights]);
        golden.compare('logits', logits!, c.logits);
        golden.compare('loss', loss, c.loss);
        golden.compare('grad_alphas_normal', grads[0]!, c.grad_alphas_normal);
        golden.compare('grad_alphas_reduce', grads[1]!, c.grad_alphas_reduce);
        golden.compareAll('grads', zip(Object.keys(named), grads.slice(2)), c.grads);
        for (const [statistic, expected] of Object.entries(c.running_after ?? {})) {
          golden.compare('running_after', running[statistic]!, expected, statistic);
        }

        const evaluated = supernet.forward(x, { training: false });
        const evaluatedLoss = supernet.loss({ x, y: target });
        golden.compare('logits_eval_after_that_forward', evaluated, c.logits_eval_after_that_forward);
        golden.compare('loss_eval', evaluatedLoss, c.loss_eval);

        const genotype = supernet.genotype();
        golden.exact(
          {
            normal: genotype.normal,
            normal_concat: genotype.normalConcat,
            reduce: genotype.reduce,
            reduce_concat: genotype.reduceConcat,
          },
          c.genotype,
          'genotype',
        );
        dispose();
        disposeBatch();
        tf.dispose([logits!, loss, evaluated, evaluatedLoss, [...grads]]);
      });
    });
  }
});
