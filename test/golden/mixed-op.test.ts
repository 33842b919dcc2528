import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { MixedOp, NoisyMixedOp } from '../../src/layers';
import { farthest } from '../support/close';
import { differentiate } from '../support/gradients';
import { leavesNoTensors } from '../support/memory';
import { describeGolden, type TensorFixture, toTensor } from './support/fixtures';
import { decayEpochs, type NoiseFixture, recordedSampler, referenceNoise } from './support/noise';
import { assign, namedWeights, renamed, zip } from './support/weights';

type Leaves = Readonly<Record<string, TensorFixture>>;

interface EdgeCase {
  readonly name: string;
  readonly stride: number;
  readonly n_ops: number;
  readonly mode: 'train' | 'eval';
  readonly noise: NoiseFixture | null;
  readonly drop_prob: number;
  readonly epoch: number;
  readonly softmax: TensorFixture;
  readonly out: TensorFixture;
  readonly grad_x: TensorFixture;
  readonly grad_softmax: TensorFixture;
  readonly grad_alpha: TensorFixture;
  readonly grads?: Leaves;
  readonly running_after?: Leaves;
}

interface MixedOpFixture {
  readonly x: TensorFixture;
  /** These by stride. */
  readonly cotangent: Leaves;
  readonly normal_draw: Leaves;
  readonly uniform_draw: Leaves;
  readonly weights: Readonly<Record<string, { readonly params: Leaves; readonly running: Leaves }>>;
  readonly drop_mask: readonly number[];
  /** These by number of operations. */
  readonly alphas: Leaves;
  readonly primitives: Readonly<Record<string, readonly string[]>>;
  readonly cases: readonly EdgeCase[];
  /** The official code drops paths in evaluation too, and in place. */
  readonly quirk_eval_inplace_drop_path?: {
    readonly drop_prob: number;
    readonly out_no_drop_path: TensorFixture;
  };
}

describeGolden<MixedOpFixture>('mixed_op', (fixture, golden) => {
  leavesNoTensors();

  // The names of the weights count the operations of the list that has gradients of them.
  const counted = fixture.primitives[fixture.cases.find(({ grads }) => grads)!.n_ops]!;

  function edgeOf({
    n_ops,
    stride,
    noise,
    drop_prob,
  }: Pick<EdgeCase, 'n_ops' | 'stride' | 'noise' | 'drop_prob'>) {
    const candidates = fixture.primitives[n_ops]!;
    const options = { candidates, stride, skipDropPath: drop_prob };
    const edge = noise
      ? new NoisyMixedOp({ ...options, noise: referenceNoise(noise, decayEpochs()) })
      : new MixedOp(options);
    const x = toTensor(fixture.x);
    (edge.apply(x) as tf.Tensor).dispose();
    const inFixture = (name: string) =>
      name.replace(/^_ops\.(\d+)/, (_, index) => `_ops.${counted.indexOf(candidates[index]!)}`);
    const { params, running } = namedWeights(edge);
    const named = { params: renamed(params, inFixture), running: renamed(running, inFixture) };
    const reset = () => {
      assign(named.params, fixture.weights[stride]!.params);
      assign(named.running, fixture.weights[stride]!.running);
      assign({ alpha: edge.alpha! }, { alpha: fixture.alphas[n_ops]! });
    };
    reset();
    return { edge, x, ...named, reset };
  }

  for (const c of fixture.cases) {
    golden.case(`${c.name}, ${c.n_ops} operations, stride ${c.stride}`, () => {
      const { edge, x, params, running, reset } = edgeOf(c);
      const dy = toTensor(fixture.cotangent[c.stride]!);
      const options = {
        training: c.mode === 'train',
        moment: { epoch: c.epoch, step: 0, pass: 0 },
        sampler: recordedSampler({
          gaussian: fixture.normal_draw[c.stride]!,
          uniform: fixture.uniform_draw[c.stride]!,
          keep: fixture.drop_mask,
        }),
      };

      const own = differentiate(
        () => edge.apply(x, options) as tf.Tensor,
        [x, edge.alpha!, ...Object.values(params)],
        dy,
      );
      golden.compare('out', own.y, c.out);
      golden.compare('grad_x', own.grads[0]!, c.grad_x);
      golden.compare('grad_alpha', own.grads[1]!, c.grad_alpha);
      golden.compareAll('grads', zip(Object.keys(params), own.grads.slice(2)), c.grads);
      if (c.mode === 'train') golden.compareAll('running_after', running, c.running_after);

      reset();
      const weights = tf.softmax(edge.alpha!);
      golden.compare('softmax', weights, c.softmax);
      const given = differentiate(() => edge.apply(x, { ...options, weights }) as tf.Tensor, [weights], dy);
      golden.compare('out', given.y, c.out, 'out from given weights');
      golden.compare('grad_softmax', given.grads[0]!, c.grad_softmax);

      edge.dispose();
      tf.dispose([x, dy, weights, own.y, given.y, [...own.grads], [...given.grads]]);
    });
  }

  /** The edge of a case, on signals or on maps of one column, and what it computes of the columns of the fixture's maps. */
  function onColumns(c: EdgeCase, ofSignals: boolean) {
    // At stride 2 the skip reads a column beside each, which a signal has not: see test/tensor/layers/signals.test.ts.
    const ops = fixture.primitives[c.n_ops]!.filter((name) => c.stride === 1 || name !== 'skip_connect');
    const options = {
      candidates: ops.map((name) => (ofSignals ? name.replace(/x\d$/, '') : name)),
      stride: c.stride,
      skipDropPath: c.drop_prob,
      seed: 1,
    };
    const noise = c.noise && c.stride === 1 && referenceNoise(c.noise, decayEpochs());
    const edge = noise ? new NoisyMixedOp({ ...options, noise }) : new MixedOp(options);
    const seen = ({ shape: [n, height, width, channels] }: tf.Tensor4D) =>
      ofSignals ? [n * width, height, channels] : [n * width, height, 1, channels];
    const columns = (maps: TensorFixture) =>
      tf.tidy(() => {
        const x = toTensor(maps) as tf.Tensor4D;
        return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), seen(x) as [number, number, number]);
      });
    /** What a map of one column sees of a filter. */
    const middle = (filter: tf.Tensor) =>
      filter.rank === 4 && filter.shape[0] === filter.shape[1] && filter.shape[1]! > 1
        ? tf.slice(filter, [0, (filter.shape[1]! - 1) / 2, 0, 0], [-1, 1, -1, -1])
        : tf.clone(filter);
    const x = columns(fixture.x);
    // A column keeps its place at stride 2, where the fixture's maps have half as many.
    const dy = tf.tidy(() => {
      const cotangent = columns(fixture.cotangent[c.stride]!);
      return tf.tile(cotangent, [c.stride, ...cotangent.shape.slice(1).map(() => 1)] as [
        number,
        number,
        number,
      ]);
    });
    (edge.apply(x) as tf.Tensor).dispose();
    const { params, running } = namedWeights(edge);
    const all: Leaves = { ...fixture.weights[c.stride]!.params, ...fixture.weights[c.stride]!.running };
    tf.tidy(() => {
      for (const [name, variable] of Object.entries({ ...params, ...running })) {
        const known = name.replace(/^_ops\.(\d+)/, (_, index) => `_ops.${counted.indexOf(ops[index]!)}`);
        const value = toTensor(all[known]!);
        variable.assign(ofSignals ? tf.reshape(middle(value), variable.shape) : value);
      }
      edge.alpha!.assign(tf.slice1d(toTensor(fixture.alphas[c.n_ops]!) as tf.Tensor1D, 0, ops.length));
    });
    const moment = { epoch: c.epoch, step: 0, pass: 0 };
    const { y, grads } = differentiate(
      () => edge.apply(x, { training: c.mode === 'train', moment }) as tf.Tensor,
      [x, edge.alpha!, ...Object.values(params)],
      dy,
    );
    const names = ['x', 'alpha', ...Object.keys(params)];
    const gradients = grads.map((grad, i) => [
      `gradient of ${names[i]}`,
      tf.tidy(() => (i > 0 ? middle(grad) : grad).dataSync()),
    ]);
    const state = Object.entries(running).map(([name, variable]) => [name, variable.dataSync()]);
    const values = Object.fromEntries([['y', y.dataSync()], ...gradients, ...state]) as Record<
      string,
      Float32Array
    >;
    edge.dispose();
    tf.dispose([x, dy, y, ...grads]);
    return values;
  }

  for (const c of fixture.cases) {
    it(`${c.name}, ${c.n_ops} operations, stride ${c.stride}: an edge of signals is that of maps of one column`, () => {
      const [signals, maps] = [onColumns(c, true), onColumns(c, false)];
      expect(Object.keys(signals)).toEqual(Object.keys(maps));
      expect(
        Object.keys(maps).flatMap((name) => farthest(name, signals[name]!, maps[name]!, 2e-5, 1e-6)),
      ).toEqual([]);
    });
  }

  golden.part('evaluation with a drop path', fixture.quirk_eval_inplace_drop_path, (quirk) =>
    golden.case('evaluation drops no path, unlike the official code', () => {
      const { drop_prob, out_no_drop_path } = quirk;
      const { n_ops, stride } = fixture.cases.find(
        ({ out }) => `${out.shape}` === `${out_no_drop_path.shape}`,
      )!;
      const { edge, x } = edgeOf({ n_ops, stride, noise: null, drop_prob });
      const y = edge.apply(x, { training: false }) as tf.Tensor;
      golden.compare('out_no_drop_path', y, out_no_drop_path);
      edge.dispose();
      tf.dispose([x, y]);
    }),
  );
});
