import * as tf from '@tensorflow/tfjs-core';
import { passes } from '../architect';
import { augmentation, batchCount } from '../data';
import { rangeError } from '../errors';
import type { GenotypeOf } from '../genotype';
import { adam, sgd } from '../optimizers';
import { stream } from '../random';
import { type OtherKernels, requireFinite, unpackRun } from '../runs';
import { checkSingleImages } from '../runs/single-images';
import { packRun, type StoredParts } from '../runs/stored-run';
import { mixtureEvaluation } from '../search/evaluate-mixtures';
import type { AnySpace } from '../spaces';
import { loadShares } from '../tasks/load-shares';
import { checkBackend } from '../verify/check-backend';
import { dropCandidates } from './alphas';
import type { SelectionCheckpointEvent, SelectionEvent, TrialEvent, TuneEvent } from './events';
import {
  type ResolvedSelection,
  resolveSelection,
  type SelectionOptions,
  selectionSettings,
} from './options';
import type { MixtureWeights, SelectionAnswer, SelectionDecision, SelectionStart } from './plan';
import { checkPosition, isAnswerTo, type Position } from './position';
import type { SelectionRecipe } from './recipe';
import { SelectionError } from './selection-error';
import { type Optimizers, tuning } from './tuning';
import { countWork } from './work';

/** Runs what a recipe says. */
export async function* runSelection<S extends AnySpace, D extends SelectionDecision>(
  recipe: SelectionRecipe<D>,
  options: SelectionOptions<S>,
): AsyncGenerator<SelectionEvent<S, D>, void, undefined> {
  const given = resolveSelection(recipe.name, options as unknown as SelectionOptions);
  await checkBackend(recipe.name);
  await loadShares(given.augment, given.train, given.valid);
  await given.supernet.prepare();
  refuseSingleImages(recipe.name, given);
  const { learningRate, momentum, weightDecay } = given.weights;
  const optimizers = { weights: sgd({ learningRate, momentum, weightDecay }), alpha: adam(given.alpha) };
  try {
    yield* steps(recipe, given as unknown as ResolvedSelection<S>, optimizers);
  } finally {
    optimizers.weights.dispose();
    optimizers.alpha.dispose();
  }
}

function refuseSingleImages(fn: string, given: ResolvedSelection): void {
  const { supernet, train, valid, batchSize, evaluationBatchSize, dropLast, images, statistics } = given;
  const pass = { training: true, noise: false, moment: { epoch: 0, step: 0, pass: passes.analysis } };
  const evaluated = Math.min(evaluationBatchSize, images, valid.size);
  checkSingleImages(fn, (x: tf.Tensor) => supernet.forward(x, pass), supernet.stateVariables(), [
    { dataset: train, batchSize, dropLast },
    { dataset: valid, batchSize, dropLast },
    ...(statistics === 'batch' ? [{ dataset: valid, batchSize: evaluated, dropLast: true }] : []),
  ]);
}

async function* steps<S extends AnySpace, D extends SelectionDecision>(
  recipe: SelectionRecipe<D>,
  given: ResolvedSelection<S>,
  optimizers: Optimizers,
): AsyncGenerator<SelectionEvent<S, D>, void, undefined> {
  const { name: fn } = recipe;
  const { supernet, train, valid, batchSize, dropLast, seed, checkpoint, resume, signal } = given;
  const { store, everySteps = Number.POSITIVE_INFINITY } = checkpoint ?? {};
  const settings = selectionSettings(fn, recipe.settings ?? {}, given as unknown as ResolvedSelection);
  const parts: StoredParts = {
    fn,
    subject: supernet.subject,
    variables: supernet.namedVariables(),
    trained: {
      weights: { optimizer: optimizers.weights, variables: supernet.weightVariables() },
      alpha: { optimizer: optimizers.alpha, variables: supernet.archVariables() },
    },
  };
  const decisions: D[] = [];
  const batching = { batchSize, dropLast, augment: given.augment && augmentation(given.augment) };
  const stepsPerEpoch = batchCount(train, batching);
  const begin = ({ start }: Position<S>) => {
    const known: SelectionStart<S> = {
      space: supernet.space,
      weights: start.weights,
      genotype: start.genotype,
      stepsPerEpoch,
      stream: stream(seed, 'selection'),
    };
    return { plan: recipe.plan(known), work: recipe.work?.(known) };
  };

  let stored = 'none';
  let at: Position<S>;
  let others: OtherKernels | undefined;
  const restore = (bytes: Uint8Array) =>
    unpackRun(bytes, parts, settings, (position, _, otherKernels) => ({
      at: checkPosition<S>(fn, position),
      others: otherKernels,
    }));
  if (resume) {
    ({ at, others } = restore(resume));
    stored = 'the one resumed from';
  } else {
    const weights = (await supernet.edgeWeights()) as SelectionStart<S>['weights'];
    const { epoch = supernet.epoch ?? 0 } = given;
    const start = { weights, genotype: await supernet.readGenotype(), epoch };
    at = { start, answers: [], decided: 0, step: 0, stepInRequest: 0, means: {} };
  }
  supernet.epoch = at.start.epoch;
  const { plan, work } = begin(at);
  const count = countWork(work);

  const failure = (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    return new SelectionError(
      `${fn}: stopped after ${decisions.length} decisions, at step ${at.step}: ${message}; last good checkpoint: ${stored}`,
      decisions.length,
      at.step,
      { cause: error },
    );
  };
  const guarded = <T>(promise: Promise<T>): Promise<T> =>
    promise.catch((error: unknown) => {
      throw failure(error);
    });
  const save = async (): Promise<SelectionCheckpointEvent[]> => {
    if (!store) return [];
    const bytes = await packRun(parts, settings, at);
    await store.save(bytes);
    stored = `${store.location} (after ${decisions.length} decisions, step ${at.step})`;
    return [{ type: 'checkpoint', step: at.step, bytes: bytes.length }];
  };

  // What the plan was told before, it is told again.
  let next = plan.next();
  const decidedAgain = () => {
    while (!next.done && next.value.kind === 'decide' && decisions.length < at.decided) {
      decisions.push(next.value.decision);
      next = plan.next();
    }
  };
  for (const answer of at.answers) {
    decidedAgain();
    if (next.done || !isAnswerTo(next.value, answer))
      throw rangeError(
        fn,
        "the checkpoint's answers must be those that this selection asks for",
        answer,
        'use the checkpoint of such a selection, or start it anew',
      );
    count.again(next.value);
    next = plan.next(answer);
  }
  decidedAgain();
  count.steps(at.stepInRequest);
  if (!next.done) await store?.check?.();
  if (resume && !next.done)
    yield {
      type: 'resumed',
      step: at.step,
      decisions: [...decisions],
      ...(others && { otherKernels: others }),
    };

  const evaluated = mixtureEvaluation(supernet, valid, {
    batchSize: given.evaluationBatchSize,
    task: given.task.settings,
    images: given.images,
    statistics: given.statistics,
    ...(given.augment?.normalize && { normalize: given.augment.normalize }),
  });
  const tuned = tuning({ ...given, epoch: at.start.epoch }, optimizers, batching, stepsPerEpoch);
  const answered = (answer: SelectionAnswer) => {
    at = { ...at, answers: [...at.answers, answer], stepInRequest: 0 };
    next = plan.next(answer);
  };

  while (!next.done) {
    const request = next.value;
    if (request.kind === 'decide') {
      const { decision } = request;
      decisions.push(decision);
      at = { ...at, decided: decisions.length };
      const saved = await guarded(save());
      yield { type: 'decision', index: decisions.length - 1, decision };
      yield* saved;
      next = plan.next();
      continue;
    }
    if (request.kind === 'evaluate') {
      const started = performance.now();
      const evaluation = await guarded(
        evaluated(request.weights as never).then((found) => {
          requireFinite(fn, 'the validation loss', found.loss);
          return found;
        }),
      );
      const progress = count.evaluation(performance.now() - started);
      answered(evaluation);
      yield { type: 'trial', about: request.about, ...evaluation, ...progress } satisfies TrialEvent;
      if (signal?.aborted) {
        yield* await guarded(save());
        yield { type: 'stopped', step: at.step };
        return;
      }
      if (count.done % everySteps === 0) yield* await guarded(save());
      continue;
    }
    if (at.stepInRequest === 0 && request.left) await guarded(dropCandidates(supernet, request.left));
    if (at.stepInRequest < request.steps) {
      const batches = tuned.batches(at.step);
      try {
        for await (const batch of batches) {
          const started = performance.now();
          const { size } = batch;
          const losses = await tuned.step(request, batch, at.step).finally(() => tf.dispose({ ...batch }));
          const taken = performance.now() - started;
          const { step } = at;
          at = { ...at, step: step + 1, stepInRequest: at.stepInRequest + 1 };
          const progress = count.step(taken);
          const event = { type: 'tune', step, ...losses, imagesPerSecond: size / (taken / 1000) } as const;
          yield { ...event, ...progress } satisfies TuneEvent;
          if (signal?.aborted) {
            yield* await save();
            yield { type: 'stopped', step: at.step };
            return;
          }
          if (count.done % everySteps === 0) yield* await save();
          if (at.stepInRequest === request.steps) break;
        }
      } catch (error) {
        throw failure(error);
      }
    }
    answered({ weights: (await supernet.edgeWeights()) as unknown as MixtureWeights });
  }
  yield { type: 'done', genotype: next.value as GenotypeOf<S>, byAlpha: at.start.genotype, decisions };
}
