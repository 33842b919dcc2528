import * as tf from '@tensorflow/tfjs-core';
import { adam, clipByGlobalNorm, cosine, linear, type Optimizer, sgd } from '../../src/optimizers';
import { leavesNoTensors } from '../support/memory';
import { describeGolden, type TensorFixture, toTensor } from './support/fixtures';

interface Rule {
  readonly lr: number;
  readonly weight_decay: number;
  /** The weights after each step. */
  readonly w_after: readonly TensorFixture[];
}

interface MiscOptimizers {
  readonly cosine_lr?: {
    readonly cases: readonly {
      readonly base_lr: number;
      readonly T_max: number;
      readonly eta_min: number;
      readonly t: readonly number[];
      readonly lr: readonly number[];
    }[];
  };
  readonly drop_path_schedule?: {
    readonly p: number;
    readonly epochs: number;
    readonly e: readonly number[];
    readonly value: readonly number[];
  };
  readonly optimizers?: {
    readonly w: TensorFixture;
    readonly grads: readonly TensorFixture[];
    readonly sgd?: Rule & { readonly momentum: number; readonly nesterov?: boolean };
    readonly adam?: Rule & { readonly betas: readonly [number, number]; readonly eps: number };
  };
  readonly clip_grad_norm?: {
    readonly grads: readonly TensorFixture[];
    readonly cases: readonly {
      readonly max_norm: number;
      readonly total_norm: number;
      readonly clipped: readonly TensorFixture[];
    }[];
  };
}

describeGolden<MiscOptimizers>('misc', (fixture, golden) => {
  leavesNoTensors();

  // Schedules are plain double arithmetic: what the fixture's eight digits leave open is all they may differ by.
  const printed = (value: number) => Number(value.toPrecision(8));

  for (const [i, { base_lr, T_max, eta_min, t, lr }] of (fixture.cosine_lr?.cases ?? []).entries()) {
    golden.case(`cosine learning rate ${i}: ${base_lr} to ${eta_min} in ${T_max} epochs`, () => {
      const schedule = cosine({ from: base_lr, to: eta_min, epochs: T_max });
      for (const [k, epoch] of t.entries())
        golden.exact(closeInPrint(schedule(epoch), lr[k]!), true, `lr(${epoch})`);
    });
  }

  golden.part('drop path schedule', fixture.drop_path_schedule, ({ p, epochs, e, value }) =>
    golden.case('drop path schedule', () => {
      const schedule = linear({ from: 0, to: p, epochs });
      for (const [k, epoch] of e.entries())
        golden.exact(closeInPrint(schedule(epoch), value[k]!), true, `epoch ${epoch}`);
    }),
  );

  /** Whether two numbers agree to eight digits, or differ by one in the eighth. */
  function closeInPrint(actual: number, expected: number): boolean {
    return Math.abs(printed(actual) - expected) <= 1e-7 * Math.abs(expected);
  }

  golden.part('optimizers', fixture.optimizers, ({ w, grads, ...rules }) => {
    const compareSteps = (optimizer: Optimizer, after: readonly TensorFixture[]) => {
      const variable = tf.tidy(() => tf.variable(toTensor(w)));
      for (const [step, expected] of after.entries()) {
        const grad = toTensor(grads[step]!);
        optimizer.step([variable], [grad]);
        grad.dispose();
        golden.compare('w_after', variable, expected, `w after step ${step}`);
      }
      variable.dispose();
      optimizer.dispose();
    };

    golden.part('sgd', rules.sgd, ({ lr, weight_decay, momentum, nesterov = false, w_after }) =>
      golden.case(`sgd, ${w_after.length} steps`, () => {
        compareSteps(sgd({ learningRate: lr, momentum, weightDecay: weight_decay, nesterov }), w_after);
      }),
    );

    golden.part('adam', rules.adam, ({ lr, weight_decay, betas, eps, w_after }) =>
      golden.case(`adam, ${w_after.length} steps`, () => {
        compareSteps(adam({ learningRate: lr, betas, epsilon: eps, weightDecay: weight_decay }), w_after);
      }),
    );
  });

  golden.part('clip by global norm', fixture.clip_grad_norm, ({ grads, cases }) => {
    for (const [i, { max_norm, total_norm, clipped }] of cases.entries()) {
      golden.case(`clip by global norm ${i}: at most ${max_norm}`, () => {
        const given = grads.map((grad) => toTensor(grad));
        const { grads: scaled, norm } = clipByGlobalNorm(given, max_norm);
        golden.compare('total_norm', norm, total_norm);
        for (const [k, expected] of clipped.entries())
          golden.compare('clipped', scaled[k]!, expected, `gradient ${k}`);
        tf.dispose([...given, norm, ...(scaled as tf.Tensor[])]);
      });
    }
  });
});
