import * as tf from '@tensorflow/tfjs-core';
import { topKAccuracy } from '../../src/analysis';
import { runningAverage } from '../../src/analysis/running-average';
import { cutout } from '../../src/data';
import { cutoutBox } from '../../src/data/augment/cutout';
import { Generator } from '../../src/random';
import { leavesNoTensors } from '../support/memory';
import { describeGolden, type TensorFixture, toTensor } from './support/fixtures';

interface MiscData {
  readonly cutout?: {
    readonly height: number;
    readonly width: number;
    readonly cases: readonly {
      readonly length: number;
      readonly y: number;
      readonly x: number;
      readonly zero_box_y0_y1_x0_x1: readonly number[] | null;
      readonly zeros: number;
    }[];
  };
  readonly accuracy?: readonly {
    readonly logits: TensorFixture;
    readonly target: readonly number[];
    readonly topk: readonly number[];
    readonly accuracy_percent: readonly number[];
  }[];
  readonly average_meter?: readonly {
    readonly val: number;
    readonly n: number;
    readonly sum: number;
    readonly cnt: number;
    readonly avg: number;
  }[];
}

/** A generator whose integers are given. */
class Scripted extends Generator {
  readonly #integers: number[];

  constructor(...integers: number[]) {
    super({ key: [0, 0], position: 0 });
    this.#integers = integers;
  }

  override int(): number {
    return this.#integers.shift()!;
  }
}

describeGolden<MiscData>('misc', (fixture, golden) => {
  leavesNoTensors();

  const { height, width, cases } = fixture.cutout ?? { height: 0, width: 0, cases: [] };
  for (const [i, expected] of cases.entries()) {
    const { length, y, x, zeros } = expected;
    golden.case(`cutout ${i}: length ${length} at (${y}, ${x})`, () => {
      const box = cutoutBox(height, width, length, y, x);
      const { top, bottom, left, right } = box;
      if (expected.zero_box_y0_y1_x0_x1) {
        golden.exact([top, bottom, left, right], expected.zero_box_y0_y1_x0_x1, 'box');
      }
      golden.exact((bottom - top) * (right - left), zeros, 'area of the box');

      const image = new Float32Array(height * width).fill(1);
      cutout(image, [height, width, 1], { length }, new Scripted(y, x));
      const visible = Array.from(image, (_, at) => {
        const [row, column] = [Math.floor(at / width), at % width];
        return row >= top && row < bottom && column >= left && column < right ? 0 : 1;
      });
      golden.exact(Array.from(image), visible, 'image');
    });
  }

  for (const [i, { logits, target, topk, accuracy_percent }] of (fixture.accuracy ?? []).entries()) {
    golden.case(`accuracy ${i}: top ${topk.join(', ')} of [${logits.shape}]`, async () => {
      const scores = toTensor<tf.Rank.R2>(logits);
      const labels = tf.tensor1d([...target], 'int32');
      const percent = await topKAccuracy(scores, labels, topk);
      tf.dispose([scores, labels]);
      golden.compare('accuracy_percent', percent, accuracy_percent);
    });
  }

  golden.part('average meter', fixture.average_meter, (updates) =>
    golden.case(`average meter: ${updates.length} updates`, () => {
      const average = runningAverage();
      for (const { val, n, sum, cnt, avg } of updates) {
        average.add(val, n);
        golden.compare('sum', average.sum, sum);
        golden.exact(average.count, cnt, 'count');
        golden.compare('avg', average.mean, avg);
      }
    }),
  );
});
