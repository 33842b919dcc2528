import * as tf from '@tensorflow/tfjs-core';
import { alphaEntropy, dominantEigenvalue, skipCount, skipShare } from '../analysis';
import { passes } from '../architect';
import { type Dataset, evaluationBatches, subset } from '../data';
import type { GenotypeOf } from '../genotype';
import { type AnySpace, mapAlphas, type SearchSpace } from '../spaces';
import { taskModel } from '../supernet';
import type { TaskBatch } from '../tasks';
import type { AlphaWeights } from './alpha-weights';
import { checkDiagnostics } from './check-diagnostics';
import type { Diagnostics, DiagnosticsOptions, EigenvalueDiagnostic, EigenvalueOptions } from './diagnostics';
import { discretisationGap } from './discretisation-gap';
import type { ResolvedSearch } from './settings';

// What is loaded when a search is to measure.
export { checkDiagnostics };

/** What an epoch has come to. */
interface EpochResult<S extends AnySpace> {
  readonly epoch: number;
  readonly alphas: AlphaWeights<S>;
  readonly genotype: GenotypeOf<S>;
}

/** Measures everything that a search asks for at the end of an epoch, if it is one to measure after. The run goes on as if it had not happened. */
export async function measureDiagnostics(
  search: ResolvedSearch,
  { epoch, genotype, ...result }: EpochResult<SearchSpace>,
): Promise<Diagnostics<SearchSpace> | undefined> {
  const { supernet, valid, epochs, evaluationBatchSize, task, augment } = search;
  const { every = 1, eigenvalue = false, gap = false } = search.diagnostics!;
  if ((epoch + 1) % every > 0 && epoch + 1 < epochs) return undefined;
  const normalize = augment?.normalize;
  const alphas: Readonly<Record<string, number[][]>> = { ...result.alphas };
  const evaluation = {
    batchSize: evaluationBatchSize,
    task: task.settings,
    ...(normalize ? { normalize } : {}),
  };
  return {
    skipCount: skipCount(genotype),
    skipShare: mapAlphas(supernet.space, (name, candidates) =>
      skipShare(alphas[name as string]!, candidates),
    ),
    entropy: mapAlphas(supernet.space, (name) => alphaEntropy(alphas[name as string]!)),
    ...(eigenvalue
      ? { eigenvalue: await measureEigenvalue(eigenvalue === true ? {} : eigenvalue, search, epoch) }
      : {}),
    ...(gap
      ? {
          gap: await discretisationGap(supernet, valid, { ...evaluation, ...(gap === true ? {} : gap) }),
        }
      : {}),
  };
}

async function measureEigenvalue(
  { images, iterations = 15, tolerance = 0.01, ...options }: EigenvalueOptions,
  { supernet, valid, batchSize, augment, task, alpha }: ResolvedSearch,
  epoch: number,
): Promise<EigenvalueDiagnostic> {
  const count = Math.min(images ?? batchSize, valid.size);
  const batches = evaluationBatches(subset(valid, { to: count }), {
    batchSize: count,
    normalize: augment?.normalize,
  });
  const batch = (await batches.next()).value as TaskBatch;
  try {
    const { max, min, residual } = await dominantEigenvalue(taskModel(supernet, task.settings), batch, {
      weightDecay: alpha.weightDecay,
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

/** How many images are measured together, in training mode. */
export function imagesMeasured(
  { eigenvalue, gap }: DiagnosticsOptions = {},
  {
    valid,
    batchSize,
    evaluationBatchSize,
  }: { readonly valid: Dataset; readonly batchSize: number; readonly evaluationBatchSize: number },
): number[] {
  const { images = batchSize } = typeof eigenvalue === 'object' ? eigenvalue : {};
  const { images: compared = valid.size, statistics = 'batch' } = typeof gap === 'object' ? gap : {};
  return [
    ...(eigenvalue ? [images] : []),
    ...(gap && statistics === 'batch' ? [Math.min(compared, evaluationBatchSize)] : []),
  ].map((count) => Math.min(count, valid.size));
}
