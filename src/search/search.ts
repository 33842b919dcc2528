import * as tf from '@tensorflow/tfjs-core';
import { input } from '@tensorflow/tfjs-layers';
import { runningAverage } from '../analysis';
import { type Architect, alphaFrozen, createArchitect } from '../architect';
import { augmentation, type Batch, batchCount, cyclingBatches, epochBatches } from '../data';
import { rangeError } from '../errors';
import { noiseRate } from '../layers';
import { type Adam, adam, cosine, type Schedule, type Sgd, sgd } from '../optimizers';
import { stream } from '../random';
import type { SearchSpace } from '../spaces';
import type { Supernet } from '../supernet';
import { checkMemory } from './check-memory';
import { diagnosticsDue, measureDiagnostics } from './diagnostics';
import { type GradientEngine, localEngine } from './engine';
import { evaluate } from './evaluate';
import type {
  CheckpointEvent,
  DiagnosticsEvent,
  EpochEvent,
  EpochRecord,
  GenotypeEvent,
  SearchEvent,
  StepEvent,
  StopDecision,
} from './events';
import type { SearchOptions } from './options';
import { type RunParts, type RunPosition, restoreRun, saveRun } from './run-state';
import { SearchError } from './search-error';
import { type ResolvedSearch, resolveSearch, runSettings } from './settings';
import { alphaStep, requireFinite, weightStep } from './steps';

const START: RunPosition = {
  epoch: 0,
  step: 0,
  stepInEpoch: 0,
  loss: { sum: 0, count: 0 },
  accuracy: { sum: 0, count: 0 },
  seconds: 0,
  history: [],
};

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
 * @throws RangeError or TypeError for bad options; SearchError if the loss stops being finite or the device fails.
 *
 * Source: DARTS, eq. 3-4 and algorithm 1; paper, section 3; settings of the paper, section 4.1.
 */
export async function* search<S extends SearchSpace>(
  options: SearchOptions<S>,
): AsyncGenerator<SearchEvent<S>, void, undefined> {
  const run = new Run(resolveSearch(options as unknown as SearchOptions));
  try {
    yield* run.events() as AsyncGenerator<SearchEvent<S>, void, undefined>;
  } finally {
    run.dispose();
  }
}

/** One search under way. */
class Run {
  readonly #search: ResolvedSearch;
  readonly #settings: Record<string, unknown>;
  readonly #weights: Sgd;
  readonly #alpha: Adam;
  readonly #engine: GradientEngine;
  /** In second order only; the first order is the engine's. */
  readonly #architect: Architect<Batch> | undefined;
  readonly #learningRate: Schedule;
  readonly #position: RunPosition;
  /** Where the last good state is, for error messages. */
  #stored: string;
  readonly #timed = { steps: 0, seconds: 0 };

  constructor(search: ResolvedSearch) {
    const { supernet, train, weights, alpha, epochs, resume, engine } = search;
    this.#search = search;
    if (!supernet.built) supernet.apply(input({ shape: [...train.shape] }));
    checkMemory(supernet, train.shape, search.batchSize, engine?.threads ?? 1);
    this.#settings = runSettings(search);
    this.#weights = sgd(weights);
    this.#alpha = adam(alpha);
    this.#engine = engine ?? localEngine(supernet);
    if (alpha.order === 'second') {
      this.#architect = createArchitect<Batch>({
        model: supernet,
        optimizer: this.#alpha,
        order: 'second',
        weightOptimizer: this.#weights,
      });
    }
    this.#learningRate = cosine({ from: weights.learningRate, to: weights.minLearningRate, epochs });
    this.#position = resume ? restoreRun(resume, this.#parts(), this.#settings) : structuredClone(START);
    this.#stored = resume ? 'the one resumed from' : 'none';
  }

  dispose(): void {
    this.#weights.dispose();
    this.#alpha.dispose();
  }

  async *events(): AsyncGenerator<SearchEvent, void, undefined> {
    const { epochs, checkpoint, signal } = this.#search;
    const everyEpochs = checkpoint?.everyEpochs ?? 1;
    const at = this.#position;
    let decision = this.#decide();
    while (at.epoch < epochs && !decision) {
      for await (const event of this.#steps()) {
        yield event;
        if (signal?.aborted) {
          yield* this.#store();
          yield { type: 'stopped', epoch: at.epoch, step: at.step };
          return;
        }
        if (checkpoint?.everySteps && at.step % checkpoint.everySteps === 0) yield* this.#store();
      }
      yield* this.#endEpoch();
      decision = this.#decide();
      if (at.epoch % everyEpochs === 0 || at.epoch === epochs || decision) yield* this.#store();
    }
    const { epoch, genotype } = at.history[decision?.rollBackTo ?? at.history.length - 1]!;
    yield { type: 'done', genotype, epoch, decision, epochs, history: at.history };
  }

  /** What the policies make of the epochs so far. */
  #decide(): StopDecision | null {
    const { history, stepInEpoch } = this.#position;
    if (history.length === 0 || stepInEpoch > 0) return null;
    for (const policy of this.#search.policies) {
      const verdict = policy(history);
      if (verdict === 'continue') continue;
      const { rollBackTo } = verdict;
      if (!history[rollBackTo])
        throw rangeError(
          'search',
          `a policy must go back to an epoch from 0 to ${history.length - 1}`,
          rollBackTo,
          'name an epoch of the history',
        );
      return verdict;
    }
    return null;
  }

  /** The iterations that the epoch in progress still has. */
  async *#steps(): AsyncGenerator<StepEvent, void, undefined> {
    const { train, valid, epochs, batchSize, seed, augment, weights, alpha } = this.#search;
    const at = this.#position;
    const { epoch } = at;
    const batching = { batchSize, augment: augment && augmentation(augment) };
    const stepsPerEpoch = batchCount(train, batching);
    const trainBatches = epochBatches(train, {
      ...batching,
      stream: stream(seed, 'train'),
      epoch,
      skip: at.stepInEpoch,
    });
    const validBatches = cyclingBatches(valid, {
      ...batching,
      stream: stream(seed, 'valid'),
      position: at.step,
    });
    const learningRate = this.#learningRate(epoch);
    this.#weights.learningRate = learningRate;
    const frozen = alphaFrozen(epoch, alpha.warmupEpochs);
    const loss = runningAverage(at.loss);
    const accuracy = runningAverage(at.accuracy);
    for await (const batch of trainBatches) {
      const started = performance.now();
      const { step, stepInEpoch } = at;
      try {
        const moveAlpha = async () =>
          frozen ? null : await this.#alphaStep(batch, await validBatches.at(step));
        const before = alpha.turn === 'before' ? await moveAlpha() : null;
        const taken = await weightStep(this.#engine, this.#weights, batch, {
          epoch,
          step,
          clip: weights.clip,
        });
        const validLoss = alpha.turn === 'before' ? before : await moveAlpha();
        const trainLoss = taken.loss;
        const seconds = (performance.now() - started) / 1000;
        loss.add(trainLoss, batch.size);
        accuracy.add(taken.accuracy, batch.size);
        this.#timed.steps += 1;
        this.#timed.seconds += seconds;
        Object.assign(at, {
          step: step + 1,
          stepInEpoch: stepInEpoch + 1,
          loss: loss.state(),
          accuracy: accuracy.state(),
          seconds: at.seconds + seconds,
        });
        const left = (epochs - epoch) * stepsPerEpoch - at.stepInEpoch;
        yield {
          type: 'step',
          epoch,
          step,
          stepInEpoch,
          stepsPerEpoch,
          epochs,
          trainLoss,
          validLoss,
          trainAccuracy: accuracy.mean,
          imagesPerSecond: batch.size / seconds,
          secondsLeft: left * (this.#timed.seconds / this.#timed.steps),
          learningRate,
        };
      } catch (error) {
        throw this.#failure(error);
      } finally {
        tf.dispose([batch.x, batch.y]);
      }
    }
  }

  /** Moves alpha on a validation batch; returns the loss there. */
  async #alphaStep(train: Batch, valid: Batch): Promise<number> {
    const { epoch, step } = this.#position;
    try {
      if (!this.#architect) return await alphaStep(this.#engine, this.#alpha, valid, { epoch, step });
      await this.#search.supernet.prepare();
      const { validLoss, trainLoss } = this.#architect.step({ train, valid, epoch, step });
      const value = (await validLoss.data())[0]!;
      tf.dispose(trainLoss ? [validLoss, trainLoss] : validLoss);
      return requireFinite('validation', value);
    } finally {
      tf.dispose([valid.x, valid.y]);
    }
  }

  async *#endEpoch(): AsyncGenerator<EpochEvent | DiagnosticsEvent | GenotypeEvent, void, undefined> {
    const { supernet, valid, epochs, evaluateEvery, evaluationBatchSize, augment } = this.#search;
    const { diagnostics: wanted, batchSize, alpha } = this.#search;
    const at = this.#position;
    const { epoch } = at;
    const started = performance.now();
    const last = epoch + 1 === epochs;
    const due = evaluateEvery > 0 && (last || (epoch + 1) % evaluateEvery === 0);
    const evaluation = due
      ? await evaluate(supernet, valid, {
          batchSize: evaluationBatchSize,
          ...(augment?.normalize ? { normalize: augment.normalize } : {}),
        })
      : null;
    const genotype = await supernet.readGenotype();
    const alphas = await supernet.edgeWeights();
    const diagnostics =
      wanted && diagnosticsDue(wanted, epoch, epochs)
        ? await measureDiagnostics(wanted, {
            supernet,
            valid,
            batchSize,
            evaluationBatchSize,
            normalize: augment?.normalize,
            alphaWeightDecay: alpha.weightDecay,
            epoch,
            alphas,
            genotype,
          })
        : undefined;
    const record: EpochRecord = {
      epoch,
      trainLoss: at.loss.sum / at.loss.count,
      trainAccuracy: at.accuracy.sum / at.accuracy.count,
      validLoss: evaluation?.loss ?? null,
      validAccuracy: evaluation?.accuracy ?? null,
      learningRate: this.#learningRate(epoch),
      noiseRate: currentNoiseRate(supernet, epoch),
      seconds: at.seconds + (performance.now() - started) / 1000,
      alphas,
      genotype,
      ...(diagnostics && { diagnostics }),
    };
    const before = at.history.at(-1)?.genotype;
    Object.assign(at, structuredClone(START), {
      epoch: epoch + 1,
      step: at.step,
      history: [...at.history, record],
    });
    if (diagnostics) yield { type: 'diagnostics', epoch, ...diagnostics };
    if (JSON.stringify(before) !== JSON.stringify(genotype)) yield { type: 'genotype', epoch, genotype };
    yield { type: 'epoch', epochs, ...record };
  }

  /** Stores the state, if there is a store. */
  async *#store(): AsyncGenerator<CheckpointEvent, void, undefined> {
    const store = this.#search.checkpoint?.store;
    if (!store) return;
    const bytes = await saveRun(this.#parts(), this.#settings, this.#position);
    await store.save(bytes);
    const { epoch, step } = this.#position;
    this.#stored = `${store.location} (epoch ${epoch}, step ${step})`;
    yield { type: 'checkpoint', epoch, step, bytes: bytes.length };
  }

  #parts(): RunParts {
    return { supernet: this.#search.supernet, optimizers: { weights: this.#weights, alpha: this.#alpha } };
  }

  #failure(error: unknown): SearchError {
    const { epoch, step } = this.#position;
    const message = error instanceof Error ? error.message : String(error);
    return new SearchError(
      `search: stopped at epoch ${epoch}, step ${step}: ${message}; last good checkpoint: ${this.#stored}`,
      epoch,
      step,
      { cause: error },
    );
  }
}

/** Rate of the noise at an epoch: that of the first disturbed candidate, 0 without noise. */
function currentNoiseRate(supernet: Supernet, epoch: number): number {
  for (const edge of supernet.noise.flat()) {
    const settings = edge && Object.values(edge)[0];
    if (settings) return noiseRate(settings.schedule, epoch);
  }
  return 0;
}
