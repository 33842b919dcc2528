import * as tf from '@tensorflow/tfjs-core';
import {
  createSupernet,
  gaussianNoise,
  memoryStore,
  nasBench201,
  type SearchEvent,
  type SearchOptions,
  search,
} from 'noisydarts';
import { nasBench201ToString } from 'noisydarts/genotype';
import { avgPool } from 'noisydarts/kernels';
import { DenseCell } from 'noisydarts/layers';
import { describe, expect, it } from 'vitest';
import { lossGradients } from '../../../src/optimizers';
import { expectNear } from '../../support/close';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';
import { everything, halves } from '../search/support';

const space = nasBench201();
type Space = typeof space;

function tiny(noise: ReturnType<typeof gaussianNoise> | null = gaussianNoise()) {
  return createSupernet({
    space,
    noise,
    channels: 2,
    cells: 1,
    classes: 2,
    seed: 7,
    inputShape: [6, 6, 1],
  });
}

async function searched(options: Partial<Omit<SearchOptions<Space>, 'supernet'>> = {}) {
  const supernet = tiny();
  const events: SearchEvent<Space>[] = [];
  const run = search({
    supernet,
    train: halves('train', 12),
    valid: halves('valid', 8),
    epochs: 2,
    batchSize: 4,
    seed: 5,
    ...options,
  });
  for await (const event of run) events.push(event);
  const values = everything(supernet);
  supernet.dispose();
  return { events, values };
}

/** Everything an epoch reports but its time. */
const epochs = (events: readonly SearchEvent<Space>[]) =>
  events.filter((event) => event.type === 'epoch').map(({ seconds: _, ...rest }) => rest);

describe('DenseCell', () => {
  leavesNoTensors();

  /** The cell with one operation an edge. */
  function output(operations: readonly (typeof space.primitives)[number][], x: tf.Tensor4D): tf.Tensor4D {
    const cell = new DenseCell({ filters: 3, candidates: space.primitives, seed: 1 });
    const y = tf.tidy(() => {
      const rows = operations.map((name) => space.primitives.map((primitive) => Number(primitive === name)));
      return cell.apply(x, { weights: tf.tensor2d(rows) }) as tf.Tensor4D;
    });
    cell.dispose();
    return y;
  }

  it('sums into every node what comes from the input and all earlier nodes, and gives the last', () => {
    const x = normal<tf.Rank.R4>([2, 4, 5, 3], 'x');
    const paths = output(Array(6).fill('skip_connect'), x);
    // Nodes hold x, 2x, 4x.
    expectNear(
      paths,
      x.dataSync().map((value) => 4 * value),
    );
    const cut = output(['skip_connect', 'none', 'none', 'none', 'none', 'skip_connect'], x);
    expect([...cut.dataSync()].every((value) => value === 0)).toBe(true);
    tf.dispose([x, paths, cut]);
  });

  it('has no norm behind its average pool', () => {
    const x = normal<tf.Rank.R4>([2, 4, 5, 3], 'x');
    const pooled = output(['none', 'none', 'none', 'avg_pool_3x3', 'none', 'none'], x);
    const expected = avgPool(x);
    expectNear(pooled, expected.dataSync());
    tf.dispose([x, pooled, expected]);
  });
});

describe('the supernet of NAS-Bench-201', () => {
  leavesNoTensors();

  it('has one alpha, and the weights of its stages', () => {
    const supernet = createSupernet({
      space,
      channels: 4,
      cells: 2,
      classes: 10,
      inputShape: [8, 8, 3],
    });
    expect(supernet.alphas.cell.shape).toEqual([6, 5]);
    expect(supernet.archVariables()).toEqual([supernet.alphas.cell]);
    const cells = (c: number) => 2 * 6 * (c * c + 9 * c * c);
    // Two affine norms in a block, over the output's channels.
    const block = (c: number, d: number) => 9 * c * d + 9 * d * d + c * d + 4 * d;
    const expected =
      9 * 3 * 4 + 8 + cells(4) + block(4, 8) + cells(8) + block(8, 16) + cells(16) + 32 + 16 * 10 + 10;
    expect(supernet.weightVariables().reduce((sum, { size }) => sum + size, 0)).toBe(expected);
    supernet.dispose();
  });

  it('puts noise on the skip of each of its edges, in training only', () => {
    const noisy = tiny();
    const plain = tiny(null);
    expect(noisy.noise.flat()).toHaveLength(18);
    for (const edge of noisy.noise.flat()) expect(Object.keys(edge!)).toEqual(['skip_connect']);
    const x = normal<tf.Rank.R4>([4, 6, 6, 1], 'x');
    const outputs = [true, false].map((training) =>
      [noisy, plain].map((net) => net.forward(x, { training, updateStatistics: false })),
    );
    const [trained, evaluated] = outputs.map(([a, b]) =>
      tf.tidy(() => tf.max(tf.abs(tf.sub(a!, b!))).arraySync()),
    );
    expect(trained).toBeGreaterThan(1e-3);
    expect(evaluated).toBe(0);
    tf.dispose([x, outputs]);
    noisy.dispose();
    plain.dispose();
  });

  it('recomputes cells to the same gradients', () => {
    const x = normal<tf.Rank.R4>([4, 6, 6, 1], 'x');
    const y = tf.tensor1d([0, 1, 1, 0], 'int32');
    const [whole, again] = (['none', 'cell'] as const).map((recompute) => {
      const net = createSupernet({
        space,
        channels: 2,
        cells: 1,
        classes: 2,
        seed: 7,
        inputShape: [6, 6, 1],
        recompute,
      });
      const variables = [...net.archVariables(), ...net.weightVariables()];
      const { loss, grads } = lossGradients(() => net.loss({ x, y }, { training: true }), variables);
      const numbers = grads.map((grad) => [...grad!.dataSync()]);
      tf.dispose([loss, grads as tf.Tensor[]]);
      net.dispose();
      return numbers;
    });
    expect(again).toEqual(whole);
    tf.dispose([x, y]);
  });
});

describe('a search in NAS-Bench-201', () => {
  leavesNoTensors();

  it('learns, and ends in a cell that has a name', async () => {
    const { events } = await searched();
    const [first, last] = epochs(events);
    expect(last!.trainLoss).toBeLessThan(first!.trainLoss);
    expect(last!.alphas.cell).toHaveLength(6);
    for (const row of last!.alphas.cell) expect(row.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 5);
    expect(nasBench201ToString(last!.genotype)).toMatch(/^\|.+~0\|\+\|.+~1\|\+\|.+~2\|$/);
  });

  it('goes on bit for bit after a stop', async () => {
    const whole = await searched();
    const store = memoryStore();
    const controller = new AbortController();
    const halted = tiny();
    const run = search({
      supernet: halted,
      train: halves('train', 12),
      valid: halves('valid', 8),
      epochs: 2,
      batchSize: 4,
      seed: 5,
      checkpoint: { store },
      signal: controller.signal,
    });
    for await (const event of run) if (event.type === 'step' && event.step === 1) controller.abort();
    halted.dispose();
    const resumed = await searched({ resume: (await store.load())! });
    expect(resumed.values).toEqual(whole.values);
    expect(epochs(resumed.events)).toEqual(epochs(whole.events));
  });

  it('moves alpha before the weights or after them', async () => {
    const before = await searched({ epochs: 1 });
    const after = await searched({ epochs: 1, alpha: { turn: 'after' } });
    expect(after.values).not.toEqual(before.values);
    const losses = ({ events }: typeof before) =>
      events.flatMap((event) => (event.type === 'step' ? [[event.trainLoss, event.validLoss]] : []));
    // At the first step the one that goes second sees what the first has done.
    const [[train], [lateTrain]] = [losses(before)[0]!, losses(after)[0]!] as [number[], number[]];
    expect(lateTrain).not.toBe(train);
    expect(losses(after)[0]![1]).not.toBe(losses(before)[0]![1]);
  });
});
