import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import {
  gaussianNoise,
  identity,
  type Moment,
  type NoiseOptions,
  NoisyOp,
  noisy,
  uniformNoise,
} from '../../../src/layers';
import { fillNormal, stream } from '../../../src/random';
import { correlation, kolmogorovSmirnov, moments, normalCdf } from '../../pure/random/support';
import { differentiate } from '../../support/gradients';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';

const shape: [number, number, number, number] = [4, 12, 10, 16];
const N = 4 * 12 * 10 * 16;
const moment: Moment = { epoch: 0, step: 5, pass: 0 };
const laws = { gaussian: gaussianNoise, uniform: uniformNoise } as const;
type Law = keyof typeof laws;

/** A map with mean and deviation of its own. */
const map = () => tf.tidy(() => tf.add(tf.mul(normal<tf.Rank.R4>(shape), 3), 2) as tf.Tensor4D);

/** The noise `y - x` (or `y / x`, where it multiplies) that an operation adds to a map. */
function noiseOf(op: NoisyOp, at: Partial<Moment> = {}): Float32Array {
  const multiplies = op.noise.mixture === 'multiplicative';
  return tf.tidy(() => {
    const x = multiplies ? tf.ones<tf.Rank.R4>(shape) : map();
    const y = op.apply(x, { training: true, moment: { ...moment, ...at } }) as tf.Tensor;
    return tf.sub(y, multiplies ? 0 : x).dataSync() as Float32Array;
  });
}

const op = (law: Law, options: NoiseOptions = {}, seed: number | string = 10) =>
  new NoisyOp({ seed, layer: identity(), noise: laws[law](options) });

/** Standard deviation of {@link map}, unbiased. */
const mapDeviation = () => {
  const x = map();
  const { variance } = moments(x.dataSync());
  x.dispose();
  return Math.sqrt((variance * N) / (N - 1));
};

describe.each(['gaussian', 'uniform'] as const)('%s noise', (law) => {
  leavesNoTensors();
  const cdf = {
    gaussian: normalCdf,
    uniform: (x: number) => Math.min(1, Math.max(0, (x / Math.sqrt(3) + 1) / 2)),
  }[law];

  it.each<[string, NoiseOptions, mean: number, deviation: () => number]>([
    ["0.2 of the map's deviation", {}, 0, () => 0.2 * mapDeviation()],
    ["0.1 of the map's deviation, biased", { std: 0.1, mean: 0.5 }, 0.5, () => 0.1 * mapDeviation()],
    ['of an absolute scale', { std: 0.3, relative: false }, 0, () => 0.3],
    ['multiplied', { mixture: 'multiplicative', std: 0.2 }, 1, () => 0.2],
  ])('%s has that law', (_, options, mean, deviation) => {
    const std = deviation();
    const noise = noiseOf(op(law, options));
    const got = moments(noise);
    expect(Math.abs(got.mean - mean)).toBeLessThan((5 * std) / Math.sqrt(N));
    expect(Math.abs(Math.sqrt(got.variance) / std - 1)).toBeLessThan(5 * Math.sqrt(1 / (2 * N)));
    const standard = noise.map((value) => (value - mean) / std);
    expect(kolmogorovSmirnov(standard, cdf)).toBeLessThan(1.95);
  });

  it('is the same for the same seed and moment, and independent for any other', () => {
    const base = noiseOf(op(law));
    expect(noiseOf(op(law))).toEqual(base);
    const others = {
      step: noiseOf(op(law), { step: 6 }),
      'far step': noiseOf(op(law), { step: 1_000_000 }),
      pass: noiseOf(op(law), { pass: 1 }),
      shard: noiseOf(op(law), { shard: 1 }),
      'another shard': noiseOf(op(law), { shard: 2 }),
      seed: noiseOf(op(law, {}, 11)),
      'text seed': noiseOf(op(law, {}, '10')),
    };
    const samples = Object.entries({ base, ...others });
    for (const [i, [what, sample]] of samples.entries()) {
      for (const [other, earlier] of samples.slice(0, i)) {
        expect(Math.abs(correlation(sample, earlier)), `${what} and ${other}`).toBeLessThan(5 / Math.sqrt(N));
      }
    }
  });

  it('tells apart every pass of neighbouring steps', () => {
    const small = op(law, { relative: false });
    const seen = new Set<string>();
    const x = tf.zeros([1, 1, 2, 2]);
    for (let step = 0; step < 4; step++) {
      for (let pass = 0; pass < 8; pass++) {
        const y = small.apply(x, { training: true, moment: { epoch: 0, step, pass } });
        seen.add([...(y as tf.Tensor).dataSync()].join());
        (y as tf.Tensor).dispose();
      }
    }
    expect(seen.size).toBe(32);
    x.dispose();
    tf.disposeVariables();
  });
});

describe('NoisyOp', () => {
  leavesNoTensors();

  it("draws the counter-based numbers of its own stream 'noise' at step and pass", () => {
    const noise = noiseOf(op('gaussian', { mixture: 'multiplicative', std: 1, mean: 0 }), {
      step: 7,
      pass: 3,
    });
    expect(noise).toEqual(fillNormal(new Float32Array(N), stream(10, 'noise').key, 7 * 8 + 3));
  });

  it('is the wrapped layer in evaluation and where noise is switched off, whatever the noise', () => {
    const x = map();
    for (const options of [
      {},
      { training: false },
      { training: false, moment },
      { training: true, moment, noise: false },
    ]) {
      const y = op('gaussian', { mean: 5 }).apply(x, options) as tf.Tensor;
      expect(y.dataSync()).toEqual(x.dataSync());
      y.dispose();
    }
    x.dispose();
  });

  it('does not differentiate the noise, not even its scale', () => {
    const x = map();
    const dy = normal<tf.Rank.R4>(shape, 'dy');
    for (const [options, factor] of [
      [{}, undefined],
      [{ mean: 1 }, undefined],
      [{ mixture: 'multiplicative' }, noiseOf(op('gaussian', { mixture: 'multiplicative' }))],
    ] as [NoiseOptions, Float32Array | undefined][]) {
      const noisyOp = op('gaussian', options);
      const { y, grads } = differentiate(
        () => noisyOp.apply(x, { training: true, moment }) as tf.Tensor,
        [x],
        dy,
      );
      const expected = dy.dataSync().map((value, i) => value * (factor ? factor[i]! : 1));
      const got = grads[0]!.dataSync();
      expect(expected.every((value, i) => Math.abs(value - got[i]!) <= 1e-6 * Math.abs(value))).toBe(true);
      tf.dispose([y, [...grads]]);
    }
    tf.dispose([x, dy]);
  });

  it.each<[string, NoiseOptions, (rate: number, n: number) => number]>([
    ['shrinks added noise', { mean: 0.5, std: 0.2, relative: false }, (rate, n) => rate * n],
    ['fades multiplied noise to 1', { mixture: 'multiplicative' }, (rate, n) => 1 + rate * (n - 1)],
    [
      'shrinks a multiplied branch if told so',
      { mixture: 'multiplicative', multiplicativeDecay: 'shrink' },
      (rate, n) => rate * n,
    ],
  ])('follows its schedule: %s', (_, options, expected) => {
    const rates = [1, 0.5, 0];
    const full = noiseOf(op('gaussian', options));
    const scheduled = op('gaussian', { ...options, schedule: { kind: 'table', rates } });
    rates.forEach((rate, epoch) => {
      const noise = noiseOf(scheduled, { epoch });
      // What a difference of maps of size 10 leaves of float precision.
      noise.forEach((value, i) => {
        if (!(Math.abs(value - expected(rate, full[i]!)) < 5e-6)) {
          expect.fail(`epoch ${epoch}: ${value}, not ${expected(rate, full[i]!)}`);
        }
      });
    });
  });

  it('counts its own training passes where no moment is given, and reads the epoch from the layer', () => {
    const counted = op('gaussian', { relative: false, schedule: { kind: 'table', rates: [1, 0] } });
    const x = tf.zeros([1, 2, 2, 2]);
    const pass = (options: object) => {
      const y = counted.apply(x, options) as tf.Tensor;
      const values = [...y.dataSync()];
      y.dispose();
      return values;
    };
    const first = pass({ training: true });
    pass({ training: false });
    const second = pass({ training: true });
    expect(second).not.toEqual(first);
    expect(pass({ training: true, moment: { epoch: 0, step: 0, pass: 0 } })).toEqual(first);
    expect(pass({ training: true, moment: { epoch: 0, step: 1, pass: 0 } })).toEqual(second);
    counted.epoch = 1;
    expect(pass({ training: true }).every((value) => value === 0)).toBe(true);
    x.dispose();
  });

  it('wraps any layer: noise falls on the output, of whatever shape', () => {
    const wrapped = noisy(layers.dense({ units: 3 }), gaussianNoise({ std: 0.5, relative: false }));
    const x = normal<tf.Rank.R2>([5, 4]);
    const [clean, disturbed] = [false, true].map(
      (training) => wrapped.apply(x, { training, moment }) as tf.Tensor,
    ) as [tf.Tensor, tf.Tensor];
    expect(disturbed.shape).toEqual([5, 3]);
    const draws = fillNormal(new Float32Array(15), stream(wrapped.seed, 'noise').key, moment.step * 8);
    const values = clean.dataSync();
    disturbed.dataSync().forEach((value, i) => {
      expect(value).toBeCloseTo(values[i]! + 0.5 * draws[i]!, 5);
    });
    wrapped.dispose();
    tf.dispose([x, clean, disturbed]);
  });

  it('takes its draws from a sampler if one is given', () => {
    const asked: unknown[] = [];
    const noisyOp = new NoisyOp({
      name: 'skip',
      layer: identity(),
      noise: uniformNoise({ std: 1, relative: false }),
    });
    const x = tf.zeros([1, 2, 2, 1]);
    const y = noisyOp.apply(x, {
      training: true,
      sampler: (wanted: number[], kind: string, layer: string) => {
        asked.push([wanted, kind, layer]);
        return tf.tensor4d([-1, 0, 0.5, 1], [1, 2, 2, 1]);
      },
    }) as tf.Tensor;
    expect(asked).toEqual([[[1, 2, 2, 1], 'uniform', 'skip']]);
    [-1, 0, 0.5, 1].forEach((draw, i) => {
      expect(y.dataSync()[i]).toBeCloseTo(draw * Math.sqrt(3), 6);
    });
    tf.dispose([x, y]);
  });
});
