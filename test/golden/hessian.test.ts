import * as tf from '@tensorflow/tfjs-core';
import { vi } from 'vitest';
import { archHessian, dominantEigenvalue, hessianVectorProduct, symmetricEigen } from '../../src/analysis';
import { lossGradients } from '../../src/optimizers';
import { leavesNoTensors } from '../support/memory';
import { describeGolden, type TensorFixture, values } from './support/fixtures';
import {
  type BatchFixture,
  goldenBatch,
  goldenSupernet,
  referredPrimitives,
  referredSupernet,
  type SupernetFixture,
} from './support/supernet';

// Hundreds of gradients, on a machine that may be busy.
vi.setConfig({ testTimeout: 1_800_000 });

interface Gradients {
  readonly grad_normal: TensorFixture;
  readonly grad_reduce: TensorFixture;
}

interface HessianFixture {
  readonly arch_weight_decay: number;
  /** A supernet whose loss is smooth around its alphas. */
  readonly small?: SupernetFixture &
    BatchFixture &
    Gradients & {
      readonly n: number;
      /** Upper triangle, row by row, diagonal included. */
      readonly hessian_upper: TensorFixture;
      readonly max_eigenvalue: number;
      readonly min_eigenvalue: number;
      readonly second_eigenvalue: number;
      readonly max_abs_eigenvalue: number;
      readonly trace: number;
      readonly frobenius: number;
      readonly finite_difference_check: {
        /** By precision and step, as in `float32 h=0.001`. */
        readonly errors: Readonly<Record<string, { readonly rel_frobenius_error: number }>>;
      };
    };
  /** A supernet whose loss has kinks closer than any step that float32 can take. */
  readonly full_steps?: BatchFixture &
    Gradients & {
      /** Names the supernet, as in `network.json: networks.NAME`. */
      readonly network: string;
      readonly n?: number;
      readonly hvps?: readonly {
        readonly v: TensorFixture;
        readonly finite_difference: { readonly h: number; readonly Hv_fd: TensorFixture };
      }[];
    };
}

describeGolden<HessianFixture>('hessian', (fixture, golden) => {
  leavesNoTensors();

  const weightDecay = fixture.arch_weight_decay;
  const { small, full_steps } = fixture;

  function open(supernet: SupernetFixture, data: BatchFixture) {
    const net = goldenSupernet(supernet, referredPrimitives(full_steps?.network), data.input);
    const batch = goldenBatch(data);
    const dispose = () => {
      net.dispose();
      batch.dispose();
    };
    return { model: net.supernet, batch, dispose };
  }

  function openFull() {
    return open(referredSupernet(full_steps!.network), full_steps!);
  }

  for (const [name, part, load] of [
    ['small', small, () => open(small!, small!)],
    ['full', full_steps, openFull],
  ] as const)
    golden.part(`${name}: gradient over alpha`, part, (expected) => {
      golden.case(`${name}: gradient over alpha`, () => {
        const { model, batch, dispose } = load();
        const alphas = model.archVariables();
        const { loss, grads } = lossGradients(() => model.loss(batch, { training: true }), alphas);
        // As the Hessian, the fixture's gradient is that of the loss with alpha's weight decay.
        const decayed = grads.map((grad, i) => tf.tidy(() => tf.add(grad!, tf.mul(alphas[i]!, weightDecay))));
        golden.compare('grad_normal', decayed[0]!, expected.grad_normal);
        golden.compare('grad_reduce', decayed[1]!, expected.grad_reduce);
        const size = alphas.reduce((sum, alpha) => sum + alpha.size, 0);
        golden.exact(size, expected.n, 'number of alphas');
        tf.dispose([loss, ...decayed, ...(grads as tf.Tensor[])]);
        dispose();
      });
    });

  golden.part('small: the whole Hessian', small, (small) =>
    golden.case('small: the whole Hessian and its spectrum', async () => {
      const { model, batch, dispose } = open(small, small);
      // The largest step that the fixture tried in float32, and the error that PyTorch made with it.
      const [key, { rel_frobenius_error }] = Object.entries(small.finite_difference_check.errors)
        .filter(([name]) => name.startsWith('float32'))
        .sort(([a], [b]) => stepOf(b) - stepOf(a))[0]!;
      const step = stepOf(key);

      const { matrix, size } = await archHessian(model, batch, { step, weightDecay, average: 4 });
      golden.exact(size, small.n, 'number of alphas');
      const exact = square(values(small.hessian_upper), size);
      const error = norm(exact.map((x, i) => x - matrix[i]!)) / norm(exact);
      golden.exact(
        error <= rel_frobenius_error,
        true,
        `Frobenius error ${error} within ${rel_frobenius_error}`,
      );
      golden.compare('frobenius', norm(matrix), small.frobenius);

      const { values: spectrum } = symmetricEigen(matrix, size);
      golden.compare(
        'trace',
        spectrum.reduce((sum, x) => sum + x, 0),
        small.trace,
      );
      const [max, second, min] = [spectrum[0]!, spectrum[1]!, spectrum[size - 1]!];
      // An error in the matrix moves each eigenvalue by up to its norm, whatever the eigenvalue's own size: all are
      // measured on the scale of the largest, as the elements of one tensor are.
      const onScale = (value: number) => [value, small.max_abs_eigenvalue];
      golden.compare('max_eigenvalue', onScale(max), onScale(small.max_eigenvalue));
      golden.compare('second_eigenvalue', onScale(second), onScale(small.second_eigenvalue));
      golden.compare('min_eigenvalue', onScale(min), onScale(small.min_eigenvalue));
      golden.compare('max_abs_eigenvalue', Math.max(Math.abs(max), Math.abs(min)), small.max_abs_eigenvalue);

      const found = await dominantEigenvalue(model, batch, { step, weightDecay, average: 4 });
      golden.compare('max_eigenvalue', found.max, small.max_eigenvalue, 'max_eigenvalue by Lanczos');
      dispose();
    }),
  );

  // Its second derivatives proper (Hv, diagonal, eigenvalues) are out of reach of differences: a step crosses kinks.
  golden.part('full: products with vectors', full_steps?.hvps, (hvps) =>
    golden.case(`full: products with ${hvps.length} vectors`, async () => {
      const { model, batch, dispose } = openFull();
      for (const { v, finite_difference } of hvps) {
        const vector = values(v);
        const step = finite_difference.h * norm(vector);
        const product = await hessianVectorProduct(model, batch, vector, { step, weightDecay });
        golden.compare('Hv_fd', product, finite_difference.Hv_fd);
      }
      dispose();
    }),
  );
});

const stepOf = (key: string): number => Number(/h=(\S+)/.exec(key)![1]);

const norm = (x: ArrayLike<number>): number =>
  Math.sqrt(Array.from(x).reduce((sum, each) => sum + each * each, 0));

/** The full matrix of an upper triangle. */
function square(upper: readonly number[], size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  let at = 0;
  for (let i = 0; i < size; i++)
    for (let j = i; j < size; j++) {
      matrix[i * size + j] = upper[at]!;
      matrix[j * size + i] = upper[at++]!;
    }
  return matrix;
}
