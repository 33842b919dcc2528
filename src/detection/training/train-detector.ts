import * as tf from '@tensorflow/tfjs-core';
import { KeptTensors } from '../../kernels/tape';
import { weightVariables } from '../../layers';
import { variableOf } from '../../layers/noisy-darts-layer';
import { adam, clippedStep, lossGradients, sgd } from '../../optimizers';
import {
  type CheckpointEvent,
  drive,
  type ResumedEvent,
  type Run,
  RunError,
  type RunKind,
  type RunRecord,
  requireFinite,
  type StepProgress,
  type StoppedEvent,
} from '../../runs';
import type { DetectionFigures } from '../coco/evaluate';
import { type DetectionBatch, detectionBatchCount, detectionBatches } from '../data/batches';
import { evaluateDetector } from '../evaluate-detector';
import { detectionLosses, targetTensors } from '../losses/detection-loss';
import {
  type DetectorTrainingOptions,
  detectorRate,
  detectorSettings,
  type ResolvedDetectorTraining,
  resolveDetectorTraining,
} from './options';

/** After every step. */
export interface DetectorStepEvent extends StepProgress {
  /** Focal loss and L1 of the codes together, over the anchors with an object, before the step. */
  readonly trainLoss: number;
  readonly learningRate: number;
}

/** One line of a training's history. */
export interface DetectorRecord extends RunRecord {
  /** Means over the pictures. */
  readonly trainLoss: number;
  readonly classLoss: number;
  readonly boxLoss: number;
  /** COCO's twelve figures on the validation part; null if it was not evaluated. */
  readonly figures: DetectionFigures | null;
  readonly learningRate: number;
}

/** At the end of every epoch. */
export interface DetectorEpochEvent extends DetectorRecord {
  readonly type: 'epoch';
  readonly epochs: number;
}

/** Last event of a training that reached its end; the detector holds the last weights. */
export interface DetectorTrainedEvent {
  readonly type: 'done';
  readonly history: readonly DetectorRecord[];
}

/** Everything that a training of a detector reports. */
export type DetectorTrainingEvent =
  | DetectorStepEvent
  | DetectorEpochEvent
  | ResumedEvent<DetectorRecord>
  | CheckpointEvent
  | StoppedEvent
  | DetectorTrainedEvent;

interface DetectorRun extends RunKind {
  readonly batch: DetectionBatch;
  readonly step: Omit<DetectorStepEvent, keyof StepProgress>;
  readonly record: DetectorRecord;
  readonly own: Readonly<Record<string, never>>;
  readonly done: DetectorTrainedEvent;
}

/** A training of a detector that cannot go on; what was stored is intact. */
class DetectorTrainingError extends RunError {
  override readonly name = 'DetectorTrainingError';
}

/**
 * Trains a detector as RetinaNet is trained: SGD with momentum, a warm-up, a tenth of the learning rate from epochs 8 and 11.
 *
 * An async iterator of events: every step and epoch, checkpoints. With a checkpoint store the run can be stopped at any step
 * and resumed: the same numbers come out as if it had never stopped.
 *
 * @throws RangeError or TypeError for bad options, before anything is trained; an error that says where it stopped and where
 * the last good checkpoint is if a loss stops being finite or the data fail.
 *
 * Source: Lin et al., "Focal Loss for Dense Object Detection", section 4.1; the schedule "1x" of mmdetection.
 */
export async function* trainDetector(
  options: DetectorTrainingOptions,
): AsyncGenerator<DetectorTrainingEvent, void, undefined> {
  const training = resolveDetectorTraining(options);
  const { method, learningRate, weightDecay } = training;
  const optimizer =
    method === 'adam'
      ? adam({ learningRate, weightDecay })
      : sgd({ learningRate, weightDecay, momentum: 0.9 });
  try {
    yield* drive(detectorRun(training, optimizer), training) as AsyncGenerator<
      DetectorTrainingEvent,
      void,
      undefined
    >;
  } finally {
    optimizer.dispose();
  }
}

function detectorRun(
  training: ResolvedDetectorTraining,
  optimizer: ReturnType<typeof adam> | ReturnType<typeof sgd>,
): Run<DetectorRun> {
  const { detector, train, valid, epochs, batchSize, normalize, evaluateEvery } = training;
  const { model } = detector;
  const trained = weightVariables(model);
  const stepsPerEpoch = detectionBatchCount(train, batchSize);
  return {
    fn: 'trainDetector',
    subject: 'detector',
    variables: new Map(model.weights.map((weight) => [weight.originalName, variableOf(weight)])),
    trained: { weights: { optimizer, variables: trained } },
    settings: detectorSettings(training),
    epochs,
    stepsPerEpoch,
    Failure: DetectorTrainingError,
    own: {},
    begin: ({ epoch, stepInEpoch }) => ({
      batches: detectionBatches(train, detector, training, epoch, stepInEpoch),
      async step(batch, step) {
        const rate = detectorRate(training, epoch, step);
        optimizer.learningRate = rate;
        const [classLoss, boxLoss] = await detectorStep(training, optimizer, trained, batch, { epoch, step });
        const trainLoss = classLoss + boxLoss;
        return {
          values: { trainLoss, classLoss, boxLoss },
          event: () => ({ trainLoss, learningRate: rate }),
        };
      },
    }),
    async end({ epoch, step }, means) {
      const due = valid && (epoch + 1 === epochs || (epoch + 1) % evaluateEvery === 0);
      const evaluation = due ? await evaluateDetector(detector, valid, { normalize }) : null;
      return {
        record: {
          trainLoss: means.trainLoss!,
          classLoss: means.classLoss!,
          boxLoss: means.boxLoss!,
          figures: evaluation?.figures ?? null,
          learningRate: detectorRate(training, epoch, step - 1),
        },
        own: {},
        events: [],
      };
    },
    done: async ({ history }) => ({ type: 'done', history }),
    restore: () => {},
  };
}

/** One step; returns the two parts of the loss before it. */
async function detectorStep(
  { detector: { model, classes }, clip, frozenNorms }: ResolvedDetectorTraining,
  optimizer: Parameters<typeof clippedStep>[0],
  variables: readonly tf.Variable[],
  { x, targets }: DetectionBatch,
  at: { readonly epoch: number; readonly step: number },
): Promise<[classes: number, boxes: number]> {
  const kept = new KeptTensors();
  const taught = targetTensors(targets, classes);
  try {
    const parts: tf.Scalar[] = [];
    const { loss, grads } = lossGradients(() => {
      const [logits, codes] = model.apply(x, {
        training: !frozenNorms,
        moment: { ...at, pass: 0 },
      }) as tf.Tensor3D[];
      parts.push(...detectionLosses(logits!, codes!, taught).map((part) => kept.keep(part)));
      return tf.add(parts[0]!, parts[1]!) as tf.Scalar;
    }, variables);
    for (const tensor of [loss, ...grads]) if (tensor) kept.keep<tf.Tensor>(tensor);
    const values = await Promise.all(parts.map(async (part) => (await part.data())[0]!));
    for (const value of values) requireFinite('trainDetector', 'the training loss', value);
    clippedStep(optimizer, variables, grads, clip);
    return values as [number, number];
  } finally {
    kept.dispose();
    tf.dispose({ ...taught });
  }
}
