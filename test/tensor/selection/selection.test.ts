import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import {
  createSupernet,
  defineSpace,
  fairDarts,
  gaussianNoise,
  memoryStore,
  mobile,
  NoisyMixedOp,
  nasBench201,
  pcDarts,
  search,
} from 'noisydarts';
import { topGenotypes, validateGenotype } from 'noisydarts/genotype';
import { evaluate } from 'noisydarts/search';
import {
  ask,
  defineSelection,
  type MixtureWeights,
  type PerturbationDecision,
  type SelectionEvent,
  type SelectionOptions,
  type ShrinkDecision,
  selectByAlpha,
  selectByPerturbation,
  selectByProgressiveShrink,
} from 'noisydarts/selection';
import type { AnySpace } from 'noisydarts/spaces';
import { dartsMinus } from 'noisydarts/strategies';
import { modelSupernet, type Searchable } from 'noisydarts/supernet';
import { regression } from 'noisydarts/tasks';
import { describe, expect, it } from 'vitest';
import { besideCandidates } from '../../../src/selection/beside-candidates';
import { resolveSelection } from '../../../src/selection/options';
import { farthest } from '../../support/close';
import { leavesNoTensors } from '../../support/memory';
import { everything, halves } from '../search/support';
import { strategies } from '../strategies/support';

leavesNoTensors();

const space = defineSpace({
  name: 'tiny',
  primitives: ['none', 'skip_connect', 'avg_pool_3x3', 'sep_conv_3x3'],
  nodes: 2,
});
const size = { channels: 2, classes: 2, inputShape: [6, 6, 1] as [number, number, number] };
const noise = gaussianNoise({ std: 0.2 });
const makeDarts = () => createSupernet({ space, noise, cells: 3, seed: 7, ...size });
/** Three edges of three candidates. */
const cellSpace = {
  ...nasBench201(),
  nodes: 2,
  primitives: ['none', 'skip_connect', 'nor_conv_3x3'] as const,
};
const makeCells = (strategy = {}) =>
  createSupernet({ space: cellSpace, noise, cells: 1, seed: 7, ...size, ...strategy });

const data = {
  train: halves('train', 12),
  valid: halves('valid', 16),
  batchSize: 4,
  evaluationBatchSize: 16,
};

/** The events of a selection, steps and evaluations apart from the others. */
async function finished<S extends AnySpace, D extends { readonly what: string }>(
  events: AsyncIterable<SelectionEvent<S, D>>,
) {
  const told: SelectionEvent<S, D>[] = [];
  for await (const event of events) told.push(event);
  const done = told.at(-1)!;
  if (done.type !== 'done') throw new Error(`the last event is ${done.type}`);
  return { told, done };
}

const count = (told: readonly { readonly type: string }[], type: string) =>
  told.filter((event) => event.type === type).length;

/** The loss and accuracy of a supernet under weights of its mixtures, by the running statistics. */
async function measured<S extends AnySpace>(supernet: Searchable<S>, weights: MixtureWeights) {
  const whole = await besideIn(supernet);
  return supernet.withMixtures(whole(weights) as never, () =>
    evaluate(supernet as never, data.valid, { batchSize: 16 }),
  );
}

/** Weights of candidates with those of what passes by them in a supernet. */
const besideIn = async <S extends AnySpace>(supernet: Searchable<S>) =>
  besideCandidates(
    supernet as unknown as Searchable<AnySpace>,
    { weights: await supernet.edgeWeights(), epoch: supernet.epoch ?? 0 } as never,
  );

/** Replays decisions with nothing but evaluations, and expects each to be what hurts most. */
async function expectHarmful<S extends AnySpace>(
  supernet: Searchable<S>,
  decisions: readonly PerturbationDecision[],
  byLoss = false,
) {
  let weights = (await supernet.edgeWeights()) as unknown as MixtureWeights;
  const put = (alpha: string, row: number, values: readonly number[]): MixtureWeights => ({
    ...weights,
    [alpha]: weights[alpha]!.map((own, i) => (i === row ? values : own)),
  });
  const harm = ({ loss, accuracy }: { loss: number; accuracy: number | null }) =>
    byLoss ? loss : 1000 * (100 - accuracy!) + loss;
  const names = (alpha: string) =>
    ({ normal: space.primitives, reduce: space.primitives, cell: cellSpace.primitives })[alpha]!;
  for (const decision of decisions) {
    const { alpha, removals } = decision;
    const harms: number[] = [];
    for (const { without, loss, accuracy } of removals) {
      const row =
        decision.what === 'operation' ? decision.row : Number(without) + (decision.node === 1 ? 2 : 0);
      const zeroed = weights[alpha]![row]!.map((value, k) =>
        decision.what === 'inputs' || names(alpha)[k] === without ? 0 : value,
      );
      const found = await measured(supernet, put(alpha, row, zeroed));
      expect([loss, accuracy]).toEqual([found.loss, found.accuracy]);
      harms.push(harm(found));
    }
    if (decision.what === 'operation') {
      const { row, kept } = decision;
      const worst = removals.filter((_, i) => harms[i] === Math.max(...harms)).map(({ without }) => without);
      expect(worst).toContain(kept);
      if (worst.length === removals.length) expect(kept).toBe(decision.byAlpha);
      const sum = weights[alpha]![row]!.reduce((all, value) => all + value, 0);
      weights = put(
        alpha,
        row,
        names(alpha).map((name) => (name === kept ? Math.min(1, sum) : 0)),
      );
    } else {
      const lost = [0, 1, 2].find((input) => !decision.kept.includes(input))!;
      expect(decision.kept).toHaveLength(2);
      expect(harms[lost]).toBe(Math.min(...harms));
      weights = put(
        alpha,
        2 + lost,
        names(alpha).map(() => 0),
      );
    }
  }
}

/** Supernets of every kind of space, and by every strategy. */
const supernets: readonly (readonly [name: string, make: () => object])[] = [
  ...strategies.map(
    (strategy) => [`NAS-Bench-201 by ${strategy.kind}`, () => makeCells({ strategy })] as const,
  ),
  [
    'a mobile space',
    () =>
      createSupernet({
        space: mobile({
          stem: 2,
          first: 2,
          features: 4,
          layers: [
            { filters: 2, stride: 1 },
            { filters: 4, stride: 2 },
          ],
        }),
        noise,
        classes: 2,
        seed: 7,
        inputShape: [6, 6, 1],
      }),
  ],
  [
    'a model of one’s own',
    () =>
      modelSupernet(
        sequential({
          layers: [
            layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [6, 6, 1] }),
            new NoisyMixedOp({
              name: 'edge',
              candidates: ['none', 'skip_connect', 'sep_conv_3x3'],
              seed: 1,
            }),
            layers.flatten(),
            layers.dense({ units: 2 }),
          ],
        }),
      ),
  ],
];

describe('selectByPerturbation', () => {
  it('keeps what the supernet is worst off without: operations, then the edges into a node', async () => {
    const supernet = makeDarts();
    const before = everything(supernet);
    const options = { supernet, ...data, tuneSteps: 0, statistics: 'running', measure: 'loss' } as const;
    const { told, done } = await finished(selectByPerturbation(options));
    expect(everything(supernet)).toEqual(before);
    const { decisions, genotype } = done;
    await expectHarmful(supernet, decisions, true);
    // Two cells of five edges, each of one of three operations; one node of each has an edge to lose.
    expect(decisions.map(({ what }) => what)).toEqual([...Array(10).fill('operation'), 'inputs', 'inputs']);
    expect(count(told, 'trial')).toBe(10 * 3 + 2 * 3);
    expect(told.filter((event) => event.type === 'trial').at(-1)).toMatchObject({ done: 36, total: 36 });
    expect(JSON.stringify(decisions)).not.toContain('none');
    validateGenotype(genotype, { space });
    for (const decision of decisions) {
      if (decision.what === 'inputs')
        expect(genotype[decision.alpha as 'normal'].slice(2).map(([, input]) => input)).toEqual(
          decision.kept,
        );
    }
    supernet.dispose();
  });

  it('may keep none where a genotype may, measures accuracy unless told otherwise, draws its order', async () => {
    const supernet = makeCells();
    // So that what is removed tells in the accuracy.
    for await (const _ of search({ supernet, ...data, epochs: 4, weights: { learningRate: 0.2 } }));
    const select = (seed: number) =>
      finished(selectByPerturbation({ supernet, ...data, tuneSteps: 0, statistics: 'running', seed }));
    const { told, done } = await select(1);
    await expectHarmful(supernet, done.decisions);
    expect(count(told, 'trial')).toBe(3 * 3);
    const accuracies = done.decisions.map(
      ({ removals }) => new Set(removals.map(({ accuracy }) => accuracy)).size,
    );
    expect(Math.max(...accuracies)).toBeGreaterThan(1);
    expect(told.some((event) => event.type === 'trial' && event.about.endsWith('without none'))).toBe(true);
    expect(done.genotype.flat()).toHaveLength(3);
    const rows = (decisions: typeof done.decisions) =>
      decisions.map((decision) => decision.what === 'operation' && decision.row);
    expect(rows((await select(1)).done.decisions)).toEqual(rows(done.decisions));
    expect(rows((await select(3)).done.decisions)).not.toEqual(rows(done.decisions));
    supernet.dispose();
  });

  it.each([fairDarts(), pcDarts({ share: 2 })])(
    'leaves an edge the weight that it has, up to 1, by $kind',
    async (strategy) => {
      const supernet = makeCells({ strategy });
      const sums = Object.values(await supernet.edgeWeights()).flatMap((rows) =>
        rows.map((row) => row.reduce((sum, value) => sum + value, 0)),
      );
      // Of the one above 1, of the other below.
      expect(sums.some((sum) => Math.abs(sum - 1) > 0.1)).toBe(true);
      const options = { supernet, ...data, tuneSteps: 0, statistics: 'running', measure: 'loss' } as const;
      await expectHarmful(supernet, (await finished(selectByPerturbation(options))).done.decisions, true);
      supernet.dispose();
    },
  );

  it('tunes the weights between rounds under what is decided, and leaves alpha', async () => {
    const supernet = makeCells();
    const alphas = () => supernet.archVariables().map((alpha) => Array.from(alpha.dataSync()));
    const weights = () => supernet.weightVariables().map((weight) => Array.from(weight.dataSync()));
    const [alpha, before] = [alphas(), weights()];
    const own = supernet.withMixtures.bind(supernet);
    let last: MixtureWeights = {};
    supernet.withMixtures = (mixtures, ...rest) => {
      last = mixtures;
      return own(mixtures, ...rest);
    };
    const tuned: number[][] = [];
    async function* watched(events: AsyncGenerator<SelectionEvent<AnySpace, PerturbationDecision>>) {
      for await (const event of events) {
        if (event.type === 'tune')
          tuned.push(last.cell!.map((row) => row.filter((value) => value > 0).length));
        yield event;
      }
    }
    const { told, done } = await finished(
      watched(selectByPerturbation({ supernet, ...data, tuneSteps: 1 }) as never),
    );
    // Of the rows that are decided one operation is left.
    const decided = done.decisions.map((decision) => (decision.what === 'operation' ? decision.row : -1));
    const rest = (count: number) => [0, 1, 2].map((row) => (decided.slice(0, count).includes(row) ? 1 : 3));
    expect(tuned).toEqual([rest(1), rest(2)]);
    expect(count(told, 'tune')).toBe(2);
    expect(told.filter(({ type }) => type === 'decision')).toHaveLength(3);
    expect(alphas()).toEqual(alpha);
    expect(weights()).not.toEqual(before);
    expect(done.byAlpha).toEqual(supernet.genotype());
    supernet.dispose();
  });

  it.each(supernets)('selects in %s, as does progressive shrinking', async (_, make) => {
    const supernet = make() as unknown as Searchable<AnySpace>;
    const short = { supernet, ...data, images: 4, tuneSteps: 1 };
    for (const select of [selectByPerturbation, selectByProgressiveShrink]) {
      const { done } = await finished(select(short) as AsyncIterable<SelectionEvent<AnySpace>>);
      const [first] = topGenotypes(supernet.space, (await supernet.edgeWeights()) as never, 1, {
        from: 'weights',
      });
      expect(Object.keys(done.genotype)).toEqual(Object.keys(first!.genotype));
    }
    const owner = supernet as unknown as { dispose?(): void; model?: { dispose(): void } };
    (owner.model ?? (owner as { dispose(): void })).dispose();
  });
});

it.each([pcDarts({ share: 2 }), pcDarts({ share: 2, edgeNormalization: false }), dartsMinus({ epochs: 3 })])(
  'looks at the supernet as it is, with what passes by the candidates, by %o',
  async (strategy) => {
    const supernet = makeCells({ strategy });
    supernet.epoch = 1;
    const x = tf.randomUniform<tf.Rank.R4>([4, 6, 6, 1], 0, 1, 'float32', 3);
    const logits = () => tf.tidy(() => supernet.forward(x).arraySync());
    const rows = tf.tidy(() => supernet.strengths().cell!.arraySync());
    const whole = await besideIn(supernet);
    const at = (cell: number[][]) => supernet.withMixtures(whole({ cell }) as never, logits);
    const same = (a: number[][], b: number[][]) => farthest('logits', a.flat(), b.flat(), 1e-5);
    expect(same(at(rows), logits())).toEqual([]);
    // An edge without its `none` has the same output, one without anything has none.
    expect(same(at(rows.map(([, ...others]) => [0, ...others])), logits())).toEqual([]);
    expect(same(at(rows.map(([none, ...others]) => [none!, ...others.map(() => 0)])), logits())).not.toEqual(
      [],
    );
    const cut = at(rows.map((row) => row.map(() => 0)));
    expect(same(cut, [cut[0]!, cut[0]!, cut[0]!, cut[0]!])).toEqual([]);
    x.dispose();
    supernet.dispose();
  },
);

it.each(strategies)('tunes at the mixtures that it is given, by $kind', async (strategy) => {
  const tuned = async (candidate: number) => {
    const supernet = makeCells({ strategy });
    const cell = Array.from({ length: 3 }, () => [0, 1, 2].map((k) => (k === candidate ? 1 : 0)));
    const select = defineSelection({
      name: 'selectNothing',
      *plan({ genotype }) {
        yield* ask.tune(1, { cell });
        return genotype;
      },
    });
    await finished(select({ supernet, ...data }));
    const weights = supernet.weightVariables().map((weight) => [...weight.dataSync()]);
    supernet.dispose();
    return weights;
  };
  expect(await tuned(1)).not.toEqual(await tuned(2));
});

it.each([
  ['five passes', selectByPerturbation, 2 * 5 * 3],
  ['one pass', selectByProgressiveShrink, 3],
] as const)(
  'tunes for %s over the training examples between rounds, at rates of its own',
  async (_, select, steps) => {
    const supernet = makeCells();
    const { told } = await finished(
      select({ supernet, ...data, images: 4 }) as AsyncIterable<SelectionEvent<AnySpace>>,
    );
    expect(count(told, 'tune')).toBe(steps);
    expect(
      resolveSelection('select', { supernet, ...data, alpha: { betas: undefined } } as never),
    ).toMatchObject({
      weights: { learningRate: 0.0025, momentum: 0.9, weightDecay: 3e-4, clip: 5 },
      alpha: { learningRate: 3e-4, betas: [0.5, 0.999], weightDecay: 1e-3 },
      statistics: 'batch',
      images: 16,
    });
    supernet.dispose();
  },
);

describe('selectByProgressiveShrink', () => {
  it('drops the weakest of every edge round by round, and trains on among the others', async () => {
    const supernet = createSupernet({ space: nasBench201(), noise, cells: 1, seed: 7, ...size });
    const start = (await supernet.edgeWeights()).cell;
    const { told, done } = await finished(
      selectByProgressiveShrink({ supernet, ...data, tuneSteps: 2, alpha: { learningRate: 0.5 } }),
    );
    expect(count(told, 'tune')).toBe(6);
    const rounds = done.decisions as readonly ShrinkDecision[];
    const { primitives } = nasBench201();
    expect(rounds.map(({ left }) => left.cell!.map(({ length }) => length))).toEqual([
      Array(6).fill(4),
      Array(6).fill(3),
      Array(6).fill(2),
    ]);
    expect(rounds[0]!.dropped.cell!.flat()).toEqual(
      start.map((row) => primitives[row.indexOf(Math.min(...row))]!),
    );
    const weights = (await supernet.edgeWeights()).cell;
    expect(done.genotype.flat().map(([name]) => name)).toEqual(
      weights.map((row) => primitives[row.indexOf(Math.max(...row))]!),
    );
    for (const [edge, row] of weights.entries())
      expect(primitives.filter((_, k) => row[k]! > 0)).toEqual(rounds[2]!.left.cell![edge]);
    supernet.dispose();
  });

  it('of more at a time drops the last of equals, and leaves two', async () => {
    const supernet = createSupernet({ space: nasBench201(), noise, cells: 1, seed: 7, ...size });
    for (const alpha of supernet.archVariables()) tf.tidy(() => alpha.assign(tf.zerosLike(alpha)));
    const still = { ...data, tuneSteps: 0, drop: 2 };
    const { told, done } = await finished(selectByProgressiveShrink({ supernet, ...still }));
    expect(count(told, 'tune')).toBe(0);
    const rounds = done.decisions as readonly ShrinkDecision[];
    expect(rounds.map(({ dropped }) => dropped.cell)).toEqual([
      Array(6).fill(['nor_conv_3x3', 'avg_pool_3x3']),
      Array(6).fill(['nor_conv_1x1']),
    ]);
    expect(rounds.at(-1)!.left.cell).toEqual(Array(6).fill(['none', 'skip_connect']));
    supernet.dispose();
  });
});

describe('selectByAlpha', () => {
  it('is what a search decodes', async () => {
    const supernet = makeDarts();
    const { told, done } = await finished(selectByAlpha({ supernet }));
    expect(told).toHaveLength(1);
    expect(done.genotype).toEqual(supernet.genotype());
    supernet.dispose();
  });
});

/** Selects by the loss of the supernet with each operation on all edges at once, after two steps: a selection of one's own. */
const selectOne = defineSelection<{ readonly what: 'one'; readonly losses: readonly number[] }>({
  name: 'selectOne',
  *plan({ weights, genotype }) {
    yield* ask.tune(2, weights);
    const losses: number[] = [];
    for (const k of weights.cell![0]!.keys()) {
      const one = { cell: weights.cell!.map((row) => row.map((_, j) => (j === k ? 1 : 0))) };
      losses.push((yield* ask.evaluate(one, `${k} alone`)).loss);
    }
    yield* ask.decide({ what: 'one', losses });
    return genotype;
  },
});

describe.each([
  ['perturbation', (options: SelectionOptions) => selectByPerturbation({ ...options, tuneSteps: 2 })],
  [
    'progressive shrinking',
    (options: SelectionOptions) => selectByProgressiveShrink({ ...options, tuneSteps: 2 }),
  ],
  ['a plan of one’s own', (options: SelectionOptions) => selectOne(options)],
] as const)('a selection by %s', (_, given) => {
  const select = given as (options: object) => AsyncGenerator<SelectionEvent<AnySpace>>;

  it('goes on bit for bit wherever it was stopped', async () => {
    const whole = makeCells();
    const { told, done } = await finished(select({ supernet: whole, ...data }));
    const work = told.filter(({ type }) => type === 'trial' || type === 'tune');
    for (const stopAt of new Set([1, work.length - 1])) {
      const store = memoryStore();
      const controller = new AbortController();
      const halted = makeCells();
      let seen = 0;
      const events: SelectionEvent<AnySpace>[] = [];
      const options = { ...data, checkpoint: { store }, signal: controller.signal };
      for await (const event of select({ supernet: halted, ...options })) {
        events.push(event);
        if ((event.type === 'trial' || event.type === 'tune') && seen++ === stopAt) controller.abort();
      }
      halted.dispose();
      expect(events.at(-1)).toMatchObject({ type: 'stopped', step: count(events, 'tune') });
      const resumed = makeCells();
      const rest = await finished(select({ supernet: resumed, ...data, resume: (await store.load())! }));
      expect(rest.done).toEqual(done);
      expect(everything(resumed)).toEqual(everything(whole));
      const again = rest.told.filter(({ type }) => type === 'trial' || type === 'tune');
      expect(again.length).toBe(work.length - stopAt - 1);
      expect((again.at(-1) as { done?: number } | undefined)?.done ?? work.length).toBe(work.length);
      resumed.dispose();
    }
    whole.dispose();
  });
});

describe('a selection', () => {
  it('refuses the checkpoint of another, and an answer that is none', async () => {
    const supernet = makeCells();
    const store = memoryStore();
    await finished(selectOne({ supernet, ...data, checkpoint: { store } }));
    const resume = (await store.load())!;
    await expect(finished(selectByPerturbation({ supernet, ...data, resume }))).rejects.toThrow(
      /^selectByPerturbation: the checkpoint is of a run with other settings \(selection\)/,
    );
    await expect(finished(selectOne({ supernet, ...data, seed: 3, resume }))).rejects.toThrow('(seed)');
    const other = defineSelection({
      name: 'selectOne',
      *plan({ genotype, weights }) {
        yield* ask.evaluate(weights, 'all');
        return genotype;
      },
    });
    await expect(finished(other({ supernet, ...data, resume }))).rejects.toThrow(
      "selectOne: the checkpoint's answers must be those that this selection asks for",
    );
    // One that is done has nothing to do again.
    const { told } = await finished(selectOne({ supernet, ...data, resume }));
    expect(told.map(({ type }) => type)).toEqual(['done']);
    supernet.dispose();
  });

  it('says where it stopped when a loss is not finite, and keeps what was stored', async () => {
    const supernet = makeCells();
    const store = memoryStore();
    const endless = { supernet, ...data, checkpoint: { store }, weights: { learningRate: 1e30, clip: 1e30 } };
    await expect(finished(selectByPerturbation({ ...endless, tuneSteps: 3 }))).rejects.toThrow(
      /^selectByPerturbation: stopped at decision \d, step \d: .* must be finite, got .*; last good checkpoint: memory \(decision \d, step \d\)$/,
    );
    expect(await store.load()).toBeDefined();
    supernet.dispose();
  });

  it('refuses what it cannot take', async () => {
    const supernet = makeCells();
    const first = (events: AsyncGenerator<unknown>) => events.next();
    const refused = (options: object, message: string | RegExp) =>
      expect(first(selectByPerturbation({ supernet, ...data, ...options } as never))).rejects.toThrow(
        message,
      );
    await refused({ supernet: {} }, 'selectByPerturbation: supernet must be a supernet');
    await refused({ train: undefined }, 'train must be a data set');
    await refused({ measure: 'speed' }, "measure must be 'accuracy' or 'loss'");
    await refused(
      { measure: 'accuracy', task: regression() },
      "selectByPerturbation: the task must have an accuracy to measure, got 'regression'; use measure: 'loss'",
    );
    await refused({ weights: { nesterov: true } }, 'selectByPerturbation, weights: there is no such option');
    await refused({ checkpoint: { store: memoryStore(), everyEpochs: 1 } }, 'there is no such option');
    await refused({ drop: 1 }, 'there is no such option');
    expect(() => defineSelection({ name: 'mine' } as never)).toThrow('plan must be a function');
    expect(tf.memory().numTensors).toBeGreaterThan(0);
    supernet.dispose();
  });
});
