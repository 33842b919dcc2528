import * as tf from '@tensorflow/tfjs-core';
import { perturb } from '../../src/kernels';
import { identity, type NoiseSettings, NoisyOp } from '../../src/layers';
import { noiseFormula, noiseRate } from '../../src/layers/noise/settings';
import { differentiate } from '../support/gradients';
import { leavesNoTensors } from '../support/memory';
import { describeGolden, type TensorFixture, toTensor } from './support/fixtures';
import { type NoiseFixture, recordedSampler, referenceNoise } from './support/noise';

interface NoiseCase extends NoiseFixture {
  readonly step: number;
  readonly training: boolean;
  readonly add_noise: boolean;
  readonly out: TensorFixture;
  readonly grad_x: TensorFixture;
}

type ByFactor = Readonly<Record<string, number>>;

interface NoiseFixtures {
  readonly x: TensorFixture;
  readonly normal_draw: TensorFixture;
  readonly uniform_draw: TensorFixture;
  readonly cotangent: TensorFixture;
  readonly std_unbiased?: number;
  readonly std_biased_for_contrast: number;
  readonly gaussian_additive_std?: ByFactor;
  readonly gaussian_multiplicative_std?: ByFactor;
  readonly uniform_half_width?: ByFactor;
  readonly decay_T_max: number;
  readonly decay_rate?: readonly number[];
  readonly cases: readonly NoiseCase[];
  readonly unpatched_sampler_grad_equals_cotangent?: boolean;
}

describeGolden<NoiseFixtures>('noise', (fixture, golden) => {
  leavesNoTensors();

  const { decay_T_max: epochs } = fixture;
  const unbiased: NoiseSettings = {
    distribution: 'gaussian',
    mixture: 'additive',
    mean: 0,
    std: 1,
    relative: true,
    schedule: { kind: 'constant' },
    multiplicativeDecay: 'fade',
  };

  /** The noise n of `x + n` or `1 * n` where every unit draw is 1: the scale that the settings come to. */
  function scale(settings: NoiseSettings): number {
    const result = tf.tidy(() => {
      const x = settings.mixture === 'additive' ? toTensor(fixture.x) : tf.onesLike(toTensor(fixture.x));
      const y = perturb(x, tf.onesLike(x), noiseFormula(settings, 0));
      return settings.mixture === 'additive' ? tf.sub(y, x) : y;
    });
    const [first] = result.dataSync();
    result.dispose();
    return first!;
  }

  golden.part('std_unbiased', fixture.std_unbiased, (expected) =>
    golden.case('the standard deviation of the map is the unbiased one', () => {
      const ours = scale(unbiased);
      golden.compare('std_unbiased', ours, expected);
      const biased = fixture.std_biased_for_contrast;
      golden.exact(
        Math.abs(ours - biased) > Math.abs(expected - biased) / 2,
        true,
        'apart from the biased one',
      );
    }),
  );

  const scales = {
    gaussian_additive_std: { noise_type: 'gaussian', mixture: 'additive' },
    gaussian_multiplicative_std: { noise_type: 'gaussian', mixture: 'multiplicative' },
    uniform_half_width: { noise_type: 'uniform', mixture: 'additive' },
  } as const;
  for (const [name, law] of Object.entries(scales)) {
    golden.part(`scale of the noise: ${name}`, fixture[name as keyof typeof scales], (byFactor) =>
      golden.case(`scale of the noise: ${name}`, () => {
        for (const [factor, expected] of Object.entries(byFactor)) {
          const settings = referenceNoise({ ...law, mean: 0, factor: Number(factor) }, epochs);
          golden.compare('gaussian_additive_std', scale(settings), expected, `${name} of ${factor}`);
        }
      }),
    );
  }

  golden.part('decay', fixture.decay_rate, (expected) =>
    golden.case('decay', () => {
      const rates = expected.map((_, epoch) => noiseRate({ kind: 'cosine', epochs }, epoch));
      golden.compare('decay_rate', rates, expected);
    }),
  );

  for (const c of fixture.cases) {
    const when = c.decay ? `decaying, epoch ${c.step}` : `epoch ${c.step}`;
    const off = `${c.training ? '' : ', evaluation'}${c.add_noise ? '' : ', noise off'}`;
    golden.case(`${c.noise_type} ${c.mixture}, mean ${c.mean}, factor ${c.factor}, ${when}${off}`, () => {
      const x = toTensor(fixture.x);
      const dy = toTensor(fixture.cotangent);
      const layer = c.add_noise
        ? new NoisyOp({ layer: identity(), noise: referenceNoise(c, epochs) })
        : identity();
      const sampler = recordedSampler({ gaussian: fixture.normal_draw, uniform: fixture.uniform_draw });
      const moment = { epoch: c.step, step: 0, pass: 0 };
      const { y, grads } = differentiate(
        () => layer.apply(x, { training: c.training, moment, sampler }) as tf.Tensor,
        [x],
        dy,
      );
      golden.compare('out', y, c.out);
      golden.compare('grad_x', grads[0]!, c.grad_x);
      tf.dispose([x, dy, y, [...grads]]);
    });
  }

  golden.case('the gradient of additive noise from the real sampler', () => {
    const x = toTensor(fixture.x);
    const dy = toTensor(fixture.cotangent);
    const layer = new NoisyOp({ layer: identity() });
    const { y, grads } = differentiate(() => layer.apply(x, { training: true }) as tf.Tensor, [x], dy);
    golden.exact(tf.util.arraysEqual(y.dataSync(), x.dataSync()), false, 'the noise is off');
    golden.exact(
      tf.util.arraysEqual(grads[0]!.dataSync(), dy.dataSync()),
      fixture.unpatched_sampler_grad_equals_cotangent,
      'gradient equals cotangent',
    );
    tf.dispose([x, dy, y, [...grads]]);
  });
});
