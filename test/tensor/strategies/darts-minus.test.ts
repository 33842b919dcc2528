import * as tf from '@tensorflow/tfjs-core';
import {
  createSupernet,
  defineSpace,
  evaluate,
  gaussianNoise,
  MixedOp,
  memoryStore,
  NoisyMixedOp,
  nasBench201,
} from 'noisydarts';
import { lossLandscape } from 'noisydarts/analysis';
import { passes } from 'noisydarts/architect';
import { restoreSupernet } from 'noisydarts/search';
import { dartsMinus } from 'noisydarts/strategies';
import { taskModel } from 'noisydarts/supernet';
import { classification } from 'noisydarts/tasks';
import { describe, expect, it } from 'vitest';
import { alphaProbe } from '../../../src/analysis/alpha-probe';
import { strategyOf } from '../../../src/strategies/strategy';
import { farthest } from '../../support/close';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';
import { halves, tinySearch, tinySupernet } from '../search/support';
import { softmax, weightsOf } from './support';

const moment = { epoch: 0, step: 3, pass: 0 };
const candidates = ['avg_pool_3x3', 'skip_connect', 'nor_conv_1x1'] as const;
const edgeOf = (options: object, noise = 1) =>
  new NoisyMixedOp({
    candidates: [...candidates],
    seed: 4,
    ownsAlpha: false,
    noise: gaussianNoise({ std: noise, relative: false }),
    ...options,
  });

/** Value and gradients over x and the weights of `sum(y * dy)`. */
function passOf(edge: MixedOp, weights: readonly number[], options: object = { training: true, moment }) {
  return tf.tidy(() => {
    const x = normal<tf.Rank.R4>([2, 4, 4, 4], 'x');
    let y!: tf.Tensor;
    const { grads } = tf.valueAndGrads((maps, shares) => {
      y = tf.keep(edge.apply(maps!, { ...options, weights: shares! }) as tf.Tensor);
      return tf.sum(tf.mul(y, normal(y.shape, 'dy'))) as tf.Scalar;
    })([x, tf.tensor1d([...weights])]);
    const values = [y, ...grads].map((tensor) => [...tensor.dataSync()]);
    y.dispose();
    return { y: values[0]!, dx: values[1]!, dw: values[2]! };
  });
}

const near = (actual: readonly number[], expected: readonly number[], tolerance = 2e-5) =>
  expect(farthest('values', actual, expected, tolerance)).toEqual([]);

describe('dartsMinus', () => {
  leavesNoTensors();

  const settings = dartsMinus({ from: 0.8, to: 0.2, epochs: 5 });

  it.each([
    ['linear', 0, 0.8],
    ['linear', 1, 0.65],
    ['linear', 4, 0.2],
    ['linear', 9, 0.2],
    ['cosine', 0, 0.8],
    ['cosine', 1, 0.2 + 0.3 * (1 + Math.SQRT1_2)],
    ['cosine', 2, 0.5],
    ['cosine', 4, 0.2],
  ] as const)('weighs as DARTS does and adds beta, %s in epoch %i: %f', (decay, epoch, beta) => {
    const [row] = weightsOf({ ...settings, decay } as never, [[0.4, -1, 2]], { epoch });
    near(row!, [...softmax([0.4, -1, 2]), beta]);
  });

  it('goes from 1 to 0', () => {
    const at = (epoch: number) => weightsOf(dartsMinus({ epochs: 3 }), [[0, 0]], { epoch })[0]![2];
    expect([0, 1, 2].map(at)).toEqual([1, 0.5, 0]);
  });

  it('adds beta x to an edge, without the noise and the drop path of the candidate', () => {
    for (const [edge, skip] of [
      [edgeOf({}), 0.3],
      [edgeOf({ skipDropPath: 0.9 }), 0],
    ] as const) {
      const weights = [0.2, skip, 0.5];
      const plain = passOf(edge, weights);
      const both = passOf(edge, [...weights, 0.7]);
      const [x, dy] = tf.tidy(() => [
        [...normal([2, 4, 4, 4], 'x').dataSync()],
        [...normal([2, 4, 4, 4], 'dy').dataSync()],
      ]) as [number[], number[]];
      near(
        both.y,
        plain.y.map((value, i) => value + 0.7 * x[i]!),
      );
      near(
        both.dx,
        plain.dx.map((value, i) => value + 0.7 * dy[i]!),
      );
      near(both.dw, [...plain.dw, x.reduce((sum, value, i) => sum + value * dy[i]!, 0)]);
      // What the noise adds is in the candidate's gradient alone.
      expect(Math.abs(both.dw[1]! - both.dw[3]!)).toBeGreaterThan(0.1);
      edge.dispose();
    }
  });

  it('is the factorised reduction at stride 2, whose statistics move once', () => {
    const [once, twice] = [edgeOf({ stride: 2 }, 1e-6), edgeOf({ stride: 2 }, 1e-6)];
    const expected = passOf(once, [0.2, 0.3 + 0.7, 0.5]);
    const actual = passOf(twice, [0.2, 0.3, 0.5, 0.7]);
    near(actual.y, expected.y, 1e-4);
    near(actual.dx, expected.dx, 1e-4);
    const states = [once, twice].map((edge) =>
      edge.getWeights().map((weight) => [...weight.dataSync()] as number[]),
    );
    states[1]!.forEach((values, i) => {
      near(values, states[0]![i]!, 1e-4);
    });
    once.dispose();
    twice.dispose();
  });

  it('leaves edges without a skip connection as they are', () => {
    const edge = new MixedOp({ candidates: ['avg_pool_3x3', 'none'], seed: 4, ownsAlpha: false });
    expect(passOf(edge, [0.2, 0.8, 0.7])).toEqual({
      ...passOf(edge, [0.2, 0.8]),
      dw: [...passOf(edge, [0.2, 0.8]).dw, 0],
    });
    edge.dispose();
  });

  it('has no part in the genotype, nor in the cells that are derived', () => {
    const supernet = createSupernet({
      space: nasBench201(),
      strategy: dartsMinus(),
      channels: 2,
      cells: 1,
      classes: 2,
      seed: 7,
      inputShape: [6, 6, 1],
    });
    const outputs = tf.tidy(() => {
      const x = normal<tf.Rank.R4>([2, 6, 6, 1], 'x');
      const given = { cell: Array.from({ length: 6 }, () => [0, 1, 0, 0, 0]) };
      const derived = () => supernet.withMixtures(given, () => [...supernet.forward(x).dataSync()]);
      return [0, 49].map((epoch) => {
        supernet.epoch = epoch;
        return { mixed: [...supernet.forward(x).dataSync()], derived: derived() };
      });
    });
    expect(outputs[0]!.derived).toEqual(outputs[1]!.derived);
    expect(outputs[0]!.mixed).not.toEqual(outputs[1]!.mixed);
    expect(supernet.genotype()).toHaveLength(3);
    supernet.dispose();
  });

  it('is evaluated at the beta of the epoch, in a search and of its checkpoint', async () => {
    const create = () => tinySupernet(7, dartsMinus({ epochs: 2 }));
    const store = memoryStore();
    const { events, supernet } = await tinySearch({ checkpoint: { store } }, create() as never);
    const last = events.at(-1)!;
    const { validLoss } = (last as Extract<typeof last, { type: 'done' }>).history.at(-1)!;
    const valid = halves('valid', 8);
    const lossOf = async (model: typeof supernet) => (await evaluate(model, valid, { batchSize: 4 })).loss;
    expect(await lossOf(supernet)).toBe(validLoss);
    const restored = create();
    restoreSupernet(restored, (await store.load())!);
    expect(await lossOf(restored as never)).toBe(validLoss);
    // So is its landscape, whose centre is that loss, and its Hessian.
    const batch = {
      x: tf.tensor4d((await valid.read([0, 1, 2, 3])).images, [4, 6, 6, 1]),
      y: tf.tensor1d((await valid.read([0, 1, 2, 3])).labels, 'int32'),
    };
    const analysed = async (model: object, moment = {}) => {
      const options = { training: false, ...moment };
      const points = lossLandscape(model as never, [batch], { points: 2, ...options });
      const { value } = await points.next();
      await points.return();
      const probe = await alphaProbe('test', model as never, batch, options);
      return [value!.landscape.centre, (await probe.gradientAt(probe.values))[0]];
    };
    const there = await analysed(restored);
    expect(await analysed(taskModel(restored, classification()))).toEqual(there);
    expect(await analysed(restored, { moment: { epoch: 1, step: 0, pass: passes.analysis } })).toEqual(there);
    restored.epoch = 0;
    for (const [i, value] of (await analysed(restored)).entries()) expect(value).not.toBe(there[i]);
    tf.dispose([batch.x, batch.y]);
    expect(Math.abs((await lossOf(restored as never)) - validLoss!)).toBeGreaterThan(1e-4);
    supernet.dispose();
    restored.dispose();
  });

  it('refuses what cannot be', () => {
    expect(() => dartsMinus({ from: -1 })).toThrow(
      'dartsMinus: from must be a finite number of at least 0, got -1; correct it or leave it out',
    );
    expect(() => strategyOf({ ...dartsMinus(), decay: 'steep' } as never)).toThrow(
      /^dartsMinus: decay must be/,
    );
    const space = defineSpace({ name: 'plain', primitives: ['sep_conv_3x3', 'max_pool_3x3'], nodes: 1 });
    expect(() => createSupernet({ space, noise: null, strategy: dartsMinus() })).toThrow(
      "dartsMinus: the space plain must have skip connections to stand beside, got ['sep_conv_3x3', 'max_pool_3x3']; use another strategy, or a space with 'skip_connect'",
    );
  });
});
