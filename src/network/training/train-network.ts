import type * as tf from '@tensorflow/tfjs-core';
import { augmentation, type Batch, batchCount, epochBatches, type ImageDataset } from '../../data';
import { rangeError } from '../../errors';
import { stateVariables, weightVariables } from '../../layers';
import { cosine, linear, type Sgd, sgd } from '../../optimizers';
import { stream } from '../../random';
import {
  checkSingleImages,
  drive,
  matchVariables,
  type Run,
  type RunKind,
  requireFiniteTensors,
} from '../../runs';
import { checkBackend } from '../../verify/check-backend';
import { setDropPath } from '../drop-path-rate';
import { evaluateNetwork, type NetworkEvaluation } from './evaluate-network';
import type { BestEvent, TrainedEvent, TrainingEvent, TrainingRecord, TrainingStepEvent } from './events';
import type { TrainingOptions } from './options';
import { type ResolvedTraining, resolveTraining, trainingSettings } from './settings';
import { TrainingError } from './training-error';
import { trainingStep } from './training-step';
import { namedVariables, takeWeights, type WeightSnapshot } from './weights';

/** A training, to the driver of runs. */
interface TrainingRun extends RunKind {
  readonly batch: Batch;
  readonly step: Pick<TrainingStepEvent, 'trainLoss' | 'auxiliaryLoss' | 'trainAccuracy' | 'learningRate'>;
  readonly record: TrainingRecord;
  readonly own: {
    /** The best epoch so far; null before the first evaluation. */
    readonly best: { readonly epoch: number; readonly accuracy: number; readonly loss: number } | null;
    /** The last evaluation. */
    readonly heldOut: NetworkEvaluation | null;
  };
  readonly event: BestEvent;
  readonly done: TrainedEvent;
}

/** Whether an evaluation is better than the best so far: a small held-out part often has several equals in accuracy. */
function isBetter({ top1, loss }: NetworkEvaluation, best: TrainingRun['own']['best']): boolean {
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
  const { network, train, batchSize, dropLast } = training;
  const moment = { epoch: 0, step: 0, pass: 0 };
  const forward = (x: tf.Tensor) => network.apply(x, { training: true, moment });
  checkSingleImages('trainNetwork', forward, stateVariables(network), [
    { dataset: train, batchSize, dropLast },
  ]);
  const optimizer = sgd(training.weights);
  try {
    yield* drive(trainingRun(training, optimizer), training);
  } finally {
    optimizer.dispose();
  }
}

function trainingRun(training: ResolvedTraining, optimizer: Sgd): Run<TrainingRun> {
  const { network, train, valid, epochs, batchSize, dropLast, seed, augment, weights, auxiliaryWeight } =
    training;
  const { evaluateEvery, evaluationBatchSize } = training;
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
        batches: epochBatches(train as ImageDataset, {
          ...batching,
          stream: stream(seed, 'train'),
          epoch,
          skip,
        }),
        async step(batch, step) {
          const { loss, accuracy, auxiliaryLoss } = await trainingStep(network, optimizer, batch, {
            moment: { epoch, step, pass: 0 },
            auxiliaryWeight,
            clip: weights.clip,
          });
          return {
            values: { loss, accuracy },
            event: (means) => ({
              trainLoss: loss,
              auxiliaryLoss,
              trainAccuracy: means.accuracy!,
              learningRate,
            }),
          };
        },
      };
    },
    async end({ epoch, own }, { loss, accuracy }) {
      const due = valid && (epoch + 1 === epochs || (epoch + 1) % evaluateEvery === 0);
      const evaluation = due
        ? await evaluateNetwork(network, valid, {
            batchSize: evaluationBatchSize,
            normalize: augment?.normalize,
          })
        : null;
      const best = evaluation && isBetter(evaluation, own.best) ? evaluation : null;
      if (best) bestWeights = await takeWeights(network);
      return {
        record: {
          trainLoss: loss!,
          trainAccuracy: accuracy!,
          validLoss: evaluation?.loss ?? null,
          validAccuracy: evaluation?.top1 ?? null,
          validTop5: evaluation?.top5 ?? null,
          learningRate: rate(epoch),
          dropPath: dropPath(epoch),
        },
        own: {
          best: best ? { epoch, accuracy: best.top1, loss: best.loss } : own.best,
          heldOut: evaluation ?? own.heldOut,
        },
        events: best ? [{ type: 'best', epoch, accuracy: best.top1 }] : [],
      };
    },
    async done({ history, own: { best, heldOut } }) {
      const last = await takeWeights(network);
      requireFiniteTensors('trainNetwork', last);
      return {
        type: 'done',
        history,
        heldOut,
        best: best
          ? { epoch: best.epoch, accuracy: best.accuracy, weights: bestWeights }
          : { epoch: epochs - 1, accuracy: null, weights: last },
        last,
      };
    },
    more: () => bestWeights,
    restore({ own, history }, more) {
      checkOwn(own, history);
      const remedy = 'resume with the network of that run';
      if (own.best) matchVariables('trainNetwork', "the checkpoint's best weights", variables, more, remedy);
      bestWeights = more;
    },
  };
}

/** Refuses what no training remembers of its evaluations. */
function checkOwn(own: TrainingRun['own'], history: readonly TrainingRecord[]): void {
  const { best, heldOut } = own ?? {};
  const areNumbers = (...values: unknown[]) => values.every(Number.isFinite);
  const sound =
    (best === null || areNumbers(history[best?.epoch ?? -1]?.validLoss, best?.accuracy, best?.loss)) &&
    (heldOut === null || areNumbers(heldOut?.images, heldOut?.loss, heldOut?.top1, heldOut?.top5)) &&
    (heldOut === null || heldOut?.confusion?.every?.((row) => areNumbers(...row))) &&
    history.every(({ trainLoss, learningRate }) => areNumbers(trainLoss, learningRate));
  if (!sound)
    throw rangeError(
      'trainNetwork',
      "the checkpoint's history must be one of evaluations",
      own,
      'use the checkpoint of such a run, or start the run anew',
    );
}
