import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counterNoise, type NoiseFormula, perturb, unitDraw } from '../../../src/kernels';
import { fillNormal, fillUniform, stream } from '../../../src/random';
import { expectNear } from '../../support/close';
import { differentiate } from '../../support/gradients';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';
import { mapShape, runs, seed } from './support';

const fills = { gaussian: fillNormal, uniform: fillUniform } as const;
const distribution = fc.constantFrom('gaussian' as const, 'uniform' as const);

const formulas: fc.Arbitrary<NoiseFormula> = fc.record({
  distribution,
  mixture: fc.constantFrom('additive' as const, 'multiplicative' as const),
  mean: fc.constantFrom(-1, 0, 0.5, 1),
  std: fc.constantFrom(0, 0.1, 0.7),
  relative: fc.boolean(),
  rate: fc.constantFrom(0, 0.3, 1),
  shrink: fc.boolean(),
});

/** Noise that asks for the deviation of a map. */
const relative: NoiseFormula = {
  distribution: 'gaussian',
  mixture: 'additive',
  mean: 0,
  std: 0.7,
  relative: true,
  rate: 1,
  shrink: false,
};

/** The factor or summand of each element, in double precision. */
function noiseOf(x: ArrayLike<number>, draw: ArrayLike<number>, formula: NoiseFormula): Float64Array {
  const values = Array.from(x);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1),
  );
  const { rate } = formula;
  const unit = formula.distribution === 'uniform' ? Math.sqrt(3) : 1;
  const scale = formula.std * unit * (formula.relative ? deviation : 1);
  return Float64Array.from(draw, (d) => {
    const n = formula.mean + scale * d;
    if (formula.mixture === 'additive' || formula.shrink) return rate * n;
    return 1 + rate * (n - 1);
  });
}

describe('unitDraw', () => {
  leavesNoTensors();

  it('gives on every backend the very bits of the counter-based draws', () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(mapShape, distribution, word, word, word, (shape, law, k0, k1, counter) => {
        const draw = unitDraw<tf.Rank.R4>(shape, law, { key: [k0, k1], counter });
        expect(draw.shape).toEqual(shape);
        const expected = fills[law](new Float32Array(draw.size), [k0, k1], counter);
        expect(draw.dataSync()).toEqual(expected);
        draw.dispose();
      }),
      runs,
    );
  });
});

describe('perturb', () => {
  leavesNoTensors();

  it('equals its formula, and is differentiated as if the noise were a constant', () => {
    const shapes = mapShape.filter(([n, height, width, channels]) => n * height * width * channels > 1);
    fc.assert(
      fc.property(shapes, formulas, seed, (shape, formula, at) => {
        const x = normal<tf.Rank.R4>(shape, at);
        const draw = normal<tf.Rank.R4>(shape, `${at}/draw`);
        const dy = normal<tf.Rank.R4>(shape, `${at}/dy`);
        const n = noiseOf(x.dataSync(), draw.dataSync(), formula);
        const multiplies = formula.mixture === 'multiplicative';

        const { y, grads } = differentiate(() => perturb(x, draw, formula), [x], dy);
        expectNear(
          y,
          x.dataSync().map((value, i) => (multiplies ? value * n[i]! : value + n[i]!)),
        );
        expectNear(
          grads[0]!,
          dy.dataSync().map((value, i) => (multiplies ? value * n[i]! : value)),
        );
        tf.dispose([x, draw, dy, y, [...grads]]);
      }),
      { ...runs, examples: [[[1, 3, 3, 3], relative, 0]] },
    );
  });
});

describe('counterNoise', () => {
  leavesNoTensors();

  it('is perturb with the unit draw of its position, in value and gradient', () => {
    fc.assert(
      fc.property(mapShape, formulas, fc.nat(), seed, (shape, formula, counter, at) => {
        fc.pre(shape[0] * shape[1] * shape[2] * shape[3] > 1);
        const x = normal<tf.Rank.R4>(shape, at);
        const dy = normal<tf.Rank.R4>(shape, `${at}/dy`);
        const position = { key: stream(at).key, counter };
        const draw = unitDraw<tf.Rank.R4>(shape, formula.distribution, position);
        const drawn = differentiate(() => counterNoise(x, formula, position), [x], dy);
        const given = differentiate(() => perturb(x, draw, formula), [x], dy);
        expectNear(drawn.y, given.y.dataSync(), 1e-6);
        expectNear(drawn.grads[0]!, given.grads[0]!.dataSync(), 1e-6);
        tf.dispose([x, dy, draw, drawn.y, given.y, [...drawn.grads], [...given.grads]]);
      }),
      runs,
    );
  });
});
