import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkNoise,
  gaussianNoise,
  identity,
  type NoiseSettings,
  NoisyMixedOp,
  NoisyOp,
  referenceVariants,
  uniformNoise,
  variants,
} from '../../../src/layers';
import { noiseFormula, noiseRate } from '../../../src/layers/noise/settings';

describe('gaussianNoise and uniformNoise', () => {
  it("default to the paper's noise: added, unbiased, 0.2 of the map's deviation, constant", () => {
    const paper = {
      mixture: 'additive',
      mean: 0,
      std: 0.2,
      relative: true,
      schedule: { kind: 'constant' },
      multiplicativeDecay: 'fade',
    };
    expect(gaussianNoise()).toEqual({ distribution: 'gaussian', ...paper });
    expect(uniformNoise()).toEqual({ distribution: 'uniform', ...paper });
  });

  it('are unbiased and absolute when multiplied', () => {
    expect(gaussianNoise({ mixture: 'multiplicative' })).toMatchObject({ mean: 1, relative: false });
  });

  it('keep what they are told', () => {
    const options = { std: 0.5, mean: -1, relative: false, multiplicativeDecay: 'shrink' } as const;
    expect(uniformNoise(options)).toMatchObject(options);
    expect(gaussianNoise({ schedule: 'cosine' }).schedule).toEqual({ kind: 'cosine', epochs: 50 });
    const table = { kind: 'table', rates: [1, 0.5] } as const;
    expect(gaussianNoise({ schedule: table }).schedule).toEqual(table);
  });

  it('are plain JSON', () => {
    for (const settings of [
      gaussianNoise(),
      uniformNoise({ schedule: 'cosine' }),
      ...Object.values(variants),
    ]) {
      expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
    }
  });

  it.each([
    [
      { std: -0.1 },
      new RangeError(
        'gaussianNoise: std must be a finite number of at least 0, got -0.1; correct it or leave it out',
      ),
    ],
    [
      { std: Number.POSITIVE_INFINITY },
      new RangeError(
        'gaussianNoise: std must be a finite number of at least 0, got Infinity; correct it or leave it out',
      ),
    ],
    [
      { mean: Number.NaN },
      new RangeError('gaussianNoise: mean must be a finite number, got NaN; correct it or leave it out'),
    ],
    [
      { mixture: 'added' },
      new RangeError(
        "gaussianNoise: mixture must be 'additive' or 'multiplicative', got 'added'; correct it or leave it out",
      ),
    ],
    [
      { multiplicativeDecay: 'both' },
      new RangeError(
        "gaussianNoise: multiplicativeDecay must be 'fade' or 'shrink', got 'both'; correct it or leave it out",
      ),
    ],
    [
      { schedule: { kind: 'linear' } },
      new RangeError(
        "gaussianNoise: schedule.kind must be 'constant', 'cosine' or 'table', got 'linear'; correct it",
      ),
    ],
    [
      { schedule: { kind: 'cosine', epochs: 0 } },
      new RangeError('gaussianNoise: a cosine schedule needs a positive number of epochs, got 0; use 50'),
    ],
    [
      { schedule: { kind: 'table', rates: [] } },
      new RangeError(
        'gaussianNoise: a table schedule needs a finite rate for each epoch, got []; use for example [1, 0.5, 0]',
      ),
    ],
  ])('refuse %j', (options, error) => {
    expect(() => gaussianNoise(options as never)).toThrow(error);
  });

  it('checkNoise refuses another law', () => {
    const settings = { ...gaussianNoise(), distribution: 'cauchy' } as unknown as NoiseSettings;
    expect(() => checkNoise('here', settings)).toThrow(
      new RangeError(
        "here: distribution must be 'gaussian' or 'uniform', got 'cauchy'; correct it or leave it out",
      ),
    );
  });
});

describe('noiseRate', () => {
  it('is 1 at every epoch of a constant schedule', () => {
    expect([0, 1, 1000].map((epoch) => noiseRate({ kind: 'constant' }, epoch))).toEqual([1, 1, 1]);
  });

  it('falls by a cosine from 1 to 0 and stays there', () => {
    const epochs = fc.integer({ min: 1, max: 200 });
    fc.assert(
      fc.property(epochs, fc.nat({ max: 400 }), (n, epoch) => {
        const rate = noiseRate({ kind: 'cosine', epochs: n }, epoch);
        expect(rate).toBeGreaterThanOrEqual(noiseRate({ kind: 'cosine', epochs: n }, epoch + 1));
        expect(rate).toBeCloseTo(epoch >= n ? 0 : Math.cos((Math.PI * epoch) / n / 2) ** 2, 12);
      }),
    );
  });

  it('follows a table and stays at its end', () => {
    const schedule = { kind: 'table', rates: [1, 0.25, 0.5] } as const;
    expect([-1, 0, 1, 2, 3, 99].map((epoch) => noiseRate(schedule, epoch))).toEqual([
      1, 1, 0.25, 0.5, 0.5, 0.5,
    ]);
  });
});

describe('noiseFormula', () => {
  it('is the settings with the rate of the epoch', () => {
    const settings = gaussianNoise({ std: 0.3, schedule: { kind: 'table', rates: [1, 0.5] } });
    const { distribution, mixture, mean, std, relative } = settings;
    expect(noiseFormula(settings, 1)).toEqual({
      distribution,
      mixture,
      mean,
      std,
      relative,
      rate: 0.5,
      shrink: false,
    });
    expect(noiseFormula({ ...settings, multiplicativeDecay: 'shrink' }, 0).shrink).toBe(true);
  });
});

describe('variants', () => {
  const letters = [...'abcdefghijklmn'];

  it('are the fourteen published ones', () => {
    expect(Object.keys(variants)).toEqual(letters);
    expect(Object.keys(referenceVariants)).toEqual(letters);
    const row = (name: string) => {
      const { distribution, mixture, std, mean, schedule } = variants[name as keyof typeof variants];
      return `${name} ${distribution} ${mixture} ${std} ${mean} ${schedule.kind}`;
    };
    expect(letters.map(row)).toEqual([
      'a gaussian additive 0.2 0 constant',
      'b gaussian additive 0.1 0 constant',
      'c uniform additive 0.2 0 constant',
      'd uniform additive 0.1 0 constant',
      'e gaussian multiplicative 0.2 1 constant',
      'f gaussian multiplicative 0.1 1 constant',
      'g gaussian additive 0.2 0.5 cosine',
      'h gaussian additive 0.2 1 cosine',
      'i gaussian additive 0.1 0.5 cosine',
      'j gaussian additive 0.1 1 cosine',
      'k gaussian additive 0.1 -0.5 constant',
      'l gaussian additive 0.1 -1 constant',
      'm gaussian additive 0.2 -0.5 constant',
      'n gaussian additive 0.2 -1 constant',
    ]);
  });

  it('follow the scale of the map where noise is added', () => {
    for (const settings of Object.values(variants)) {
      expect(settings.relative).toBe(settings.mixture === 'additive');
    }
  });

  it('run by the official code, differ in uniform noise, in the decay and in a drop path', () => {
    for (const name of letters as (keyof typeof variants)[]) {
      const { noise, skipDropPath } = referenceVariants[name];
      expect(skipDropPath).toBe(0.3);
      const uniform = variants[name].distribution === 'uniform';
      expect(noise).toEqual({
        ...variants[name],
        multiplicativeDecay: 'shrink',
        ...(uniform ? { std: Math.sqrt(variants[name].std), relative: false } : {}),
      });
      expect(checkNoise('here', noise)).toBe(noise);
    }
  });
});

describe('what is no noise', () => {
  it.each([[0.2], ['a'], [null], [[]], [{ ...gaussianNoise(), sigma: 1 }]])(
    '%j is refused by name',
    (noise) => {
      const given = noise as never;
      for (const make of [
        () => new NoisyMixedOp({ candidates: ['skip_connect'], noise: given }),
        () => new NoisyOp({ layer: identity(), noise: given }),
      ]) {
        expect(make).toThrow(
          /^Noisy(Mixed|DartsNoisy)?Op: (the options must be an object|noise must|there is no such option)/,
        );
      }
    },
  );

  it('gaussianNoise refuses an option that it does not know', () => {
    expect(() => gaussianNoise({ lambda: 0.2 } as never)).toThrow(
      "gaussianNoise: there is no such option, got 'lambda'; use std, mean, mixture",
    );
  });

  it('a misspelt candidate does not compile', () => {
    // @ts-expect-error: there is no such candidate
    expect(() => new NoisyMixedOp({ candidates: ['skip_connect'], on: ['skip_conect'] })).toThrow(RangeError);
  });
});
