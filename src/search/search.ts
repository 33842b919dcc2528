import * as tf from '@tensorflow/tfjs-core';
import { input } from '@tensorflow/tfjs-layers';
import { alphaFrozen, passes } from '../architect';
import {
  augmentation,
  type Batch,
  batchCount,
  cyclingBatches,
  type Dataset,
  epochBatches,
  type ImageShape,
} from '../data';
import { noiseRate } from '../layers/noise/settings';
import { adam, cosine, sgd } from '../optimizers';
import { stream } from '../random';
import { drive, type Run, type RunKind, type StepProgress } from '../runs';
import type { AnySpace, ModelSpace } from '../spaces';
import { type SearchedModel, Supernet } from '../supernet';
import type { TaskBatch } from '../tasks';
import { loadShares } from '../tasks/load-shares';
import { trainingMetrics } from '../tasks/task';
import { checkBackend } from '../verify/check-backend';
import type { SearchBudgets } from './budgets';
import { localEngine } from './engine';
import { evaluate } from './evaluate';
import type {
  DiagnosticsEvent,
  DoneEvent,
  EpochRecord,
  GenotypeEvent,
  SearchEvent,
  StepEvent,
  StopDecision,
} from './events';
import type { ModelSearchOptions, SearchOptions } from './options';
import type { Policed } from './policed';
import { SearchError } from './search-error';
import type { SecondOrderStep } from './second-order';
import { type ResolvedSearch, resolveSearch, runSettings } from './settings';
import { alphaStep, weightStep } from './steps';

/** Loaded where a search goes on from a checkpoint. */
type CheckRecord = typeof import('./check-record').checkRecord;

/** What only some searches have, loaded with them. */
interface Extras {
  readonly checkRecord?: CheckRecord;
  readonly budgets?: SearchBudgets;
  readonly policed?: Policed;
  readonly secondOrder?: SecondOrderStep;
}

/** A search, to the driver of runs. */
interface SearchRun extends RunKind {
  readonly batch: Batch<Dataset>;
  readonly step: Omit<StepEvent, keyof StepProgress>;
  readonly record: EpochRecord;
  readonly event: DiagnosticsEvent | GenotypeEvent;
  readonly decision: StopDecision;
  readonly done: DoneEvent;
}

/**
 * The bilevel search: in every iteration alpha takes a step on a validation batch, then the weights take one on a
 * training batch (or the other way round, `alpha.turn`).
 *
 * `min_alpha L_valid(w*(alpha), alpha)  s.t.  w*(alpha) = argmin_w L_train(w, alpha)`, each side by one gradient step.
 *
 * An async iterator of events: every step and epoch, the genotype when it changes, checkpoints. The supernet is trained
 * in place. With a checkpoint store the run can be stopped at any iteration (by `signal`, or by leaving the loop, which
 * does not store) and resumed: the same numbers come out as if it had never stopped. Batches, augmentation and noise are
 * functions of the seeds and the iteration alone.
 *
 * @throws RangeError or TypeError for bad options, before anything is trained, and on a backend that computes wrongly; SearchError if a loss, an evaluation or the
 * state stops being finite, or the device or the data fail.
 *
 * Source: DARTS, eq. 3-4 and algorithm 1; paper, section 3; settings of the paper, section 4.1.
 */
export function search(options: ModelSearchOptions): AsyncGenerator<SearchEvent<ModelSpace>, void, undefined>;
export function search<S extends AnySpace>(
  options: SearchOptions<S>,
): AsyncGenerator<SearchEvent<S>, void, undefined>;
export async function* search(
  options: SearchOptions | ModelSearchOptions,
): AsyncGenerator<never, void, undefined> {
  const given =
    'model' in Object(options)
      ? (await import('./own-model')).withOwnModel(options as ModelSearchOptions)
      : options;
  const resolved = resolveSearch(given as SearchOptions);
  if (resolved.diagnostics !== undefined)
    (await import('./measure-diagnostics')).checkDiagnostics(resolved.diagnostics);
  await checkBackend('search');
  await loadShares(resolved.augment, resolved.train, resolved.valid);
  await prepare(resolved);
  const { learningRate, momentum, weightDecay } = resolved.weights;
  const { learningRate: alphaRate, betas, weightDecay: alphaDecay } = resolved.alpha;
  const optimizers = {
    weights: sgd({ learningRate, momentum, weightDecay }),
    alpha: adam({ learningRate: alphaRate, betas, weightDecay: alphaDecay }),
  };
  try {
    const budgets = resolved.budget && (await import('./budgets')).budgetsOf(resolved as never);
    const extras: Extras = {
      ...(resolved.resume && (await import('./check-record'))),
      ...(budgets && { budgets }),
      ...(resolved.policies.length > 0 && {
        policed: (await import('./policed')).policed(resolved),
      }),
      ...(resolved.alpha.order === 'second' && {
        secondOrder: (await import('./second-order')).secondOrderSteps(resolved, optimizers, budgets),
      }),
    };
    const run = searchRun(resolved, optimizers, extras);
    yield* drive<SearchRun>(run, resolved) as AsyncGenerator<never, void, undefined>;
  } finally {
    optimizers.weights.dispose();
    optimizers.alpha.dispose();
  }
}

/** Builds the supernet if need be, and refuses what its batches cannot be. */
async function prepare(search: ResolvedSearch): Promise<void> {
  const { supernet, train, valid, batchSize, dropLast, engine, diagnostics } = search;
  const threads = engine?.threads ?? 1;
  if (supernet instanceof Supernet) {
    const { checkMemory } = await import('./check-memory');
    await checkMemory(supernet, train.shape as ImageShape, batchSize, threads);
    if (!supernet.built) supernet.apply(input({ shape: [...train.shape] }));
  }
  await supernet.prepare();
  const forward = (x: tf.Tensor) =>
    supernet.forward(x, {
      training: true,
      noise: false,
      moment: { epoch: 0, step: 0, pass: passes.analysis },
    });
  const measured = diagnostics
    ? (await import('./measure-diagnostics')).imagesMeasured(diagnostics, search)
    : [];
  const { checkSingleImages } = await import('../runs/single-images');
  checkSingleImages('search', forward, supernet.stateVariables(), [
    { dataset: train, batchSize, dropLast, threads },
    { dataset: valid, batchSize, dropLast, threads },
    ...measured.map((images) => ({
      dataset: valid,
      batchSize: images,
      dropLast: true,
    })),
  ]);
}

function searchRun(
  search: ResolvedSearch,
  {
    weights: weightOptimizer,
    alpha: alphaOptimizer,
  }: { weights: ReturnType<typeof sgd>; alpha: ReturnType<typeof adam> },
  { checkRecord, budgets, policed, secondOrder }: Extras,
): Run<SearchRun> {
  const { supernet, task, train, valid, epochs, batchSize, dropLast, seed, augment, weights, alpha } = search;
  const batching = { batchSize, dropLast, augment: augment && augmentation(augment) };
  const plain = search.engine ?? localEngine(supernet, task.settings);
  const engine = budgets?.within(plain) ?? plain;
  const own = () => policed?.state?.() ?? {};
  const rate = cosine({ from: weights.learningRate, to: weights.minLearningRate, epochs });
  return {
    fn: 'search',
    subject: supernet.subject,
    variables: supernet.namedVariables(),
    trained: {
      weights: { optimizer: weightOptimizer, variables: supernet.weightVariables() },
      alpha: { optimizer: alphaOptimizer, variables: supernet.archVariables() },
    },
    settings: { ...runSettings(search), ...(budgets && { budget: budgets.settings }), ...policed?.settings },
    epochs,
    stepsPerEpoch: batchCount(train, batching),
    Failure: SearchError,
    own: own(),
    begin({ epoch, step: position, stepInEpoch: skip }) {
      const validBatches = cyclingBatches(valid, { ...batching, stream: stream(seed, 'valid'), position });
      const learningRate = rate(epoch);
      weightOptimizer.learningRate = learningRate;
      supernet.epoch = epoch;
      const frozen = alphaFrozen(epoch, alpha.warmupEpochs);
      const moveAlpha = async (batch: TaskBatch, step: number): Promise<number | null> => {
        if (frozen) return null;
        const held = await validBatches.at(step);
        const moved = secondOrder
          ? secondOrder({ train: batch, valid: held, epoch, step })
          : alphaStep(engine, alphaOptimizer, held, { epoch, step }, policed?.valid?.({ epoch, step }));
        return moved.finally(() => tf.dispose([held.x, held.y]));
      };
      return {
        batches: epochBatches(train, { ...batching, stream: stream(seed, 'train'), epoch, skip }),
        async step(batch, step) {
          const before = alpha.turn === 'before' ? await moveAlpha(batch, step) : null;
          const { loss, metrics } = await weightStep(
            engine,
            weightOptimizer,
            batch,
            { epoch, step, clip: weights.clip },
            policed?.train?.({ epoch, step }),
          );
          const validLoss = alpha.turn === 'before' ? before : await moveAlpha(batch, step);
          return {
            values: { loss, ...metrics },
            event: (means) => ({
              trainLoss: loss,
              validLoss,
              ...trainingMetrics(task, means),
              learningRate,
              ...policed?.frozen?.(epoch, step),
            }),
            own: own(),
          };
        },
      };
    },
    async end({ epoch, history }, means) {
      const { record, events } = await endEpoch(search, epoch, history.at(-1), means, rate(epoch), budgets);
      return { record: { ...record, ...policed?.frozen?.(epoch) }, own: own(), events };
    },
    decide: (history) => policed?.decide(history) ?? null,
    async done({ history }, decision) {
      const { epoch, genotype, alphas } = history[decision?.rollBackTo ?? history.length - 1]!;
      return {
        type: 'done',
        genotype,
        epoch,
        decision,
        epochs,
        history,
        ...budgets?.choose(alphas, genotype),
      } as DoneEvent;
    },
    restore: ({ epoch, history, own: stored }) => {
      // Of a run that is done: it begins no epoch.
      supernet.epoch = Math.max(0, epoch - 1);
      policed?.restore?.(stored);
      for (const record of history) checkRecord?.(supernet.space, record);
    },
  };
}

async function endEpoch(
  search: ResolvedSearch,
  epoch: number,
  last: EpochRecord | undefined,
  means: Readonly<Record<string, number>>,
  learningRate: number,
  budgets?: SearchBudgets,
) {
  const { supernet, task, valid, epochs, evaluateEvery, evaluationBatchSize, augment } = search;
  const { diagnostics: wanted } = search;
  const due = evaluateEvery > 0 && (epoch + 1 === epochs || (epoch + 1) % evaluateEvery === 0);
  const evaluation = due
    ? await evaluate(supernet, valid, {
        batchSize: evaluationBatchSize,
        task: task.settings,
        ...(augment?.normalize ? { normalize: augment.normalize } : {}),
      })
    : null;
  const genotype = await supernet.readGenotype();
  const alphas = await supernet.edgeWeights();
  const diagnostics =
    wanted &&
    (await (await import('./measure-diagnostics')).measureDiagnostics(search, { epoch, alphas, genotype }));
  const events: SearchRun['event'][] = [];
  if (diagnostics) events.push({ type: 'diagnostics', epoch, ...diagnostics });
  if (JSON.stringify(last?.genotype) !== JSON.stringify(genotype))
    events.push({ type: 'genotype', epoch, genotype });
  return {
    record: {
      trainLoss: means.loss!,
      ...trainingMetrics(task, means),
      validLoss: evaluation?.loss ?? null,
      validAccuracy: evaluation?.accuracy ?? null,
      validMetrics: evaluation?.metrics ?? null,
      learningRate,
      noiseRate: currentNoiseRate(supernet, epoch),
      alphas,
      genotype,
      ...(diagnostics && { diagnostics }),
      ...(budgets && { budget: budgets.record(alphas, genotype) }),
    },
    events,
  };
}

/** Rate of the noise at an epoch: that of the first disturbed candidate, 0 without noise. */
function currentNoiseRate(supernet: SearchedModel, epoch: number): number {
  for (const edge of supernet.noise.flat()) {
    const settings = edge && Object.values(edge)[0];
    if (settings) return noiseRate(settings.schedule, epoch);
  }
  return 0;
}
