import * as tf from '@tensorflow/tfjs-core';
import { passes } from '../architect';
import { augmentation, batchCount } from '../data';
import { rangeError } from '../errors';
import type { GenotypeOf } from '../genotype';
import { adam, sgd } from '../optimizers';
import { stream } from '../random';
import { requireFinite } from '../runs';
import { keptRun } from '../runs/kept';
import { checkSingleImages } from '../runs/single-images';
import type { Evaluation } from '../search';
import { mixtureEvaluation } from '../search/evaluate-mixtures';
import type { AnySpace } from '../spaces';
import type { Searchable } from '../supernet';
import { loadShares } from '../tasks/load-shares';
import { checkBackend } from '../verify/check-backend';
import { dropCandidates } from './alphas';
import { besideCandidates } from './beside-candidates';
import type { SelectionEvent, TuneEvent } from './events';
import {
  type ResolvedSelection,
  resolveSelection,
  type SelectionOptions,
  selectionSettings,
} from './options';
import type {
  MixtureWeights,
  SelectionAnswer,
  SelectionDecision,
  SelectionRequest,
  SelectionStart,
} from './plan';
import { checkPosition, isAnswerTo, type Position } from './position';
import type { SelectionRecipe } from './recipe';
import { SelectionError } from './selection-error';
import { type Optimizers, tuning } from './tuning';
import { countWork } from './work';

type RequestOf<K extends SelectionRequest['kind']> = Extract<SelectionRequest, { readonly kind: K }>;

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
  const decisions: D[] = [];
  const weights = (await supernet.edgeWeights()) as SelectionStart<S>['weights'];
  const { epoch = supernet.epoch ?? 0 } = given;
  const start = { weights, genotype: await supernet.readGenotype(), epoch };
  const kept = await keptRun(
    {
      fn,
      subject: supernet.subject,
      variables: supernet.namedVariables(),
      trained: {
        weights: { optimizer: optimizers.weights, variables: supernet.weightVariables() },
        alpha: { optimizer: optimizers.alpha, variables: supernet.archVariables() },
      },
      settings: selectionSettings(fn, recipe.settings ?? {}, given as unknown as ResolvedSelection),
      Failure: SelectionError,
      place: ({ step }: Position<S>) => ({ decision: decisions.length, step }),
      restore: (position) => checkPosition<S>(fn, position),
    },
    { ...(checkpoint && { checkpoint }), ...(resume && { resume }), ...(signal && { signal }) },
    { start, answers: [], decided: 0, step: 0, stepInRequest: 0, means: {} },
  );
  const at = () => kept.at;
  supernet.epoch = at().start.epoch;

  const batching = { batchSize, dropLast, augment: given.augment && augmentation(given.augment) };
  const stepsPerEpoch = batchCount(train, batching);
  const known: SelectionStart<S> = {
    space: supernet.space,
    weights: at().start.weights,
    genotype: at().start.genotype,
    stepsPerEpoch,
    stream: stream(seed, 'selection'),
  };
  const plan = recipe.plan(known);
  const count = countWork(recipe.work?.(known));

  // What the plan was told before, it is told again.
  let next = plan.next();
  const decidedAgain = () => {
    while (!next.done && next.value.kind === 'decide' && decisions.length < at().decided) {
      decisions.push(next.value.decision);
      next = plan.next();
    }
  };
  for (const answer of at().answers) {
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
  count.steps(at().stepInRequest);
  if (!next.done) yield* kept.begin({ decisions: [...decisions] });

  const evaluated = mixtureEvaluation(supernet, valid, {
    batchSize: given.evaluationBatchSize,
    task: given.task.settings,
    images: given.images,
    statistics: given.statistics,
    ...(given.augment?.normalize && { normalize: given.augment.normalize }),
  });
  const whole = await besideCandidates(supernet as unknown as Searchable<AnySpace>, at().start as never);
  const tuned = tuning({ ...given, epoch: at().start.epoch }, optimizers, batching, stepsPerEpoch);
  const answered = (answer: SelectionAnswer) => {
    kept.at = { ...at(), answers: [...at().answers, answer], stepInRequest: 0 };
    next = plan.next(answer);
  };

  const evaluate = async ({ weights: mixtures }: RequestOf<'evaluate'>): Promise<Evaluation> => {
    const evaluation = await evaluated(whole(mixtures) as never);
    requireFinite(fn, 'the validation loss', evaluation.loss);
    return evaluation;
  };

  async function* tune(given: RequestOf<'tune'>): AsyncGenerator<TuneEvent, void, undefined> {
    const request = given.weights ? { ...given, weights: whole(given.weights) } : given;
    try {
      if (at().stepInRequest === 0 && request.left) await dropCandidates(supernet, request.left);
      if (at().stepInRequest < request.steps)
        for await (const batch of tuned.batches(at().step)) {
          const started = performance.now();
          const { step } = at();
          const losses = await tuned.step(request, batch, step).finally(() => tf.dispose({ ...batch }));
          const taken = performance.now() - started;
          kept.at = { ...at(), step: step + 1, stepInRequest: at().stepInRequest + 1 };
          const imagesPerSecond = batch.size / (taken / 1000);
          yield { type: 'tune', step, ...losses, imagesPerSecond, ...count.step(taken) };
          if (at().stepInRequest === request.steps) break;
        }
    } catch (error) {
      throw kept.failure(error);
    }
  }

  while (!next.done) {
    const request = next.value;
    if (request.kind === 'decide') {
      const { decision } = request;
      decisions.push(decision);
      kept.at = { ...at(), decided: decisions.length };
      const saved = await kept.save();
      yield { type: 'decision', index: decisions.length - 1, decision };
      yield* saved;
      next = plan.next();
    } else if (request.kind === 'evaluate') {
      const started = performance.now();
      const evaluation = await kept.guarded(evaluate(request));
      const progress = count.evaluation(performance.now() - started);
      answered(evaluation);
      yield { type: 'trial', about: request.about, ...evaluation, ...progress };
      if (yield* kept.pause(count.done)) return;
    } else {
      for await (const event of tune(request)) {
        yield event;
        if (yield* kept.pause(count.done)) return;
      }
      answered({ weights: (await supernet.edgeWeights()) as unknown as MixtureWeights });
    }
  }
  yield { type: 'done', genotype: next.value as GenotypeOf<S>, byAlpha: at().start.genotype, decisions };
}
