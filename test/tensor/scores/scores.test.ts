import * as tf from '@tensorflow/tfjs-core';
import {
  input as inputOf,
  type LayersModel,
  layers,
  model as modelOf,
  type Sequential,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { nasBench201FromString } from 'noisydarts/genotype';
import { createNetwork } from 'noisydarts/network';
import { jacobianCovariance, naswot, rankGenotypes, synflow, zico } from 'noisydarts/scores';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { blocksOf, runBlock } from '../docs/support';
import { free, images } from '../network/support';

leavesNoTensors();

const W1 = [
  [1, -2, 0.5],
  [-0.5, 0.25, 2],
];
const W2 = [
  [0.5, -1],
  [1.5, 0.25],
  [-0.75, 2],
];

/** x -> W2 relu(W1 x), with a batch norm that evaluation would see between them where told. */
function twoLayers({ norm = false } = {}): LayersModel {
  const model = sequential();
  model.add(layers.dense({ units: 3, useBias: false, inputShape: [2] }));
  if (norm) model.add(layers.batchNormalization({ epsilon: 0.25 }));
  model.add(layers.reLU());
  model.add(layers.dense({ units: 2, useBias: false }));
  tf.tidy(() => {
    model.layers[0]!.setWeights([tf.tensor2d(W1)]);
    model.layers.at(-1)!.setWeights([tf.tensor2d(W2)]);
    if (norm)
      model.layers[1]!.setWeights(
        [
          [2, 3, 4],
          [1, -1, 1],
          [0.5, 0, 1],
          [4, 5, 6],
        ].map((row) => tf.tensor1d(row)),
      );
  });
  return model;
}

const X = [
  [1, 0.5],
  [-1, 0.25],
  [0.5, 2],
  [-0.25, -1],
];
const hidden = (x: readonly number[]) => W1[0]!.map((_, j) => x[0]! * W1[0]![j]! + x[1]! * W1[1]![j]!);

/** The score of a model, which must be as it was afterwards. */
async function scored(model: LayersModel, score: (model: LayersModel) => Promise<number>): Promise<number> {
  const state = () => model.weights.map((weight) => [...weight.read().dataSync()]);
  const before = state();
  const value = await score(model);
  expect(state()).toEqual(before);
  free(model);
  return value;
}

describe('synflow', () => {
  it.each([{ norm: false }, { norm: true }])(
    'is the flow through positive weights, once a layer, %o',
    async (given) => {
      const flow = W1[0]!.reduce(
        (sum, _, j) =>
          sum + (Math.abs(W1[0]![j]!) + Math.abs(W1[1]![j]!)) * W2[j]!.reduce((a, w) => a + Math.abs(w), 0),
        0,
      );
      expect(await scored(twoLayers(given), synflow)).toBeCloseTo(2 * flow, 4);
    },
  );

  it('makes biases positive too', async () => {
    const model = sequential({
      layers: [
        layers.dense({ units: 3, inputShape: [2] }),
        layers.reLU(),
        layers.dense({ units: 2, useBias: false }),
      ],
    });
    const biases = [-1, 0.5, -3];
    tf.tidy(() => {
      model.layers[0]!.setWeights([tf.tensor2d(W1), tf.tensor1d(biases)]);
      model.layers[2]!.setWeights([tf.tensor2d(W2)]);
    });
    const flow = biases.reduce((sum, bias, j) => {
      const [into, out] = [
        Math.abs(W1[0]![j]!) + Math.abs(W1[1]![j]!),
        Math.abs(W2[j]![0]!) + Math.abs(W2[j]![1]!),
      ];
      return sum + into * out + (into + Math.abs(bias)) * out;
    }, 0);
    expect(await scored(model, synflow)).toBeCloseTo(flow, 4);
  });

  it('refuses sides that are not known', async () => {
    const model = sequential({
      layers: [layers.conv2d({ filters: 1, kernelSize: 1, inputShape: [null, 4, 1] as never })],
    });
    await expect(synflow(model)).rejects.toThrow(
      'synflow: every side of the input must be known, got [1, null, 4, 1]',
    );
    free(model);
  });
});

describe('jacobianCovariance', () => {
  it('is that of the eigenvalues of the correlations between the gradients of the examples', async () => {
    const [a, b] = [X[0]!, X[2]!].map((x) =>
      [0, 1].map((i) =>
        hidden(x).reduce((sum, h, j) => sum + (h > 0 ? W1[i]![j]! * (W2[j]![0]! + W2[j]![1]!) : 0), 0),
      ),
    ) as [number[], number[]];
    // Two numbers a row correlate fully, one way or the other: eigenvalues 2 and 0.
    expect(Math.sign(a[0]! - a[1]!)).not.toBe(0);
    expect(Math.sign(b[0]! - b[1]!)).not.toBe(0);
    const x = tf.tensor2d([X[0]!, X[2]!]);
    const expected = [2, 0].reduce((sum, v) => sum - Math.log(v + 1e-5) - 1 / (v + 1e-5), 0);
    const value = await scored(twoLayers(), (model) => jacobianCovariance(model, { x }));
    expect(value / expected).toBeCloseTo(1, 2);
    x.dispose();
  });

  it('is highest where nothing correlates', async () => {
    const pass = () => {
      const model = sequential({
        layers: [layers.reLU({ inputShape: [4] }), layers.dense({ units: 1, useBias: false })],
      });
      tf.tidy(() => model.layers[1]!.setWeights([tf.tensor2d([[1], [1], [1], [1]])]));
      return model;
    };
    const score = async (rows: number[][]) => {
      const x = tf.tensor2d(rows);
      const value = await scored(pass(), (model) => jacobianCovariance(model, { x }));
      x.dispose();
      return value;
    };
    // The gradients are the signs: [1, 1, 0, 0] and [1, 0, 1, 0] correlate by 0.
    const apart = await score([
      [1, 1, -1, -1],
      [1, -1, 1, -1],
    ]);
    expect(apart).toBeCloseTo(2 * -(Math.log(1 + 1e-5) + 1 / (1 + 1e-5)), 4);
    const alike = await score([
      [1, 1, -1, -1],
      [2, 1, -1, -1],
    ]);
    expect(alike).toBeLessThan(-1000);
    // [1, 1, 0, 0] and [1, 0, 1, 1] correlate by -1 / sqrt(3): eigenvalues 1 -+ that.
    const partly = await score([
      [1, 1, -1, -1],
      [1, -1, 1, 1],
    ]);
    const law = [1 - 1 / Math.sqrt(3), 1 + 1 / Math.sqrt(3)].reduce((sum, v) => sum - Math.log(v) - 1 / v, 0);
    expect(partly).toBeCloseTo(law, 3);
  });
});

/** Batches that the scores of gradients take. */
const twoBatches = () =>
  [X.slice(0, 2), X.slice(2)].map((rows) => ({ x: tf.tensor2d(rows), y: tf.tensor1d([0, 1], 'int32') }));
const disposeBatches = (batches: ReturnType<typeof twoBatches>) =>
  tf.dispose(batches.map(({ x, y }) => [x, y]));

/** The same network with its outputs through a softmax. */
function throughSoftmax(): LayersModel {
  const model = twoLayers() as Sequential;
  model.add(layers.softmax());
  return model;
}

describe.each([
  ['zico', (model: LayersModel, batches: ReturnType<typeof twoBatches>) => zico(model, { batches })],
  [
    'jacobianCovariance',
    (model: LayersModel, batches: ReturnType<typeof twoBatches>) =>
      jacobianCovariance(model, { x: batches[0]!.x }),
  ],
] as const)('%s', (_, score) => {
  it('goes by the statistics of the batch', async () => {
    const batches = twoBatches();
    const [given, others] = [twoLayers({ norm: true }), twoLayers({ norm: true })];
    tf.tidy(() => {
      const [gamma, beta] = others.layers[1]!.getWeights();
      others.layers[1]!.setWeights([gamma!, beta!, tf.tensor1d([-3, 2, 7]), tf.tensor1d([0.5, 9, 30])]);
    });
    expect(await scored(others, (model) => score(model, batches))).toBe(
      await scored(given, (model) => score(model, batches)),
    );
    disposeBatches(batches);
  });
});

describe('a model that ends in a softmax', () => {
  it('has the score of its logits by zico, and none where outputs are summed', async () => {
    const batches = twoBatches();
    const own = await scored(twoLayers(), (model) => zico(model, { batches }));
    expect(await scored(throughSoftmax(), (model) => zico(model, { batches }))).toBeCloseTo(own, 3);
    const model = throughSoftmax();
    await expect(synflow(model)).rejects.toThrow(
      "synflow: the outputs must be logits, got 'softmax'; leave the last layer's activation out",
    );
    await expect(jacobianCovariance(model, { x: batches[0]!.x })).rejects.toThrow('must be logits');
    free(model);
    disposeBatches(batches);
  });
});

it('a score of kernels refuses a model without them, and gradients that are no numbers', async () => {
  const batches = twoBatches();
  const bare = sequential({ layers: [layers.reLU({ inputShape: [2] })] });
  for (const score of [synflow, (model: LayersModel) => zico(model, { batches })])
    await expect(score(bare)).rejects.toThrow('the model must have kernels that train, got 0');
  free(bare);
  const model = twoLayers();
  tf.tidy(() => model.layers[0]!.setWeights([tf.fill([2, 3], Number.NaN)]));
  await expect(zico(model, { batches })).rejects.toThrow('zico: gradients must be finite, got NaN');
  free(model);
  disposeBatches(batches);
});

describe('zico', () => {
  it('is the logarithm of the steadiness of gradients, kernel by kernel', async () => {
    const batches = [
      { rows: X.slice(0, 2), labels: [0, 1] },
      { rows: X.slice(2), labels: [1, 1] },
    ];
    /** The gradients of the mean cross-entropy over both kernels, by hand. */
    const gradients = batches.map(({ rows, labels }) => {
      const g1 = W1.map((row) => row.map(() => 0));
      const g2 = W2.map((row) => row.map(() => 0));
      rows.forEach((x, n) => {
        const h = hidden(x).map((value) => Math.max(0, value));
        const z = [0, 1].map((k) => h.reduce((sum, value, j) => sum + value * W2[j]![k]!, 0));
        const total = z.reduce((sum, value) => sum + Math.exp(value), 0);
        const d = z.map((value, k) => (Math.exp(value) / total - (labels[n] === k ? 1 : 0)) / rows.length);
        h.forEach((value, j) => {
          d.forEach((dk, k) => {
            g2[j]![k]! += value * dk;
          });
          const back = value > 0 ? d.reduce((sum, dk, k) => sum + dk * W2[j]![k]!, 0) : 0;
          x.forEach((xi, i) => {
            g1[i]![j]! += xi * back;
          });
        });
      });
      return [g1.flat(), g2.flat()];
    });
    const expected = [0, 1].reduce((score, kernel) => {
      const [a, b] = gradients.map((all) => all[kernel]!) as [number[], number[]];
      const sum = a.reduce((all, ga, i) => {
        const std = Math.abs(ga - b[i]!) / 2;
        return std === 0 ? all : all + (Math.abs(ga) + Math.abs(b[i]!)) / 2 / std;
      }, 0);
      return score + Math.log(sum);
    }, 0);
    const given = batches.map(({ rows, labels }) => ({
      x: tf.tensor2d(rows),
      y: tf.tensor1d(labels, 'int32'),
    }));
    const value = await scored(twoLayers(), (model) => zico(model, { batches: given }));
    expect(value).toBeCloseTo(expected, 3);
    tf.dispose(given.map(({ x, y }) => [x, y]));
  });

  it('refuses a single batch', async () => {
    const model = twoLayers();
    const batch = { x: tf.zeros([1, 2]), y: tf.zeros([1]) };
    await expect(zico(model, { batches: [batch] })).rejects.toThrow('zico: there must be two batches, got 1');
    await expect(zico(model, { batches: [batch, { ...batch, x: batch.y }] })).rejects.toThrow(
      '[N, 2], got [1]',
    );
    tf.dispose([batch.x, batch.y]);
    free(model);
  });

  it.each([
    [() => tf.tensor1d([0, 2], 'int32'), 'zico: labels must be classes from 0 to 1, got 2'],
    [() => tf.tensor1d([0, 1]), 'zico: y must be classes, [N] of int32, got'],
    [() => tf.tensor2d([[0], [1]], [2, 1], 'int32'), 'zico: y must be classes, [N] of int32, got'],
    [() => tf.tensor1d([0], 'int32'), 'zico: y must have a target for every example, got [1]'],
  ] as const)('refuses targets that are none (%#)', async (make, message) => {
    const model = twoLayers();
    const batch = { x: tf.tensor2d(X.slice(0, 2)), y: make() };
    await expect(zico(model, { batches: [batch, batch] })).rejects.toThrow(message);
    tf.dispose([batch.x, batch.y]);
    free(model);
  });
});

describe('naswot', () => {
  it('is the determinant of the agreements of the ReLUs', async () => {
    const x = tf.tensor2d(X.slice(0, 2));
    const [a, b] = X.slice(0, 2).map((row) => hidden(row).map((value) => value > 0)) as [
      boolean[],
      boolean[],
    ];
    const same = a.filter((on, j) => on === b[j]).length;
    expect(same).toBeLessThan(3);
    expect(await scored(twoLayers(), (model) => naswot(model, { x }))).toBeCloseTo(
      Math.log(9 - same ** 2),
      4,
    );
    x.dispose();
  });

  it('counts the ReLUs of every layer', async () => {
    const model = sequential({
      layers: [2, 3].flatMap((units, i) => [
        layers.dense({ units, useBias: false, ...(i === 0 && { inputShape: [2] }) }),
        layers.reLU(),
      ]),
    });
    const second = [
      [1, -2, 1],
      [-1, 1, 0.5],
    ];
    const first = [
      [1, -1],
      [0.5, 3],
    ];
    tf.tidy(() => {
      for (const [i, rows] of [first, second].entries()) model.layers[2 * i]!.setWeights([tf.tensor2d(rows)]);
    });
    const x = tf.tensor2d(X.slice(0, 2));
    const through = (row: readonly number[], weights: readonly (readonly number[])[]) =>
      weights[0]!.map((_, j) => row.reduce((sum, value, i) => sum + value * weights[i]![j]!, 0));
    const relu = (row: readonly number[]) => row.map((value) => Math.max(0, value));
    const [a, b] = X.slice(0, 2).map((row) => {
      const early = through(row, first);
      return [early, through(relu(early), second)].map((layer) => layer.map((value) => value > 0));
    }) as [boolean[][], boolean[][]];
    const same = a.map((layer, i) => layer.filter((on, j) => on === b[i]![j]).length);
    expect(Math.min(...same)).toBeGreaterThan(0);
    const agreed = same.reduce((sum, count) => sum + count);
    expect(await scored(model, (given) => naswot(given, { x }))).toBeCloseTo(Math.log(25 - agreed ** 2), 4);
    x.dispose();
  });

  it('counts a shared ReLU at each of its calls, and refuses one that it cannot see', async () => {
    const relu = layers.reLU();
    const input = inputOf({ shape: [2] });
    const dense = (units: number) => layers.dense({ units, useBias: false });
    const chain = (shared: boolean) => {
      const [first, second] = [dense(3), dense(2)];
      const early = (shared ? relu : layers.reLU()).apply(first.apply(input));
      const late = (shared ? relu : layers.reLU()).apply(second.apply(early)) as SymbolicTensor;
      tf.tidy(() => {
        first.setWeights([tf.tensor2d(W1)]);
        second.setWeights([tf.tensor2d(W2)]);
      });
      return modelOf({ inputs: input, outputs: late });
    };
    const x = tf.tensor2d(X.slice(0, 3));
    const apart = await scored(chain(false), (model) => naswot(model, { x }));
    expect(await scored(chain(true), (model) => naswot(model, { x }))).toBe(apart);
    const nested = sequential({ layers: [twoLayers(), layers.dense({ units: 1 })] });
    expect(await scored(nested, (model) => naswot(model, { x }))).toBe(
      await scored(twoLayers(), (model) => naswot(model, { x })),
    );
    const within = sequential({
      layers: [
        layers.reshape({ targetShape: [2, 1], inputShape: [2] }),
        layers.timeDistributed({ layer: layers.dense({ units: 2, activation: 'relu' }) }),
      ],
    });
    await expect(naswot(within, { x })).rejects.toThrow(
      'naswot: every ReLU must be a layer of the model itself, not of a model or wrapper in it',
    );
    x.dispose();
    free(within);
  });

  it('sees the norms of the batch', async () => {
    const x = tf.tensor2d([
      [1, 0.5],
      [2, 1],
      [0.5, 2],
    ]);
    const all = [
      [1, 0.5],
      [2, 1],
      [0.5, 2],
    ].map(hidden);
    const codes = all.map((row) =>
      row.map((h, j) => {
        const column = all.map((other) => other[j]!);
        const mean = column.reduce((sum, value) => sum + value) / 3;
        const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3;
        return ((h - mean) / Math.sqrt(variance + 0.25)) * [2, 3, 4][j]! + [1, -1, 1][j]! > 0;
      }),
    );
    const k = codes.map((p) => codes.map((q) => p.filter((on, j) => on === q[j]).length));
    const det =
      k[0]![0]! * (k[1]![1]! * k[2]![2]! - k[1]![2]! * k[2]![1]!) -
      k[0]![1]! * (k[1]![0]! * k[2]![2]! - k[1]![2]! * k[2]![0]!) +
      k[0]![2]! * (k[1]![0]! * k[2]![1]! - k[1]![1]! * k[2]![0]!);
    const value = await scored(twoLayers({ norm: true }), (model) => naswot(model, { x }));
    if (det === 0) expect(value).toBe(Number.NEGATIVE_INFINITY);
    else expect(value).toBeCloseTo(Math.log(det), 4);
    x.dispose();
  });

  it('refuses a model without ReLUs', async () => {
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] });
    const x = tf.zeros([2, 2]);
    await expect(naswot(model, { x })).rejects.toThrow('naswot: the model must have ReLUs, got 0');
    x.dispose();
    free(model);
  });
});

describe('rankGenotypes', () => {
  it('puts a cell of convolutions before one of poolings and one without a path, by every score', async () => {
    const cells = [
      '|none~0|+|none~0|none~1|+|none~0|none~1|none~2|',
      '|avg_pool_3x3~0|+|none~0|avg_pool_3x3~1|+|none~0|none~1|avg_pool_3x3~2|',
      '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|',
    ].map((text) => nasBench201FromString(text));
    const x = images([4, 8, 8, 3]);
    const y = tf.tensor1d([0, 1, 2, 0], 'int32');
    const network = (cell: (typeof cells)[number]) =>
      createNetwork(cell, { channels: 4, cells: 1, classes: 3, inputShape: [8, 8, 3] });
    const batches = [
      { x, y },
      { x: images([4, 8, 8, 3], 2), y },
    ];
    for (const score of [
      synflow,
      (model: LayersModel) => zico(model, { batches }),
      (model: LayersModel) => naswot(model, { x }),
      (model: LayersModel) => jacobianCovariance(model, { x }),
    ]) {
      const ranked = await rankGenotypes(cells, { network, score });
      expect(ranked.map(({ score: value }) => value)).toEqual(
        ranked.map(({ score: value }) => value).sort((a, b) => b - a),
      );
      expect(ranked.map(({ genotype }) => cells.indexOf(genotype)).sort()).toEqual([0, 1, 2]);
      if (score === synflow) expect(ranked[0]!.genotype).toBe(cells[2]);
    }
    tf.dispose([batches.map((batch) => batch.x), y]);
  });

  it.each(['high', Number.NaN])('refuses %s for a score', async (value) => {
    const score = (async () => value) as never;
    await expect(rankGenotypes([1], { network: () => twoLayers(), score })).rejects.toThrow(
      'rankGenotypes: score must give a number, got ',
    );
  });

  it('runs as docs/scores.md has it', async () => {
    const [code, ...others] = blocksOf('scores.md');
    expect(others).toEqual([]);
    expect(await runBlock(code!, {})).toEqual([expect.stringMatching(/\d$/)]);
  });
});
