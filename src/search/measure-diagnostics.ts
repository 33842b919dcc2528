import * as tf from '@tensorflow/tfjs-core';
import { alphaEntropy, dominantEigenvalue, skipCount, skipShare } from '../analysis';
import { passes } from '../architect';
import { type Dataset, evaluationBatches, type Normalization, subset } from '../data';
import type { GenotypeOf } from '../genotype';
import { type AnySpace, mapAlphas } from '../spaces';
import { type Searchable, taskModel } from '../supernet';
import type { TaskBatch, TaskSettings } from '../tasks';
import type { AlphaWeights } from './alpha-weights';
import { checkDiagnostics } from './check-diagnostics';
import type { Diagnostics, DiagnosticsOptions, EigenvalueDiagnostic, EigenvalueOptions } from './diagnostics';
import { discretisationGap } from './discretisation-gap';

// What is loaded when a search is to measure.
export { checkDiagnostics };

/** What the measuring needs to know of its search. */
interface Measured<S extends AnySpace> {
  readonly supernet: Searchable<S>;
  readonly valid: Dataset;
  readonly batchSize: number;
  readonly evaluationBatchSize: number;
  readonly normalize: Normalization | undefined;
  readonly task: TaskSettings;
  readonly alphaWeightDecay: number;
  readonly epoch: number;
  readonly alphas: AlphaWeights<S>;
  readonly genotype: GenotypeOf<S>;
}

/** Measures everything that is asked for. The run goes on as if it had not happened. */
export async function measureDiagnostics<S extends AnySpace>(
  { eigenvalue = false, gap = false }: DiagnosticsOptions,
  run: Measured<S>,
): Promise<Diagnostics<S>> {
  const { supernet, genotype, valid, evaluationBatchSize, normalize, task } = run;
  const alphas: Readonly<Record<string, number[][]>> = { ...run.alphas };
  const evaluation = { batchSize: evaluationBatchSize, task, ...(normalize ? { normalize } : {}) };
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

async function measureEigenvalue<S extends AnySpace>(
  { images, iterations = 15, tolerance = 0.01, ...options }: EigenvalueOptions,
  { supernet, valid, batchSize, normalize, task, alphaWeightDecay, epoch }: Measured<S>,
): Promise<EigenvalueDiagnostic> {
  const count = Math.min(images ?? batchSize, valid.size);
  const batches = evaluationBatches(subset(valid, { to: count }), { batchSize: count, normalize });
  const batch = (await batches.next()).value as TaskBatch;
  try {
    const { max, min, residual } = await dominantEigenvalue(taskModel(supernet, task), batch, {
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
