import * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { builtinCandidates } from '../../src/layers';
import { candidateNamed } from '../../src/layers/candidates';
import { differentiate } from '../support/gradients';
import { leavesNoTensors } from '../support/memory';
import { describeGolden, type TensorFixture, toTensor } from './support/fixtures';
import { assign, namedWeights, zip } from './support/weights';

type Leaves = Readonly<Record<string, TensorFixture>>;

interface OpCase {
  readonly op: string;
  readonly stride: number;
  /** null where it makes no difference. */
  readonly affine: boolean | null;
  /** `any` where it makes no difference. */
  readonly mode: 'any' | 'train' | 'eval';
  readonly input: string;
  /** What the official code fails of. */
  readonly unsupported?: string;
  readonly cotangent: string;
  readonly out: TensorFixture;
  readonly grad_x: TensorFixture;
  readonly grads?: Leaves;
  readonly running_after?: Leaves;
}

interface OpsFixture {
  readonly inputs: Leaves;
  readonly cotangents: Leaves;
  readonly weights: Readonly<Record<string, { readonly params: Leaves; readonly running: Leaves }>>;
  readonly cases: readonly OpCase[];
}

describeGolden<OpsFixture>('ops', (fixture, golden) => {
  leavesNoTensors();

  /** The operation, built on the input and with the fixture's weights. */
  function operation({ op, stride, affine, out, input }: OpCase, x: tf.Tensor) {
    const layer = candidateNamed(op).create({
      name: op,
      seed: 0,
      filters: (out ?? fixture.inputs[input]!).shape.at(-1)!,
      stride,
      affine: affine ?? true,
      mixed: false,
    });
    (layer.apply(x) as tf.Tensor).dispose();
    const { params, running } = namedWeights(layer);
    const values = fixture.weights[op];
    if (values) {
      assign(params, values.params);
      assign(running, values.running);
    }
    return { layer, params, running };
  }

  const run = (layer: layers.Layer, x: tf.Tensor, training: boolean) =>
    layer.apply(x, { training }) as tf.Tensor;

  const passes = { any: [true, false], train: [true], eval: [false] } as const;

  const covered = new Set(fixture.cases.map(({ op }) => op));
  for (const { primitive } of builtinCandidates) {
    if (!covered.has(primitive)) golden.part(primitive, undefined, () => {});
  }

  for (const c of fixture.cases) {
    const norm = c.affine === null ? '' : `, ${c.affine ? 'affine' : 'plain'}`;
    const title = `${c.op}, stride ${c.stride}${norm}, ${c.input} size, ${c.mode}`;

    if (c.unsupported !== undefined) {
      golden.case(`${title}: not possible in the official code, defined here`, () => {
        const x = toTensor(fixture.inputs[c.input]!);
        const { layer } = operation(c, x);
        const { y, grads } = differentiate(() => run(layer, x, true), [x]);
        const [n, height, width, channels] = x.shape as [number, number, number, number];
        const half = (side: number) => Math.ceil(side / c.stride);
        golden.exact(y.shape, [n, half(height), half(width), channels], 'shape');
        for (const tensor of [y, grads[0]!]) {
          golden.exact(tensor.dataSync().every(Number.isFinite), true, 'finite');
        }
        layer.dispose();
        tf.dispose([x, y, [...grads]]);
      });
      continue;
    }

    for (const training of passes[c.mode]) {
      golden.case(c.mode === 'any' ? `${title}, ${training ? 'training' : 'evaluation'}` : title, () => {
        const x = toTensor(fixture.inputs[c.input]!);
        const dy = toTensor(fixture.cotangents[c.cotangent]!);
        const { layer, params, running } = operation(c, x);
        const { y, grads } = differentiate(() => run(layer, x, training), [x, ...Object.values(params)], dy);
        golden.compare('out', y, c.out);
        golden.compare('grad_x', grads[0]!, c.grad_x);
        golden.compareAll('grads', zip(Object.keys(params), grads.slice(1)), c.grads);
        if (training) golden.compareAll('running_after', running, c.running_after);
        layer.dispose();
        tf.dispose([x, dy, y, [...grads]]);
      });
    }
  }
});
