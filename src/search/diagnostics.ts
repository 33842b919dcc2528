import * as tf from '@tensorflow/tfjs-core';
import {
  alphaEntropy,
  dominantEigenvalue,
  type HessianOptions,
  type LanczosOptions,
  skipCount,
  skipShare,
} from '../analysis';
import { passes } from '../architect';
import { type Batch, evaluationBatches, type ImageDataset, type Normalization, subset } from '../data';
import { checkOptions, type OptionKeys, rangeError } from '../errors';
import type { GenotypeOf } from '../genotype';
import { checkOption } from '../optimizers/options';
import { checkCounts } from '../runs';
import { type ByAlpha, mapAlphas, type SearchSpace } from '../spaces';
import type { Supernet } from '../supernet';
import type { AlphaWeights } from './alpha-weights';
import {
  type DiscretisationGap,
  type DiscretisationGapOptions,
  discretisationGap,
} from './discretisation-gap';

/** How a search measures the largest eigenvalue; what Hessian and Lanczos iteration take, with defaults for a curve. */
export interface EigenvalueOptions
  extends Pick<HessianOptions, 'step' | 'weightDecay' | 'average'>,
    LanczosOptions {
  /** How many validation images, the first ones, in one batch. Default: the search's batch size. */
  readonly images?: number;
}

/** What a search measures about itself; see {@link Diagnostics}. */
export interface DiagnosticsOptions {
  /** Measure after this many epochs, and after the last. Default 1. */
  readonly every?: number;
  /**
   * The largest eigenvalue of the Hessian of the validation loss over alpha, with the alphas' weight decay on its diagonal.
   * Up to 15 products of two gradients each (`iterations`), fewer if it is known to 1 % (`tolerance`). Default false.
   */
  readonly eigenvalue?: boolean | EigenvalueOptions;
  /** The discretisation gap, two evaluations of the validation set or of its first images. Default false. */
  readonly gap?: boolean | Omit<DiscretisationGapOptions, 'batchSize' | 'normalize'>;
}

/** The ends of the Hessian's spectrum. */
export interface EigenvalueDiagnostic {
  /** Its largest eigenvalue, which RobustDARTS watches. */
  readonly max: number;
  /** Its smallest eigenvalue. */
  readonly min: number;
  /** Bound of the error of both, if the products were exact. */
  readonly residual: number;
}

/** What a search has measured about itself at the end of an epoch: plain JSON. Numbers of an alpha go by its name. */
export interface Diagnostics<S extends SearchSpace = SearchSpace> {
  /** How many operations that the genotype keeps are skip connections, by the names of `keptOperations`. */
  readonly skipCount: Readonly<Record<string, number>>;
  /** The share of the edge weights that lies on skip connections, from 0 to 1. */
  readonly skipShare: ByAlpha<S, number>;
  /** The entropy of an edge's weights in nats, mean over the edges: from 0 to ln K for K candidates. */
  readonly entropy: ByAlpha<S, number>;
  /** Present if asked for. */
  readonly eigenvalue?: EigenvalueDiagnostic;
  /** Present if asked for. */
  readonly gap?: DiscretisationGap;
}

const eigenvalueKeys = {
  images: true,
  step: true,
  weightDecay: true,
  average: true,
  iterations: true,
  tolerance: true,
  seed: true,
} satisfies OptionKeys<EigenvalueOptions>;

/** Refuses diagnostics that cannot be measured. */
export function checkDiagnostics(diagnostics: DiagnosticsOptions): void {
  checkOptions('search, diagnostics', diagnostics, { every: true, eigenvalue: true, gap: true });
  const { every, eigenvalue = false, gap = false } = diagnostics;
  checkCounts('search', { 'diagnostics.every': every });
  if (typeof eigenvalue !== 'boolean') {
    checkOptions('search, diagnostics.eigenvalue', eigenvalue, eigenvalueKeys);
    const { images, iterations, average, step, tolerance, weightDecay } = eigenvalue;
    checkCounts('search', {
      'diagnostics.eigenvalue.images': images,
      'diagnostics.eigenvalue.iterations': iterations,
      'diagnostics.eigenvalue.average': average,
    });
    for (const [name, value] of Object.entries({ step, tolerance, weightDecay }))
      if (value !== undefined) checkOption('search', `diagnostics.eigenvalue.${name}`, value);
  }
  if (typeof gap !== 'boolean') {
    checkOptions('search, diagnostics.gap', gap, { images: true, statistics: true });
    checkCounts('search', { 'diagnostics.gap.images': gap.images });
    if (![undefined, 'batch', 'running'].includes(gap.statistics))
      throw rangeError(
        'search',
        "diagnostics.gap.statistics must be 'batch' or 'running'",
        gap.statistics,
        "leave it out for 'batch'",
      );
  }
}

/** How many images are measured together, in training mode. */
export function imagesMeasured(
  { eigenvalue, gap }: DiagnosticsOptions = {},
  {
    valid,
    batchSize,
    evaluationBatchSize,
  }: Pick<Measured<SearchSpace>, 'valid' | 'batchSize' | 'evaluationBatchSize'>,
): number[] {
  const { images = batchSize } = typeof eigenvalue === 'object' ? eigenvalue : {};
  const { images: compared = valid.size, statistics = 'batch' } = typeof gap === 'object' ? gap : {};
  return [
    ...(eigenvalue ? [images] : []),
    ...(gap && statistics === 'batch' ? [Math.min(compared, evaluationBatchSize)] : []),
  ].map((count) => Math.min(count, valid.size));
}

/** Whether an epoch is one to measure after. */
export function diagnosticsDue({ every = 1 }: DiagnosticsOptions, epoch: number, epochs: number): boolean {
  return (epoch + 1) % every === 0 || epoch + 1 === epochs;
}

/** What the measuring needs to know of its search. */
interface Measured<S extends SearchSpace> {
  readonly supernet: Supernet<S>;
  readonly valid: ImageDataset;
  readonly batchSize: number;
  readonly evaluationBatchSize: number;
  readonly normalize: Normalization | undefined;
  readonly alphaWeightDecay: number;
  readonly epoch: number;
  readonly alphas: AlphaWeights<S>;
  readonly genotype: GenotypeOf<S>;
}

/** Measures everything that is asked for. The run goes on as if it had not happened. */
export async function measureDiagnostics<S extends SearchSpace>(
  { eigenvalue = false, gap = false }: DiagnosticsOptions,
  run: Measured<S>,
): Promise<Diagnostics<S>> {
  const { supernet, genotype, valid, evaluationBatchSize, normalize } = run;
  const alphas: Readonly<Record<string, number[][]>> = { ...run.alphas };
  const evaluation = { batchSize: evaluationBatchSize, ...(normalize ? { normalize } : {}) };
  return {
    skipCount: skipCount(genotype),
    skipShare: mapAlphas(supernet.space, (name, candidates) =>
      skipShare(alphas[name as string]!, candidates),
    ),
    entropy: mapAlphas(supernet.space, (name) => alphaEntropy(alphas[name as string]!)),
    ...(eigenvalue
      ? { eigenvalue: await measureEigenvalue(eigenvalue === true ? {} : eigenvalue, run) }
      : {}),
    ...(gap
      ? {
          gap: await discretisationGap(supernet, valid, { ...evaluation, ...(gap === true ? {} : gap) }),
        }
      : {}),
  };
}

async function measureEigenvalue<S extends SearchSpace>(
  { images, iterations = 15, tolerance = 0.01, ...options }: EigenvalueOptions,
  { supernet, valid, batchSize, normalize, alphaWeightDecay, epoch }: Measured<S>,
): Promise<EigenvalueDiagnostic> {
  const count = Math.min(images ?? batchSize, valid.size);
  const batches = evaluationBatches(subset(valid, { to: count }), { batchSize: count, normalize });
  const batch = (await batches.next()).value as Batch;
  try {
    const { max, min, residual } = await dominantEigenvalue(supernet, batch, {
      weightDecay: alphaWeightDecay,
      ...options,
      iterations,
      tolerance,
      moment: { epoch, step: 0, pass: passes.analysis },
    });
    return { max, min, residual };
  } finally {
    tf.dispose([batch.x, batch.y]);
  }
}
