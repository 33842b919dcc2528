import * as tf from '@tensorflow/tfjs-core';
import { MixedOp, NoisyMixedOp } from '../../src/layers';
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
