import * as tf from '@tensorflow/tfjs-core';
import { createSupernet, gdas, MixedOp, nasBench201, search, weightVariables } from 'noisydarts';
import { type Moment, momentDraw, NoisyDartsLayer, stateVariables } from 'noisydarts/layers';
import { lossGradients } from 'noisydarts/optimizers';
import { fillUniform, stream } from 'noisydarts/random';
import { localEngine } from 'noisydarts/search';
import type { StrategySettings } from 'noisydarts/strategies';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { strategyOf } from '../../../src/strategies/strategy';
import { expectNear } from '../../support/close';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';
import { halves } from '../search/support';
import { passOf, softmax } from './support';

const row = [0.5, -1, 0, 1.2];

function choiceOf(
  settings: StrategySettings,
  alpha: number[][],
  {
    training = true,
    uniform = (count: number) => fillUniform(new Float32Array(count), [1, 2], 3).map((u) => (u + 1) / 2),
  } = {},
): readonly number[] {
  return strategyOf(settings).choose!(alpha, { ...passOf(settings), training, uniform });
}

describe('the choices of gdas', () => {
  leavesNoTensors();

  it('are as frequent as the softmax of alpha says', () => {
    const edges = 20_000;
    const chosen = choiceOf(
      gdas(),
      Array.from({ length: edges }, () => row),
    );
    expect(chosen).toHaveLength(edges);
    softmax(row).forEach((p, k) => {
      const share = chosen.filter((index) => index === k).length / edges;
      // Four standard errors of a share.
      expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / edges));
    });
  });

  it('are the most probable operations outside training', () => {
    expect(choiceOf(gdas(), [row, [2, 1, 0, 0]], { training: false })).toEqual([3, 0]);
  });

  it('survive draws at the ends of their range', () => {
    for (const end of [0, 1]) {
      expect(choiceOf(gdas(), [row], { uniform: (count) => new Float32Array(count).fill(end) })).toEqual([3]);
    }
  });

  it('are relaxed to the softmax at the temperature of the epoch', () => {
    const settings = gdas({ from: 4, to: 0.5, epochs: 8 });
    const u = tf.tensor2d([[0.3, 0.9, 0.5, 0.2]]);
    const alpha = tf.tensor2d([row]);
    for (const [epoch, temperature] of [
      [0, 4],
      [7, 0.5],
      [20, 0.5],
    ] as const) {
      const pass = passOf(settings, { epoch, uniform: () => tf.clone(u) });
      const weights = strategyOf(settings).weights(alpha, pass);
      const scores = [0.3, 0.9, 0.5, 0.2].map(
        (draw, k) => (row[k]! - Math.log(-Math.log(draw))) / temperature,
      );
      expectNear(weights, softmax(scores));
      weights.dispose();
    }
    tf.dispose([u, alpha]);
  });

  it('refuse a temperature of 0', () => {
    expect(() => strategyOf(gdas({ to: 0 }))).toThrow(
      'gdas: to must be a finite number above 0, got 0; correct it or leave it out',
    );
  });
});

describe('a supernet with gdas', () => {
  leavesNoTensors();
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const moment: Moment = { epoch: 3, step: 5, pass: 1 };
  const create = () =>
    createSupernet({
      space: nasBench201(),
      strategy: gdas(),
      noise: null,
      channels: 2,
      cells: 1,
      classes: 2,
      seed: 7,
      inputShape: [6, 6, 1],
    });
  const batch = () => ({
    x: normal<tf.Rank.R4>([4, 6, 6, 1], 'x'),
    y: tf.tensor1d([0, 1, 1, 0], 'int32'),
  });
  const edgesOf = (layer: NoisyDartsLayer): MixedOp[] =>
    layer instanceof MixedOp
      ? [layer]
      : layer.children.flatMap((child) => (child instanceof NoisyDartsLayer ? edgesOf(child) : []));

  /** The scores at a moment, in double precision. */
  const scoresAt = ({ seed, alphas }: ReturnType<typeof create>, at: Moment): number[][] => {
    const { key, counter } = momentDraw(stream(seed, 'strategy', 'cell'), at);
    const draws = fillUniform(new Float32Array(30), key, counter);
    const rows = alphas.cell.arraySync() as number[][];
    return rows.map((edge, e) =>
      edge.map((alpha, k) => alpha - Math.log(-Math.log((draws[5 * e + k]! + 1) / 2))),
    );
  };
  const best = (scores: number[]) => scores.indexOf(Math.max(...scores));

  it.each([true, false])('computes one candidate an edge (training: %s)', (training) => {
    const supernet = create();
    const { x, y } = batch();
    const edges = edgesOf(supernet);
    expect(edges).toHaveLength(18);
    // In training a candidate may also run inside a kernel of the edge, which asks it for its parts.
    const calls = edges.map((edge) =>
      edge.ops.map((op) => [
        vi.spyOn(op, 'apply'),
        ...(op instanceof NoisyDartsLayer ? [vi.spyOn(op, 'fused')] : []),
      ]),
    );
    supernet.forward(x, { training, moment }).dispose();
    const rows = supernet.alphas.cell.arraySync() as number[][];
    const chosen = (training ? scoresAt(supernet, moment) : rows).map(best);
    calls.forEach((ops, e) => {
      const used = ops.map((spies) => spies.some((spy) => spy.mock.calls.length > 0));
      expect(used).toEqual(ops.map((_, k) => k === chosen[e % 6]));
    });
    tf.dispose([x, y]);
    supernet.dispose();
  });

  it('moves neither weights nor statistics of the others', async () => {
    const supernet = create();
    const images = batch();
    const chosen = scoresAt(supernet, moment).map(best);
    const statistics = () =>
      edgesOf(supernet).map(({ ops }) => ops.map((op) => stateVariables(op).map((v) => [...v.dataSync()])));
    const before = statistics();
    const { grads } = await localEngine(supernet).gradients(images, 'weights', moment);
    const variables = supernet.weightVariables();
    const after = statistics();
    let idle = 0;
    edgesOf(supernet).forEach(({ ops }, e) => {
      ops.forEach((op, k) => {
        const active = k === chosen[e % 6];
        for (const variable of weightVariables(op)) {
          expect(grads[variables.indexOf(variable)] !== null, `${variable.name}`).toBe(active);
          if (!active) idle++;
        }
        if (!active) expect(after[e]![k]).toEqual(before[e]![k]);
        else if (before[e]![k]!.length > 0) expect(after[e]![k]).not.toEqual(before[e]![k]);
      });
    });
    expect(idle).toBeGreaterThan(0);
    tf.dispose([...Object.values(images), ...grads.filter((grad) => grad !== null)]);
    supernet.dispose();
  });

  it('has the gradient of the chosen operation alone, through the softmax', () => {
    const supernet = create();
    const images = batch();
    const none = supernet.space.primitives.indexOf('none');
    const steps = Array.from({ length: 50 }, (_, step): Moment => ({ epoch: 3, step, pass: 1 }));
    // One of the steps in which every edge leads somewhere.
    const moment = steps.find((at) => !scoresAt(supernet, at).map(best).includes(none))!;
    const scores = scoresAt(supernet, moment);
    const chosen = scores.map(best);
    const { loss, grads } = lossGradients(
      () => supernet.loss(images, { training: true, moment }),
      [supernet.alphas.cell as tf.Variable],
    );
    const lossWith = (edge: number, weight: number) => {
      const cell = chosen.map((c, e) =>
        supernet.space.primitives.map((_, k) => (k === c ? (e === edge ? weight : 1) : 0)),
      );
      return tf.tidy(
        () =>
          supernet
            .withMixtures({ cell }, () => supernet.loss(images, { training: true, moment }))
            .dataSync()[0]!,
      );
    };
    expect(lossWith(0, 1)).toBeCloseTo(loss.dataSync()[0]!, 5);
    const temperature = 10 + (0.1 - 10) * (3 / 49);
    const actual = grads[0]!.arraySync() as number[][];
    const expected = chosen.map((c, e) => {
      // The gradient of the weight by differences, too short to pass many kinks of the ReLUs.
      const slope = (lossWith(e, 1.001) - lossWith(e, 0.999)) / 0.002;
      const p = softmax(scores[e]!.map((score) => score / temperature));
      return p.map((pk, k) => (slope * p[c]! * (Number(k === c) - pk)) / temperature);
    });
    const scale = Math.max(...expected.flat().map(Math.abs));
    expect(scale).toBeGreaterThan(1e-4);
    actual.flat().forEach((value, i) => {
      expect(Math.abs(value - expected.flat()[i]!) / scale).toBeLessThan(0.03);
    });
    tf.dispose([...Object.values(images), loss, ...grads.filter((grad) => grad !== null)]);
    supernet.dispose();
  });

  it('searches in second order', async () => {
    const supernet = create();
    const images = halves('images', 4);
    const run = search({
      supernet,
      train: images,
      valid: images,
      epochs: 1,
      batchSize: 4,
      alpha: { order: 'second' },
    });
    const before = [...supernet.alphas.cell.dataSync()];
    for await (const event of run) {
      if (event.type === 'step') expect(Number.isFinite(event.validLoss)).toBe(true);
    }
    expect([...supernet.alphas.cell.dataSync()]).not.toEqual(before);
    supernet.dispose();
  });

  it('reads alpha before a step, not in it', async () => {
    const supernet = create();
    const images = batch();
    const reads = vi.spyOn(tf.Tensor.prototype, 'dataSync');
    const { grads } = await localEngine(supernet).gradients(images, 'alphas', moment);
    expect(reads).not.toHaveBeenCalled();
    // A pass that nobody prepared reads it itself, and draws the same.
    const unprepared = create();
    const [prepared, other] = [supernet, unprepared].map((net) =>
      net.forward(images.x, { training: true, moment }),
    );
    expect(reads).toHaveBeenCalledTimes(1);
    expect(prepared!.arraySync()).toEqual(other!.arraySync());
    tf.dispose([...Object.values(images), prepared, other, ...grads.filter((grad) => grad !== null)]);
    unprepared.dispose();
    supernet.dispose();
  });
});
