import * as tf from '@tensorflow/tfjs-core';
import { type RunningAverageState, runningAverage } from '../../analysis';
import { augmentation, batchCount, epochBatches } from '../../data';
import { cosine, linear, type Schedule, type Sgd, sgd } from '../../optimizers';
import { stream } from '../../random';
import { type CheckpointEvent, packRun, type StoredParts, unpackRun } from '../../search';
import { checkBackend } from '../../verify/check-backend';
import { setDropPath } from '../drop-path-rate';
import { evaluateNetwork, type NetworkEvaluation } from './evaluate-network';
import type {
  BestEvent,
  TrainingEpochEvent,
  TrainingEvent,
  TrainingRecord,
  TrainingStepEvent,
} from './events';
import type { TrainingOptions } from './options';
import { type ResolvedTraining, resolveTraining, trainingSettings } from './settings';
import { TrainingError } from './training-error';
import { trainingStep } from './training-step';
import { namedVariables, takeWeights, type WeightSnapshot } from './weights';

/** Where a training stands, apart from tensors. */
interface Position {
  /** Epoch in progress, from 0. */
  epoch: number;
  /** Iterations done, over the whole run. */
  step: number;
  /** Iterations done in the epoch in progress. */
  stepInEpoch: number;
  /** Loss of the epoch in progress. */
  loss: RunningAverageState;
  /** Accuracy of the epoch in progress. */
  accuracy: RunningAverageState;
  /** Seconds spent in the epoch in progress. */
  seconds: number;
  /** Epochs done. */
  history: TrainingRecord[];
  /** The best epoch so far; null before the first evaluation. */
  best: { epoch: number; accuracy: number; loss: number } | null;
  /** The last evaluation. */
  heldOut: NetworkEvaluation | null;
}

const EPOCH_START = {
  stepInEpoch: 0,
  loss: { sum: 0, count: 0 },
  accuracy: { sum: 0, count: 0 },
  seconds: 0,
};

/** Whether an evaluation is better than the best so far: a small held-out part often has several equals in accuracy. */
function isBetter({ top1, loss }: NetworkEvaluation, best: Position['best']): boolean {
  return best === null || top1 > best.accuracy || (top1 === best.accuracy && loss < best.loss);
}

/**
 * Trains a network from scratch by the paper's recipe: SGD with momentum and weight decay, the learning rate falling by
 * a cosine, clipped gradients, the auxiliary head's loss on the side, drop path rising linearly.
 *
 * An async iterator of events: every step and epoch, each new best epoch, checkpoints. The network is trained in place
 * and holds the last weights at the end; the best ones come with the last event. They are chosen on a held-out part of
 * the training images, so that the test images stay unseen. With a checkpoint store the run can be stopped at any
 * iteration and resumed: the same numbers come out as if it had never stopped.
 *
 * @throws RangeError or TypeError for bad options, RangeError on a backend that computes wrongly; TrainingError if the loss stops being finite or the device fails.
 *
 * Source: official code, train.py, which chooses the best weights on the test images.
 */
export async function* trainNetwork(
  options: TrainingOptions,
): AsyncGenerator<TrainingEvent, void, undefined> {
  const resolved = resolveTraining(options);
  await checkBackend('trainNetwork');
  const run = new Run(resolved);
  try {
    yield* run.events();
  } finally {
    run.dispose();
  }
}

/** One training under way. */
class Run {
  readonly #training: ResolvedTraining;
  readonly #settings: Record<string, unknown>;
  readonly #optimizer: Sgd;
  readonly #learningRate: Schedule;
  readonly #dropPath: Schedule;
  readonly #position: Position;
  #best: WeightSnapshot = [];
  /** Where the last good state is, for error messages. */
  #stored: string;
  readonly #timed = { steps: 0, seconds: 0 };

  constructor(training: ResolvedTraining) {
    const { weights, epochs, dropPath, resume } = training;
    this.#training = training;
    this.#settings = trainingSettings(training);
    this.#optimizer = sgd(weights);
    this.#learningRate = cosine({ from: weights.learningRate, to: weights.minLearningRate, epochs });
    this.#dropPath = linear({ from: 0, to: dropPath, epochs });
    if (resume) {
      const { position, more } = unpackRun<Position>(resume, this.#parts(), this.#settings);
      this.#position = position;
      this.#best = more;
    } else {
      this.#position = {
        ...structuredClone(EPOCH_START),
        epoch: 0,
        step: 0,
        history: [],
        best: null,
        heldOut: null,
      };
    }
    this.#stored = resume ? 'the one resumed from' : 'none';
  }

  dispose(): void {
    this.#optimizer.dispose();
  }

  async *events(): AsyncGenerator<TrainingEvent, void, undefined> {
    const { network, epochs, checkpoint, signal } = this.#training;
    const at = this.#position;
    while (at.epoch < epochs) {
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
      if (at.epoch % (checkpoint?.everyEpochs ?? 1) === 0 || at.epoch === epochs) yield* this.#store();
    }
    const last = await takeWeights(network);
    yield {
      type: 'done',
      history: at.history,
      heldOut: at.heldOut,
      best: at.best
        ? { epoch: at.best.epoch, accuracy: at.best.accuracy, weights: this.#best }
        : { epoch: epochs - 1, accuracy: null, weights: last },
      last,
    };
  }

  /** The iterations that the epoch in progress still has. */
  async *#steps(): AsyncGenerator<TrainingStepEvent, void, undefined> {
    const { network, train, epochs, batchSize, seed, augment, weights, auxiliaryWeight } = this.#training;
    const at = this.#position;
    const { epoch } = at;
    const batching = { batchSize, augment: augment && augmentation(augment) };
    const stepsPerEpoch = batchCount(train, batching);
    const batches = epochBatches(train, {
      ...batching,
      stream: stream(seed, 'train'),
      epoch,
      skip: at.stepInEpoch,
    });
    const learningRate = this.#learningRate(epoch);
    this.#optimizer.learningRate = learningRate;
    setDropPath(network, this.#dropPath(epoch));
    const loss = runningAverage(at.loss);
    const accuracy = runningAverage(at.accuracy);
    try {
      for await (const batch of batches) {
        const started = performance.now();
        const { step, stepInEpoch } = at;
        try {
          const taken = await trainingStep(network, this.#optimizer, batch, {
            moment: { epoch, step, pass: 0 },
            auxiliaryWeight,
            clip: weights.clip,
          });
          const seconds = (performance.now() - started) / 1000;
          loss.add(taken.loss, batch.size);
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
            trainLoss: taken.loss,
            auxiliaryLoss: taken.auxiliaryLoss,
            trainAccuracy: accuracy.mean,
            imagesPerSecond: batch.size / seconds,
            secondsLeft: left * (this.#timed.seconds / this.#timed.steps),
            learningRate,
          };
        } finally {
          tf.dispose([batch.x, batch.y]);
        }
      }
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async *#endEpoch(): AsyncGenerator<TrainingEpochEvent | BestEvent, void, undefined> {
    const { network, valid, epochs, evaluateEvery, evaluationBatchSize, augment } = this.#training;
    const at = this.#position;
    const { epoch } = at;
    const started = performance.now();
    const due = valid && (epoch + 1 === epochs || (epoch + 1) % evaluateEvery === 0);
    const evaluation = due
      ? await evaluateNetwork(network, valid, {
          batchSize: evaluationBatchSize,
          normalize: augment?.normalize,
        })
      : null;
    const best = evaluation && isBetter(evaluation, at.best) ? evaluation : null;
    if (best) this.#best = await takeWeights(network);
    const record: TrainingRecord = {
      epoch,
      trainLoss: at.loss.sum / at.loss.count,
      trainAccuracy: at.accuracy.sum / at.accuracy.count,
      validLoss: evaluation?.loss ?? null,
      validAccuracy: evaluation?.top1 ?? null,
      validTop5: evaluation?.top5 ?? null,
      learningRate: this.#learningRate(epoch),
      dropPath: this.#dropPath(epoch),
      seconds: at.seconds + (performance.now() - started) / 1000,
    };
    Object.assign(at, structuredClone(EPOCH_START), {
      epoch: epoch + 1,
      history: [...at.history, record],
      best: best ? { epoch, accuracy: best.top1, loss: best.loss } : at.best,
      heldOut: evaluation ?? at.heldOut,
    });
    if (best) yield { type: 'best', epoch, accuracy: best.top1 };
    yield { type: 'epoch', epochs, ...record };
  }

  /** Stores the state, if there is a store. */
  async *#store(): AsyncGenerator<CheckpointEvent, void, undefined> {
    const store = this.#training.checkpoint?.store;
    if (!store) return;
    const bytes = await packRun(this.#parts(), this.#settings, this.#position, this.#best);
    await store.save(bytes);
    const { epoch, step } = this.#position;
    this.#stored = `${store.location} (epoch ${epoch}, step ${step})`;
    yield { type: 'checkpoint', epoch, step, bytes: bytes.length };
  }

  #parts(): StoredParts {
    return {
      fn: 'trainNetwork',
      subject: 'network',
      variables: namedVariables(this.#training.network),
      optimizers: { weights: this.#optimizer },
    };
  }

  #failure(error: unknown): TrainingError {
    const { epoch, step } = this.#position;
    const message = error instanceof Error ? error.message : String(error);
    return new TrainingError(
      `trainNetwork: stopped at epoch ${epoch}, step ${step}: ${message}; last good checkpoint: ${this.#stored}`,
      epoch,
      step,
      { cause: error },
    );
  }
}
