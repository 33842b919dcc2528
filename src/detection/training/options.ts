import { type Normalization, normalizations } from '../../data';
import { checkOptions, type OptionKeys, rangeError } from '../../errors';
import type { Seed } from '../../random';
import { checkRunOptions, type TrainingRunOptions } from '../../runs';
import { checkDetectionDataset, classesOf, type DetectionDataset } from '../data/dataset';
import { type Detector, requireDetector } from '../model/create-detector';

/** Options of {@link trainDetector}. */
export interface DetectorTrainingOptions
  extends Omit<TrainingRunOptions, 'evaluationBatchSize' | 'dropLast'> {
  /** The detector; it is trained in place. */
  readonly detector: Detector;
  readonly train: DetectionDataset;
  /** Where average precision is measured, of the same categories. Default nowhere. */
  readonly valid?: DetectionDataset;
  /** Default 12. */
  readonly epochs?: number;
  /** Pictures a step. Default 16. */
  readonly batchSize?: number;
  /** Default `'sgd'`, with a momentum of 0.9. */
  readonly method?: 'sgd' | 'adam';
  /** Default 0.01. */
  readonly learningRate?: number;
  /** Coupled (L2) weight decay. Default 1e-4. */
  readonly weightDecay?: number;
  /** Largest global norm of the gradients. Default 35. */
  readonly clip?: number;
  /** Steps in which the learning rate rises from a thousandth, linearly. Default 500. */
  readonly warmup?: number;
  /** Epochs from which the learning rate is a tenth, and again a tenth. Default [8, 11]. */
  readonly steps?: readonly number[];
  /** Whether half of the pictures are mirrored. Default true. */
  readonly flip?: boolean;
  /** Whether the norms keep their running statistics, as those of a trained backbone should in small batches. Default true. */
  readonly frozenNorms?: boolean;
  /** Default ImageNet's. */
  readonly normalize?: Normalization;
  /** Evaluate after this many epochs, and after the last. Default 1. */
  readonly evaluateEvery?: number;
  /** Seed of order and flips. Default 0. */
  readonly seed?: Seed;
}

const KEYS = {
  checkpoint: true,
  resume: true,
  signal: true,
  detector: true,
  train: true,
  valid: true,
  epochs: 'count',
  batchSize: 'count',
  method: ['sgd', 'adam'],
  learningRate: 'amount',
  weightDecay: 'amount',
  clip: 'limit',
  warmup: 'whole',
  steps: 'list',
  flip: 'flag',
  frozenNorms: 'flag',
  normalize: 'object',
  evaluateEvery: 'count',
  seed: 'seed',
} satisfies OptionKeys<DetectorTrainingOptions>;

const FN = 'trainDetector';

/** The options with every default filled in. */
export type ResolvedDetectorTraining = ReturnType<typeof resolveDetectorTraining>;

/** Fills in defaults and refuses what cannot be. */
export function resolveDetectorTraining(options: DetectorTrainingOptions) {
  checkOptions(FN, options, KEYS);
  checkRunOptions(FN, options);
  const {
    detector,
    train,
    valid,
    epochs = 12,
    batchSize = 16,
    method = 'sgd',
    learningRate = 0.01,
    weightDecay = 1e-4,
    clip = 35,
    warmup = 500,
    steps = [8, 11],
    flip = true,
    frozenNorms = true,
    normalize = normalizations.imagenet as Normalization,
    evaluateEvery = 1,
    seed = 0,
  } = options;
  requireDetector(FN, detector);
  checkDetectionDataset(FN, train, 'train');
  if (valid) checkDetectionDataset(FN, valid, 'valid');
  for (const dataset of valid ? [train, valid] : [train]) {
    const categories = classesOf(dataset.instances);
    if (categories.length !== detector.classes)
      throw rangeError(
        FN,
        `'${dataset.name}' must have the ${detector.classes} categories of the detector`,
        categories.length,
        'create the detector with as many classes',
      );
  }
  if (!steps.every((step) => Number.isInteger(step) && step > 0))
    throw rangeError(FN, 'steps must be epochs', steps, 'pass for example [8, 11]');
  return {
    ...options,
    epochs,
    batchSize,
    method,
    learningRate,
    weightDecay,
    clip,
    warmup,
    steps,
    flip,
    frozenNorms,
    normalize,
    evaluateEvery,
    seed,
  };
}

const datasetOf = ({ name, size, instances }: DetectionDataset) => ({
  name,
  size,
  objects: instances.annotations.length,
});

/** What two runs must have in common for one to go on from the other's checkpoint: plain JSON. */
export function detectorSettings(training: ResolvedDetectorTraining): Record<string, unknown> {
  const {
    detector,
    train,
    valid,
    checkpoint: _,
    resume: __,
    signal: ___,
    clip,
    normalize,
    ...rest
  } = training;
  return {
    ...rest,
    clip: String(clip),
    normalize: { mean: [...normalize.mean], std: [...normalize.std] },
    detector: {
      classes: detector.classes,
      anchors: detector.anchors,
      layers: detector.model.layers.map((layer) => layer.name),
    },
    train: datasetOf(train),
    valid: valid ? datasetOf(valid) : null,
  };
}

/** The learning rate of a step of an epoch. */
export function detectorRate(
  { learningRate, warmup, steps }: Pick<ResolvedDetectorTraining, 'learningRate' | 'warmup' | 'steps'>,
  epoch: number,
  step: number,
): number {
  const rise = step < warmup ? 0.001 + (0.999 * step) / warmup : 1;
  return learningRate * rise * 0.1 ** steps.filter((from) => epoch >= from).length;
}
