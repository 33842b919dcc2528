import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { fromArrays } from '../../../src/data';
import { classification, defineTask, multiLabel, regression, type TaskSettings } from '../../../src/tasks';
import { metricInfo } from '../../../src/tasks/metrics';
import { taskOf } from '../../../src/tasks/task';
import { leavesNoTensors } from '../../support/memory';

leavesNoTensors();

const LOGITS = [1, -0.5, 0.25, 0, 2, -1];
const logits = () => tf.tensor2d(LOGITS, [2, 3]);

/** The loss, its gradient over the outputs, and the metrics of a batch. */
async function measured(task: TaskSettings, outputs: tf.Tensor, targets: tf.Tensor) {
  const { loss, scores, told } = taskOf(task, 'test');
  const { value, grad } = tf.valueAndGrad((x) => loss(x, targets))(outputs);
  const { losses, metrics } = await scores([value as tf.Scalar], outputs, targets);
  const gradient = Array.from(await grad.data());
  tf.dispose([value, grad, outputs, targets]);
  return { loss: losses[0]!, gradient, metrics: told(metrics) };
}

/** log of the softmax, in double precision. */
function logSoftmax(row: readonly number[]): number[] {
  const sum = Math.log(row.reduce((total, z) => total + Math.exp(z), 0));
  return row.map((z) => z - sum);
}

const rows = [LOGITS.slice(0, 3), LOGITS.slice(3)];

describe('classification', () => {
  it('smooths and weighs as PyTorch does', async () => {
    const [s, w, labels] = [0.1, [1, 2, 0.5], [0, 2]];
    const task = classification({ labelSmoothing: s, classWeights: w });
    const { loss, metrics } = await measured(task, logits(), tf.tensor1d(labels, 'int32'));
    let [sum, total] = [0, 0];
    for (const [n, label] of labels.entries()) {
      const logs = logSoftmax(rows[n]!);
      for (const [k, log] of logs.entries()) sum -= w[k]! * ((k === label ? 1 - s : 0) + s / 3) * log;
      total += w[label]!;
    }
    expect(loss).toBeCloseTo(sum / total, 5);
    expect(metrics).toEqual({ accuracy: 50 });
  });

  it('takes shares of the classes for targets, and labels as shares of one', async () => {
    const shares = () => tf.tensor2d([1, 0, 0, 0, 0, 1], [2, 3]);
    const soft = await measured(classification(), logits(), shares());
    const hard = await measured(classification(), logits(), tf.tensor1d([0, 2], 'int32'));
    expect(soft.loss).toBeCloseTo(hard.loss, 5);
    for (const [i, value] of soft.gradient.entries()) expect(value).toBeCloseTo(hard.gradient[i]!, 5);
    expect(soft.metrics).toEqual(hard.metrics);
  });

  it.each([
    [{ labelSmoothing: 1 }, 'classification: labelSmoothing must be on [0, 1), got 1'],
    [{ classWeights: [1, 0] }, 'classification: classWeights must be numbers above 0, got [1, 0]'],
    [{ smoothing: 0.1 }, "classification: there is no such option, got 'smoothing'"],
  ])('refuses %o', (options, message) => {
    expect(() => classification(options as never)).toThrow(message);
  });
});

describe('multiLabel', () => {
  it('is the cross-entropy of the sigmoids, weighed', async () => {
    const [targets, weights] = [
      [1, 0, 1, 0, 0, 1],
      [1, 3, 2],
    ];
    const run = (task: TaskSettings) => measured(task, logits(), tf.tensor2d(targets, [2, 3]));
    const terms = LOGITS.map((z, i) => Math.log(1 + Math.exp(z)) - targets[i]! * z);
    const plain = await run(multiLabel());
    expect(plain.loss).toBeCloseTo(terms.reduce((a, b) => a + b) / 6, 5);
    for (const [i, value] of plain.gradient.entries())
      expect(value).toBeCloseTo((1 / (1 + Math.exp(-LOGITS[i]!)) - targets[i]!) / 6, 5);
    // Right: all of the first row, and 0 (no) of the second; 2 and -1 are not.
    expect(plain.metrics.labelAccuracy).toBeCloseTo((100 * 4) / 6, 4);
    expect(plain.metrics.exact).toBeCloseTo(50, 4);
    const weighed = await run(multiLabel({ classWeights: weights }));
    const sum = terms.reduce((total, term, i) => total + term * weights[i % 3]!, 0);
    expect(weighed.loss).toBeCloseTo(sum / 12, 5);
  });
});

describe('regression', () => {
  const targets = [0.5, -0.5, 0.25, 3, 2, -1.5];
  const differences = LOGITS.map((z, i) => z - targets[i]!);
  it.each([
    ['mse', (d: number) => d * d, (d: number) => 2 * d],
    ['mae', (d: number) => Math.abs(d), (d: number) => Math.sign(d)],
    [
      'huber',
      (d: number) => (Math.abs(d) <= 1 ? d ** 2 / 2 : Math.abs(d) - 0.5),
      (d: number) => Math.max(-1, Math.min(1, d)),
    ],
  ] as const)('%s', async (loss, value, slope) => {
    const result = await measured(regression({ loss }), logits(), tf.tensor2d(targets, [2, 3]));
    expect(result.loss).toBeCloseTo(differences.reduce((sum, d) => sum + value(d), 0) / 6, 5);
    // Where the difference is nothing, |d| has no slope to agree on.
    for (const [i, d] of differences.entries())
      if (d !== 0) expect(result.gradient[i]).toBeCloseTo(slope(d) / 6, 5);
    expect(result.metrics.mae).toBeCloseTo(differences.reduce((sum, d) => sum + Math.abs(d), 0) / 6, 5);
    expect(result.metrics.rmse).toBeCloseTo(Math.sqrt(differences.reduce((sum, d) => sum + d * d, 0) / 6), 5);
  });

  it('refuses another loss', () => {
    expect(() => regression({ loss: 'mape' as never })).toThrow(
      "regression: loss must be 'mse', 'mae' or 'huber'",
    );
  });
});

describe('a task of one’s own', () => {
  const twice = defineTask<TaskSettings & { readonly factor?: number }>({
    kind: 'twice',
    loss: (outputs, targets, { factor = 2 }) =>
      tf.mul(tf.mean(tf.abs(tf.sub(outputs, targets))), factor) as tf.Scalar,
    metrics: {
      most: { better: 'lower', unit: 'px', label: 'largest', of: (outputs) => tf.max(outputs) as tf.Scalar },
    },
    better: 'most',
  });

  it('is known by its kind, with settings of its own', async () => {
    expect(twice).toEqual({ kind: 'twice' });
    const { loss, metrics } = await measured(
      { ...twice, factor: 3 } as never,
      tf.tensor2d([[1, 3]]),
      tf.zeros([1, 2]),
    );
    expect([loss, metrics]).toEqual([6, { most: 3 }]);
    expect(metricInfo('most')).toMatchObject({ better: 'lower', unit: 'px', label: 'largest' });
    const { isBetter } = taskOf(twice, 'test');
    expect(isBetter({ loss: 9, most: 1 }, { loss: 1, most: 2 })).toBe(true);
    expect(isBetter({ loss: 1, most: 2 }, { loss: 2, most: 2 })).toBe(true);
    expect(isBetter({ loss: 2, most: 2 }, { loss: 2, most: 2 })).toBe(false);
  });

  const loss = () => tf.scalar(0);
  it.each<[string, object, string]>([
    [
      'the name of one that there is',
      { kind: 'regression', loss },
      'defineTask: the library brings a task of this kind',
    ],
    ['no loss', { kind: 'other' }, 'defineTask: loss must be a function, got undefined'],
    [
      'no such metric',
      { kind: 'other', loss, better: 'iou' },
      "defineTask: better must be 'loss' or the name of a metric, got 'iou'; use loss",
    ],
    [
      'a metric of another unit',
      { kind: 'other', loss, metrics: { most: { better: 'lower', unit: 'cm', of: loss } } },
      "defineTask: another metric has this name, got 'most'",
    ],
    [
      'a metric without a way',
      { kind: 'other', loss, metrics: { iou: { of: loss } } },
      "metrics.iou.better must be 'higher' or 'lower'",
    ],
  ])('refuses %s', (_, definition, message) => {
    expect(() => defineTask(definition as never)).toThrow(message);
  });

  it.each<[string, () => unknown]>([
    ['a loss an example', () => tf.zeros([2])],
    ['a number', () => 1],
    ['nothing', () => undefined],
    ['a promise', async () => 1],
  ])('is refused when its loss or its metric gives %s', async (_, gives) => {
    const task = (definition: object) =>
      taskOf(defineTask({ kind: 'odd', loss, ...definition } as never), 'test');
    const [x, y, mean] = [tf.zeros([2, 1]), tf.zeros([2, 1]), tf.scalar(0)];
    expect(() => task({ loss: gives }).loss(x, y)).toThrow(
      "the task 'odd': its loss must give a tensor of rank 0, got ",
    );
    await expect(
      task({ metrics: { odds: { better: 'lower', of: gives } } }).scores([mean], x, y),
    ).rejects.toThrow("the task 'odd': its metric odds must give a tensor of rank 0, got ");
    tf.dispose([x, y, mean]);
  });

  it('is refused where nobody has defined it', () => {
    expect(() => taskOf({ kind: 'unheard' }, 'search')).toThrow(
      "search: there is no task of this kind, got 'unheard'; take one of 'noisydarts/tasks', or define it with defineTask()",
    );
    expect(() => taskOf(undefined as never, 'search')).toThrow(
      'search: the task must be an object with kind',
    );
  });
});

describe('targets that are none', () => {
  it.each([
    [classification(), [0.5, 0.4, 0, 0, 0, 1], 'classification'],
    [classification(), [1.5, -0.5, 0, 0, 0, 1], 'classification'],
    [multiLabel(), [0, 2, 0, 0, 0, 1], 'multi-label'],
  ])('are refused when a batch of them is read: %o', async (task, values, kind) => {
    const [outputs, targets, loss] = [logits(), tf.tensor2d(values, [2, 3]), tf.scalar(1)];
    await expect(taskOf(task, 'search').scores([loss], outputs, targets)).rejects.toThrow(
      `: a batch has targets that are none of the task '${kind}', got [2, 3]; correct them`,
    );
    tf.dispose([outputs, targets, loss]);
  });
});

describe('targets that do not fit', () => {
  const labelled = fromArrays({ name: 'labelled', x: [1, 2], y: [0, 4], shape: [1], classes: 5 });
  const numbers = fromArrays({
    name: 'numbers',
    x: [1, 2],
    y: [1, 2, 3, 4],
    shape: [1],
    targets: { shape: [2] },
  });
  it.each([
    [
      classification(),
      labelled,
      "search: train has more classes than the supernet's 3, got 5; create the supernet with as many classes",
    ],
    [
      classification(),
      numbers,
      "search: train must have classes, or the share of each of the supernet's 3 outputs",
    ],
    [regression(), labelled, "search: train must have targets of the supernet's outputs, 3, got"],
    [multiLabel(), numbers, "search: train must have targets of the supernet's outputs, 3, got"],
  ])('are refused: %o', (task, dataset, message) => {
    const meeting = { fn: 'search', what: 'train', subject: 'supernet', dataset, outputs: [3] };
    expect(() => taskOf(task, 'search').fit(meeting)).toThrow(message);
  });
  it('are refused by weights of another number', () => {
    const meeting = { fn: 'search', what: 'train', subject: 'supernet', dataset: numbers, outputs: [2] };
    const task = taskOf(multiLabel({ classWeights: [1, 2, 3] }), 'search');
    expect(() => task.fit(meeting)).toThrow('search: classWeights must be one for each of 2 outputs');
  });
});
