import type * as tf from '@tensorflow/tfjs-core';
import { augmentation, type Batch, batchCount, type Dataset, epochBatches } from '../../data';
import { stateVariables, weightVariables } from '../../layers';
import { inputsIn } from '../../layers/flat-model';
import { cosine, linear, type Sgd, sgd } from '../../optimizers';
import { stream } from '../../random';
import {
  drive,
  matchVariables,
  type Run,
  type RunKind,
  requireFiniteTensors,
  type StepProgress,
} from '../../runs';
import { loadShares } from '../../tasks/load-shares';
import { trainingMetrics } from '../../tasks/task';
import { checkBackend } from '../../verify/check-backend';
import { setDropPath } from '../drop-path-rate';
import type { TrainingMemory } from './check-own';
import { evaluateNetwork, type NetworkEvaluation } from './evaluate-network';
import type { BestEvent, TrainedEvent, TrainingEvent, TrainingRecord, TrainingStepEvent } from './events';
import type { TrainingOptions } from './options';
import { type ResolvedTraining, resolveTraining, trainingSettings } from './settings';
import { TrainingError } from './training-error';
import { trainingStep } from './training-step';
import { namedVariables, takeWeights, type WeightSnapshot } from './weights';

/** A training, to the driver of runs. */
interface TrainingRun extends RunKind {
  readonly batch: Batch<Dataset>;
  readonly step: Omit<TrainingStepEvent, keyof StepProgress>;
  readonly record: TrainingRecord;
  readonly own: TrainingMemory;
  readonly event: BestEvent;
  readonly done: TrainedEvent;
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
 * @throws RangeError or TypeError for bad options, before anything is trained, and on a backend that computes wrongly; TrainingError if a loss, an evaluation or the
 * state stops being finite, or the device or the data fail.
 *
 * Source: official code, train.py, which chooses the best weights on the test images.
 */
export async function* trainNetwork(
  options: TrainingOptions,
): AsyncGenerator<TrainingEvent, void, undefined> {
  const training = resolveTraining(options);
  await checkBackend('trainNetwork');
  await loadShares(training.augment, training.train);
  const { network, train, batchSize, dropLast, engine } = training;
  const moment = { epoch: 0, step: 0, pass: 0 };
  const forward = (x: tf.Tensor) => network.apply(inputsIn(network, x), { training: true, moment });
  const { checkSingleImages } = await import('../../runs/single-images');
  checkSingleImages('trainNetwork', forward, stateVariables(network), [
    { dataset: train, batchSize, dropLast, threads: engine?.threads ?? 1 },
  ]);
  const { learningRate, momentum, weightDecay } = training.weights;
  const optimizer = sgd({ learningRate, momentum, weightDecay });
  try {
    const check = training.resume && (await import('./check-own')).checkOwn;
    yield* drive(trainingRun(training, optimizer, check), training);
  } finally {
    optimizer.dispose();
  }
}

function trainingRun(
  training: ResolvedTraining,
  optimizer: Sgd,
  checkOwn?: typeof import('./check-own').checkOwn,
): Run<TrainingRun> {
  const { network, train, valid, epochs, batchSize, dropLast, seed, augment, weights, auxiliaryWeight } =
    training;
  const { evaluateEvery, evaluationBatchSize, task, engine } = training;
  const batching = { batchSize, dropLast, augment: augment && augmentation(augment) };
  const rate = cosine({ from: weights.learningRate, to: weights.minLearningRate, epochs });
  const dropPath = linear({ from: 0, to: training.dropPath, epochs });
  const variables = namedVariables(network);
  let bestWeights: WeightSnapshot = [];
  return {
    fn: 'trainNetwork',
    subject: 'network',
    variables,
    trained: { weights: { optimizer, variables: weightVariables(network) } },
    settings: trainingSettings(training),
    epochs,
    stepsPerEpoch: batchCount(train, batching),
    Failure: TrainingError,
    own: { best: null, heldOut: null },
    begin({ epoch, stepInEpoch: skip }) {
      const learningRate = rate(epoch);
      optimizer.learningRate = learningRate;
      setDropPath(network, dropPath(epoch));
      return {
        batches: epochBatches(train, { ...batching, stream: stream(seed, 'train'), epoch, skip }),
        async step(batch, step) {
          const { loss, metrics, auxiliaryLoss } = await trainingStep(network, optimizer, batch, {
            moment: { epoch, step, pass: 0 },
            auxiliaryWeight,
            clip: weights.clip,
            task: task.settings,
            ...(engine && { engine }),
          });
          return {
            values: { loss, ...metrics },
            event: (means) => ({
              trainLoss: loss,
              auxiliaryLoss,
              ...trainingMetrics(task, means),
              learningRate,
            }),
          };
        },
      };
    },
    async end({ epoch, own }, means) {
      const due = valid && (epoch + 1 === epochs || (epoch + 1) % evaluateEvery === 0);
      const how = { batchSize: evaluationBatchSize, normalize: augment?.normalize };
      const evaluation = due
        ? await (engine?.evaluate(valid, how) ??
            evaluateNetwork(network, valid, { ...how, task: task.settings }))
        : null;
      const { loss, metrics } = evaluation ?? { loss: 0, metrics: {} as Readonly<Record<string, number>> };
      const now = { epoch, loss, ...metrics };
      const best = evaluation && (own.best === null || task.isBetter(now, own.best)) ? now : null;
      if (best) bestWeights = await takeWeights(network);
      return {
        record: {
          trainLoss: means.loss!,
          ...trainingMetrics(task, means),
          validLoss: evaluation?.loss ?? null,
          validAccuracy: metrics.accuracy ?? null,
          validTop5: metrics.top5 ?? null,
          validMetrics: evaluation?.metrics ?? null,
          learningRate: rate(epoch),
          dropPath: dropPath(epoch),
        },
        own: {
          best: best ?? own.best,
          heldOut: evaluation ?? own.heldOut,
        },
        events: best ? [{ type: 'best', epoch, accuracy: metrics.accuracy ?? null, loss, metrics }] : [],
      };
    },
    async done({ history, own: { best, heldOut } }) {
      const last = await takeWeights(network);
      requireFiniteTensors('trainNetwork', last);
      return {
        type: 'done',
        history,
        heldOut: heldOut as NetworkEvaluation | null,
        best: best
          ? { epoch: best.epoch!, accuracy: best.accuracy ?? null, weights: bestWeights }
          : { epoch: epochs - 1, accuracy: null, weights: last },
        last,
      };
    },
    more: () => bestWeights,
    restore({ own, history }, more) {
      checkOwn?.(own, history, task.decides);
      const remedy = 'resume with the network of that run';
      if (own.best) matchVariables('trainNetwork', "the checkpoint's best weights", variables, more, remedy);
      bestWeights = more;
    },
  };
}
