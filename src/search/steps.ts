import { passes } from '../architect';
import { requireObject } from '../errors';
import { clippedStep, type Gradients, type Optimizer } from '../optimizers';
import { requireFinite } from '../runs';
import type { TaskBatch } from '../tasks';
import type { GradientEngine } from './engine';

/** When a step happens. */
export interface StepMoment {
  /** Epoch from 0. */
  readonly epoch: number;
  /** Iteration from 0, over the whole run. */
  readonly step: number;
}

/** What {@link weightStep} returns. */
export interface WeightStepResult {
  /** Loss of the batch before the step. */
  readonly loss: number;
  /** The task's metrics before the step, in training mode: of classification `accuracy`, percent. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * One step of the weights on a training batch: gradient of the loss, clipped to a global norm, then the
 * optimizer. Alpha does not move.
 *
 * @param moment - Epoch and step, and `clip`, the largest norm (default 5); Infinity for no clipping.
 * @param watch - Is given the gradients and returns those to go along, null for a weight that stays. Default: all of them.
 * @throws RangeError if the loss is not finite; nothing has moved then.
 */
export async function weightStep(
  engine: GradientEngine,
  optimizer: Optimizer,
  batch: TaskBatch,
  moment: StepMoment & { readonly clip?: number },
  watch?: (grads: Gradients) => Promise<Gradients>,
): Promise<WeightStepResult> {
  checkStep('weightStep', engine, optimizer, moment);
  const { epoch, step, clip = 5 } = moment;
  const { loss, metrics, grads } = await engine.gradients(batch, 'weights', {
    epoch,
    step,
    pass: passes.weights,
  });
  try {
    requireFinite('search', 'the training loss', loss);
    const along = watch ? await watch(grads) : grads;
    clippedStep(optimizer, engine.supernet.weightVariables(), along, clip);
  } finally {
    disposeGradients(grads);
  }
  return { loss, metrics };
}

/**
 * One first-order step of alpha on a validation batch. The weights do not move.
 *
 * @param watch - Is given the gradients of the weights, which are computed for it; what it returns is called after the step.
 * @returns Loss of the batch before the step.
 * @throws RangeError if the loss is not finite; nothing has moved then.
 */
export async function alphaStep(
  engine: GradientEngine,
  optimizer: Optimizer,
  batch: TaskBatch,
  moment: StepMoment,
  watch?: (grads: Gradients) => Promise<() => void>,
): Promise<number> {
  checkStep('alphaStep', engine, optimizer, moment);
  const { epoch, step } = moment;
  const of = watch ? 'both' : 'alphas';
  const { loss, grads } = await engine.gradients(batch, of, { epoch, step, pass: passes.valid });
  try {
    requireFinite('search', 'the validation loss', loss);
    const alphas = engine.supernet.archVariables();
    const after = await watch?.(grads.slice(alphas.length));
    optimizer.step(alphas, grads.slice(0, alphas.length));
    after?.();
  } finally {
    disposeGradients(grads);
  }
  return loss;
}

function checkStep(fn: string, engine: unknown, optimizer: unknown, moment: unknown): void {
  requireObject(fn, 'the engine', engine, 'pass one of localEngine()', 'gradients', 'supernet');
  requireObject(fn, 'the optimizer', optimizer, 'pass for example adam()', 'step');
  requireObject(fn, 'the moment', moment, 'pass { epoch, step }', 'epoch', 'step');
}

function disposeGradients(grads: Gradients): void {
  for (const grad of grads) grad?.dispose();
}
