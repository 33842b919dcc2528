import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { candidateNamed } from '../../src/layers/candidates';
import { backend } from '../support/backend';
import { farthest } from '../support/close';
import { leavesNoTensors } from '../support/memory';
import { registerTfjsNodeLike } from '../support/tfjs-node-like';
import { describeGolden, type TensorFixture, toTensor } from './support/fixtures';
import { assign, namedWeights } from './support/weights';

type Leaves = Readonly<Record<string, TensorFixture>>;

interface OpsFixture {
  readonly inputs: Leaves;
  readonly weights: Readonly<Record<string, { readonly params: Leaves; readonly running: Leaves }>>;
  readonly cases: readonly {
    readonly op: string;
    readonly stride: number;
    readonly affine: boolean | null;
    readonly mode: 'any' | 'train' | 'eval';
    readonly input: string;
    readonly out: TensorFixture;
  }[];
}

// Once is enough: it brings its own backend, on which nothing tells the library that it is tfjs-node's.
if (backend === 'cpu') {
  describeGolden<OpsFixture>('ops', (fixture, golden) => {
    leavesNoTensors();

    beforeAll(async () => {
      await import('@tensorflow/tfjs-backend-cpu');
      registerTfjsNodeLike('tfjs-node-like');
      await tf.setBackend('tfjs-node-like');
    });
    afterAll(async () => {
      await tf.setBackend('cpu');
    });

    golden.case(
      "dilated convolutions need a body of their own where TensorFlow's is taken at its word",
      () => {
        const dilated = fixture.cases.filter(({ op, mode }) => op.startsWith('dil_conv') && mode === 'train');
        expect(dilated.length).toBeGreaterThan(3);
        for (const { op, stride, affine, input, out } of dilated) {
          const x = toTensor(fixture.inputs[input]!);
          const layer = candidateNamed(op).create({
            name: op,
            seed: 0,
            filters: out.shape.at(-1)!,
            stride,
            affine: affine ?? true,
            mixed: false,
          });
          (layer.apply(x) as tf.Tensor).dispose();
          const { params, running } = namedWeights(layer);
          assign(params, fixture.weights[op]!.params);
          assign(running, fixture.weights[op]!.running);
          const [y, expected] = [layer.apply(x, { training: true }) as tf.Tensor, toTensor(out)];
          golden.exact(y.shape, expected.shape, op);
          golden.exact(farthest(op, y.dataSync(), expected.dataSync(), 0.01).length, 1, `${op} is wrong`);
          tf.dispose([x, y, expected]);
          layer.dispose();
        }
      },
    );
  });
} else it.skip('on cpu alone: it brings its own backend', () => {});
