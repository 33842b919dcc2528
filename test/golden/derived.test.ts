import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect } from 'vitest';
import { crossEntropy } from '../../src/kernels';
import { type Sampler, stateVariables, weightVariables } from '../../src/layers';
import { createNetwork, setDropPath, withoutAuxiliary } from '../../src/network';
import { lossGradients } from '../../src/optimizers';
import { leavesNoTensors } from '../support/memory';
import {
  describeGolden,
  type Golden,
  generate,
  type Leaf,
  type TensorFixture,
  toTensor,
} from './support/fixtures';
import { type GenotypeFixture, genotypeNamed } from './support/genotypes';
import { namedWeights } from './support/weights';

/** One training-mode pass of a network: losses and, where gradients are given, their digests. */
interface Pass {
  readonly logits: TensorFixture;
  readonly logits_aux?: TensorFixture;
  readonly loss?: number;
  readonly loss_aux?: number;
  readonly total_loss?: number;
  readonly grad_input?: Leaf;
  readonly grads?: Readonly<Record<string, Leaf>>;
}

interface NetworkFixture {
  readonly kind: 'cifar' | 'imagenet';
  readonly C: number;
  readonly layers: number;
  readonly num_classes: number;
  /** A published one, one that the file lists, or the cells themselves. */
  readonly genotype: string | GenotypeFixture;
  /** Default true. */
  readonly auxiliary?: boolean;
  readonly auxiliary_weight?: number;
  readonly n_params_without_aux?: number;
  readonly n_params?: number;
  /** By official state-dict name, in the order of the official modules. */
  readonly weights: Readonly<Record<string, TensorFixture>>;
  /** Or that of another network, as in `same as cifar_l4`. */
  readonly input: TensorFixture | string;
  readonly target: readonly number[];
  readonly train?: Pass;
  /** Where the official auxiliary head, which works in place, spoils what the classifier sees: as if it did not. */
  readonly train_without_inplace?: Pass;
  readonly stem_bn_running_mean_after?: TensorFixture;
  readonly logits_eval_after_that_forward?: TensorFixture;
  readonly train_drop_path?: Pass & {
    readonly drop_path_prob: number;
    readonly masks: readonly (readonly number[])[];
  };
}

interface DerivedFixture {
  readonly nets?: Readonly<Record<string, NetworkFixture>>;
  readonly counts?: { readonly random_genotypes?: Readonly<Record<string, GenotypeFixture>> };
}

/** A fixture's tensor; generated ones may have hundreds of thousands of values. */
function tensorOf<R extends tf.Rank>(fixture: TensorFixture): tf.Tensor<R> {
  if (!('lcg' in fixture)) return toTensor<R>(fixture);
  const values = generate(fixture.lcg, tf.util.sizeFromShape([...fixture.shape]));
  for (const [i, value] of (fixture.check?.first5 ?? []).entries()) expect(values[i]).toBeCloseTo(value, 6);
  return tf.tensor(values, [...fixture.shape] as tf.ShapeMap[R]);
}

const size = (variables: readonly tf.Variable[]) =>
  variables.reduce((sum, variable) => sum + variable.size, 0);

const scalar = (tensor: tf.Tensor) => {
  const value = tensor.dataSync()[0]!;
  tensor.dispose();
  return value;
};

describeGolden<DerivedFixture>('derived', ({ nets = {}, counts }, golden) => {
  const inputOf = ({ input }: NetworkFixture): TensorFixture =>
    typeof input === 'string' ? inputOf(nets[input.replace(/^same as /, '')]!) : input;

  for (const [name, fixture] of Object.entries(nets))
    describe(name, () => {
      leavesNoTensors();

      const run = (body: (parts: Parts) => void) => {
        const input = inputOf(fixture);
        const network = createNetwork(genotypeNamed(fixture.genotype, counts?.random_genotypes), {
          auxiliary: fixture.auxiliary ?? true,
          kind: fixture.kind,
          channels: fixture.C,
          cells: fixture.layers,
          classes: fixture.num_classes,
          inputShape: input.shape.slice(1) as [number, number, number],
        });
        const weights = namedWeights(network).params;
        expect(Object.keys(weights).sort()).toEqual(Object.keys(fixture.weights).sort());
        for (const [key, variable] of Object.entries(weights)) {
          tf.tidy(() => variable.assign(tensorOf(fixture.weights[key]!)));
        }
        const x = tensorOf<tf.Rank.R4>(input);
        const y = tf.tensor1d([...fixture.target], 'int32');
        body({ network, weights, x, y });
        tf.dispose([x, y, ...weightVariables(network), ...stateVariables(network)]);
      };

      golden.case('counts of parameters', () => {
        run(({ network, weights }) => {
          golden.exact(size(Object.values(weights)), fixture.n_params, 'n_params');
          const main = size(weightVariables(withoutAuxiliary(network)));
          golden.exact(main, fixture.n_params_without_aux, 'n_params_without_aux');
        });
      });

      const passes = [fixture.train_without_inplace, fixture.train].filter((pass) => pass !== undefined);
      golden.part('a training pass', passes[0], (pass) =>
        golden.case('a training pass, running statistics and evaluation after it', () => {
          run((parts) => {
            comparePass(golden, fixture, parts, pass);
            // What the head itself gives is the same in place or not.
            for (const { logits_aux, loss_aux } of passes.slice(1)) {
              golden.exact(logits_aux, pass.logits_aux, 'logits_aux in place');
              golden.exact(loss_aux, pass.loss_aux, 'loss_aux in place');
            }
            const { network, x } = parts;
            const stem = network.layers.find((layer) => /^stem(_0)?$/.test(layer.name))!;
            golden.compare(
              'stem_bn_running_mean_after',
              stateVariables(stem)[0]!,
              fixture.stem_bn_running_mean_after,
            );
            const evaluated = withoutAuxiliary(network).apply(x, { training: false }) as tf.Tensor;
            golden.compare(
              'logits_eval_after_that_forward',
              evaluated,
              fixture.logits_eval_after_that_forward,
              `${name} evaluation`,
            );
            evaluated.dispose();
          });
        }),
      );

      golden.part('a training pass with recorded drop path masks', fixture.train_drop_path, (recorded) => {
        const { masks, drop_path_prob, ...pass } = recorded;
        golden.case('a training pass with recorded drop path masks', () => {
          run((parts) => {
            setDropPath(parts.network, drop_path_prob);
            let used = 0;
            const sampler: Sampler = () => tf.tensor1d([...masks[used++]!]);
            comparePass(golden, fixture, parts, pass, sampler);
            expect(used).toBe(masks.length);
          });
        });
      });
    });
});

interface Parts {
  readonly network: LayersModel;
  readonly weights: Readonly<Record<string, tf.Variable>>;
  readonly x: tf.Tensor4D;
  readonly y: tf.Tensor1D;
}

function comparePass(
  golden: Golden,
  { auxiliary_weight = 0 }: NetworkFixture,
  { network, weights, x, y }: Parts,
  expected: Pass,
  sampler?: Sampler,
): void {
  const image = tf.variable(x);
  const outputs: tf.Tensor[] = [];
  const losses: tf.Scalar[] = [];
  const { loss, grads } = lossGradients(() => {
    const options = { training: true, ...(sampler ? { sampler } : {}) };
    for (const logits of [network.apply(image, options)].flat() as tf.Tensor2D[]) {
      outputs.push(tf.keep(logits));
      losses.push(tf.keep(crossEntropy(logits, y)));
    }
    const [main, side] = losses;
    return side ? tf.add(main!, tf.mul(side, auxiliary_weight)) : main!;
  }, [...Object.values(weights), image]);
  golden.compare('logits', outputs[0]!, expected.logits);
  golden.compare('loss', scalar(losses[0]!), expected.loss);
  if (outputs[1]) {
    golden.compare('logits_aux', outputs[1], expected.logits_aux);
    golden.compare('loss_aux', scalar(losses[1]!), expected.loss_aux);
  }
  golden.compare('total_loss', scalar(loss), expected.total_loss);
  golden.compare('grad_input', grads.at(-1)!, expected.grad_input);
  const named = Object.keys(weights).map((name, index) => [name, grads[index]!] as const);
  golden.compareAll('grads', Object.fromEntries(named), expected.grads);
  tf.dispose([image, ...outputs, ...(grads as tf.Tensor[])]);
}
