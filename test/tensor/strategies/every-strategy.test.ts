import * as tf from '@tensorflow/tfjs-core';
import {
  createSupernet,
  defineStrategy,
  gaussianNoise,
  memoryStore,
  type NoiseSettings,
  plainDarts,
  search,
} from 'noisydarts';
import { fromArrays } from 'noisydarts/data';
import { describeRun } from 'noisydarts/node';
import { stream } from 'noisydarts/random';
import { oles } from 'noisydarts/search';
import type { SearchSpace } from 'noisydarts/spaces';
import type { StrategySettings } from 'noisydarts/strategies';
import * as room from 'noisydarts/strategies';
import { describe, expect, it } from 'vitest';
import { strategies as commands } from '../../../src/cli/search/spaces';
import { strategyOf } from '../../../src/strategies/strategy';
import { leavesNoTensors } from '../../support/memory';
import { normal } from '../../support/random';
import { sizesOf, spaces } from '../costs/support';
import { everything, halves, tinySpace } from '../search/support';
import { isFor, knownKinds, softmax, strategies, weightsOf } from './support';

const sizes = { channels: 2, classes: 2, seed: 7, inputShape: [6, 6, 1] };
const tiny = (strategy: StrategySettings, noise: ReturnType<typeof gaussianNoise> | null = gaussianNoise()) =>
  createSupernet({ space: tinySpace, strategy, noise, cells: 3, ...sizes });

/** A search of two epochs of two iterations. */
const run = (supernet: ReturnType<typeof tiny>, options: object = {}) =>
  search({
    supernet,
    train: halves('train', 8),
    valid: halves('valid', 8),
    epochs: 2,
    batchSize: 4,
    seed: 5,
    ...options,
  });

describe('the options of a strategy', () => {
  it('are by default those of its source', () => {
    const { defineStrategy: _, ...makers } = room;
    const made = Object.entries(makers).map(([name, make]) => [name, (make as () => StrategySettings)()]);
    const ramp = (from: number, to: number) => ({ from, to, epochs: 50 });
    expect(Object.fromEntries(made)).toEqual({
      plainDarts: { kind: 'darts' },
      fairDarts: { kind: 'fair-darts', zeroOne: 10 },
      pcDarts: { kind: 'pc-darts', share: 4, edgeNormalization: true },
      gdas: { kind: 'gdas', temperature: ramp(10, 0.1) },
      betaDarts: { kind: 'beta-darts', growth: 0.5 },
      dartsMinus: { kind: 'darts-minus', beta: ramp(1, 0), decay: 'linear' },
      sdartsRs: { kind: 'sdarts-rs', epsilon: ramp(0.03, 0.3) },
      sdartsAdv: { kind: 'sdarts-adv', epsilon: ramp(0.03, 0.3), steps: 7 },
    });
  });
});

/** Besides the cells of DARTS, which the other tests search. */
const otherSpaces = spaces.filter(({ kind }) => kind !== 'darts');

/** Examples of the sizes that a space is searched with here. */
function examples(space: SearchSpace) {
  const { inputShape, classes } = sizesOf(space);
  const values = inputShape.reduce((all, side) => all * side, 1);
  const of = (name: string) => {
    const draw = stream(3, name).generator();
    return fromArrays({
      name,
      x: Float32Array.from({ length: 4 * values }, () => draw.uniform()),
      y: [0, 1, 2, 0],
      shape: inputShape,
      classes,
    });
  };
  return { train: of('train'), valid: of('valid') };
}

async function finished(strategy: StrategySettings, options: object = {}): Promise<number[][]> {
  const supernet = tiny(strategy);
  for await (const event of run(supernet, options)) {
    if (event.type !== 'step') continue;
    expect(event.trainLoss).toBeGreaterThan(0);
    expect(event.validLoss).toBeGreaterThan(0);
  }
  const values = everything(supernet);
  supernet.dispose();
  return values;
}

describe.each(strategies.map((strategy) => ({ ...strategy, strategy })))('$kind', ({ strategy }) => {
  leavesNoTensors();

  it('searches with noise, and goes on bit for bit after a stop', async () => {
    const whole = await finished(strategy);
    const store = memoryStore();
    const controller = new AbortController();
    const halted = tiny(strategy);
    for await (const event of run(halted, { checkpoint: { store }, signal: controller.signal })) {
      if (event.type === 'step' && event.step === 1) controller.abort();
    }
    halted.dispose();
    expect(await finished(strategy, { resume: (await store.load())! })).toEqual(whole);
  });

  it('is disturbed by noise in training', () => {
    const x = normal<tf.Rank.R4>([4, 6, 6, 1], 'x');
    const moment = { epoch: 0, step: 0, pass: 1 };
    const [noisy, plain] = [gaussianNoise({ std: 1 }), null].map((noise) => {
      const supernet = tiny(strategy, noise);
      // The skip connection of every edge is the likeliest by far, so that all strategies use it.
      for (const alpha of supernet.archVariables().slice(0, 2)) {
        tf.tidy(() => alpha.assign(tf.tensor2d(Array.from({ length: 5 }, () => [50, 0, 0]))));
      }
      const y = supernet.forward(x, { training: true, moment });
      const values = [...y.dataSync()];
      y.dispose();
      supernet.dispose();
      return values;
    });
    expect(Math.max(...noisy!.map((value, i) => Math.abs(value - plain![i]!)))).toBeGreaterThan(1e-3);
    x.dispose();
  });

  it('draws the same on every thread, and otherwise at every step', () => {
    const supernet = tiny(strategy, null);
    const x = normal<tf.Rank.R4>([4, 6, 6, 1], 'x');
    const at = (step: number, shard: number) => {
      const y = supernet.forward(x, { training: true, moment: { epoch: 0, step, pass: 0, shard } });
      const values = [...y.dataSync()];
      y.dispose();
      return values;
    };
    expect(at(0, 1)).toEqual(at(0, 0));
    const random = ['gdas', 'sdarts-rs'].includes(strategy.kind);
    const steps = new Set([0, 1, 2, 3].map((step) => String(at(step, 0))));
    expect(steps.size > 1).toBe(random);
    x.dispose();
    supernet.dispose();
  });

  it.each(otherSpaces)(
    'searches the space $name where it is for it, with noise and without',
    async (space) => {
      const make = (noise: NoiseSettings | null) => {
        const { channels, cells, ...rest } = sizesOf(space);
        const ofCells = space.kind === 'mobile' ? {} : { channels, cells };
        return createSupernet({ space, strategy, noise, seed: 7, ...ofCells, ...rest } as never);
      };
      if (!isFor(strategy, space)) return expect(() => make(null)).toThrow(strategy.kind);
      for (const noise of [null, gaussianNoise()]) {
        const supernet = make(noise);
        const weights = await supernet.edgeWeights();
        let genotype: unknown;
        for await (const event of run(supernet as never, { ...examples(space), epochs: 1, evaluateEvery: 0 }))
          if (event.type === 'done') ({ genotype } = event);
        expect(genotype).toEqual(await supernet.readGenotype());
        expect(await supernet.edgeWeights()).not.toEqual(weights);
        supernet.dispose();
      }
    },
  );

  it('is named in the settings of a run and in its checkpoint, which no other strategy takes', async () => {
    const supernet = tiny(strategy);
    const store = memoryStore();
    for await (const _ of run(supernet, { epochs: 1, checkpoint: { store } }));
    const data = { train: halves('train', 8), valid: halves('valid', 8) };
    expect(describeRun({ supernet, ...data })).toMatchObject({ supernet: { strategy } });
    supernet.dispose();
    const resume = (await store.load())!;
    const other = tiny(strategies.find(({ kind }) => kind !== strategy.kind)!);
    await expect(run(other, { epochs: 1, resume }).next()).rejects.toThrow(
      new RegExp(`of a run with other settings .*strategy.*${strategy.kind}`),
    );
    other.dispose();
  });

  it('searches under a policy that freezes', async () => {
    const supernet = tiny(strategy);
    const frozen: unknown[] = [];
    for await (const event of run(supernet, { policy: oles({ threshold: 2, steps: 1 }) }))
      if (event.type === 'step') frozen.push(...(event.frozen ?? []));
    expect(frozen.length).toBeGreaterThan(0);
    supernet.dispose();
  });
});

describe('strategies', () => {
  leavesNoTensors();

  it('are the choices of the commands, for as many epochs as are searched', () => {
    expect(Object.keys(commands).sort()).toEqual(strategies.map(({ kind }) => kind).sort());
    for (const [name, make] of Object.entries<(epochs: number) => StrategySettings>(commands)) {
      expect(make(7).kind).toBe(name);
      const epochs = /"epochs":(\d+)/.exec(JSON.stringify(make(7)))?.[1] ?? '7';
      expect(epochs, name).toBe('7');
    }
  });

  it('weigh by the softmax if nothing else is said', () => {
    const [row] = weightsOf(plainDarts(), [[0.4, -1, 2]]);
    softmax([0.4, -1, 2]).forEach((p, k) => {
      expect(row![k]).toBeCloseTo(p, 6);
    });
    const supernet = createSupernet({ space: tinySpace, cells: 3, ...sizes });
    expect(supernet.strategy).toEqual(plainDarts());
    supernet.dispose();
  });

  it('must be known, by a name of their own', () => {
    const core = ['fair-darts', 'gdas', 'pc-darts', 'darts', 'sdarts-rs'];
    const kinds = strategies.map(({ kind }) => kind);
    expect(knownKinds()).toEqual([...core, ...kinds.filter((kind) => !core.includes(kind))]);
    expect(() => strategyOf('gdas' as never)).toThrow(
      "strategyOf: a strategy must have a kind, got 'gdas'; pass for example gdas()",
    );
    expect(() => defineStrategy({ kind: 'gdas', weights: (alpha) => alpha })).toThrow(
      "defineStrategy: the name is taken, got 'gdas'; choose another name",
    );
  });
});
