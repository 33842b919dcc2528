import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy } from '../../src/kernels';
import { DropPath } from '../../src/layers';
import { differentiate } from '../support/gradients';
import { leavesNoTensors } from '../support/memory';
import { describeGolden, type TensorFixture, toTensor } from './support/fixtures';
import { recordedSampler } from './support/noise';

interface MiscLayers {
  readonly drop_path?: {
    readonly x: TensorFixture;
    readonly cotangent: TensorFixture;
    readonly cases: readonly {
      readonly drop_prob: number;
      /** null if none is drawn. */
      readonly mask: readonly number[] | null;
      readonly out: TensorFixture;
      readonly grad_x: TensorFixture;
    }[];
  };
  readonly cross_entropy?: {
    readonly logits: TensorFixture;
    readonly target: readonly number[];
    readonly loss: number;
    readonly grad_logits: TensorFixture;
  };
}

describeGolden<MiscLayers>('misc', (fixture, golden) => {
  leavesNoTensors();

  golden.part('drop path', fixture.drop_path, ({ x: input, cotangent, cases }) => {
    for (const [i, { drop_prob, mask, out, grad_x }] of cases.entries()) {
      golden.case(`drop path ${i}: rate ${drop_prob}`, () => {
        const x = toTensor(input);
        const dy = toTensor(cotangent);
        const layer = new DropPath({ rate: drop_prob });
        const sampler = recordedSampler(mask ? { keep: mask } : {});
        const { y, grads } = differentiate(
          () => layer.apply(x, { training: true, sampler }) as tf.Tensor,
          [x],
          dy,
        );
        golden.compare('out', y, out);
        golden.compare('grad_x', grads[0]!, grad_x);
        tf.dispose([x, dy, y, [...grads]]);
      });
    }
  });

  golden.part('cross-entropy', fixture.cross_entropy, ({ logits, target, loss, grad_logits }) =>
    golden.case('cross-entropy', () => {
      const scores = toTensor<tf.Rank.R2>(logits);
      const labels = tf.tensor1d([...target], 'int32');
      const { y, grads } = differentiate(() => crossEntropy(scores, labels), [scores]);
      golden.compare('loss', y, loss);
      golden.compare('grad_logits', grads[0]!, grad_logits);
      tf.dispose([scores, labels, y, [...grads]]);
    }),
  );
});
