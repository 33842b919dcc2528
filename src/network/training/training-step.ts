import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkOptions, requireObject } from '../../errors';
import { type Moment, weightVariables } from '../../layers';
import { clippedStep, type Optimizer } from '../../optimizers';
import { checkEngine, requireFinite } from '../../runs';
import type { TaskBatch, TaskSettings } from '../../tasks';
import { readerOf } from '../../tasks/activation';
import { plainTask, taskOf } from '../../tasks/task';
import { requireNetwork } from '../require-network';
import { type NetworkEngine, networkGradients } from './engine';

/** Options of {@link trainingStep}. */
export interface TrainingStepOptions {
  /** When; fixes every random draw. */
  readonly moment: Moment;
  /** Weight of the auxiliary head's loss, if there is one. Default 0.4. */
  readonly auxiliaryWeight?: number;
  /** Largest global norm of the gradients; Infinity for no clipping. Default 5. */
  readonly clip?: number;
  /** What is to be learnt. Default `classification()`. */
  readonly task?: TaskSettings;
  /** Computes the gradients, with the same task; `threadedNetwork()` of `noisydarts/node` makes one. Default: this thread. */
  readonly engine?: NetworkEngine;
}

/** What {@link trainingStep} returns. */
export interface TrainingStepResult {
  /** Loss of the batch before the step. */
  readonly loss: number;
  /** Loss of the auxiliary head; null if there is none. */
  readonly auxiliaryLoss: number | null;
  /** The task's metrics before the step, in training mode: of classification `accuracy`, percent. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * One step of a network's weights on a batch: the gradient of `L + auxiliaryWeight * L_auxiliary`, clipped to a global
 * norm, then the optimizer. Updates running statistics.
 *
 * @throws RangeError if the loss is not finite; no weight has moved then.
 *
 * Source: official code, train.py.
 */
export async function trainingStep(
  network: LayersModel,
  optimizer: Optimizer,
  batch: TaskBatch,
  options: TrainingStepOptions,
): Promise<TrainingStepResult> {
  requireNetwork('trainingStep', network);
  requireObject('trainingStep', 'the optimizer', optimizer, 'pass for example sgd()', 'step');
  requireObject('trainingStep', 'the batch', batch, 'pass { x, y }', 'x', 'y');
  checkOptions('trainingStep', options, {
    moment: 'object',
    auxiliaryWeight: 'amount',
    clip: 'limit',
    task: 'object',
    engine: 'object',
  });
  requireObject('trainingStep', 'the options', options, 'pass { moment }', 'moment');
  const { moment, auxiliaryWeight = 0.4, clip = 5, task = plainTask, engine } = options;
  const own = taskOf(task, 'trainingStep', readerOf(network));
  if (engine) checkEngine('trainingStep', 'network', engine, network, own);
  const how = { moment, auxiliaryWeight };
  const { losses, metrics, grads } = await (engine?.gradients(batch, how) ??
    networkGradients(network, own, batch, how));
  try {
    for (const loss of losses) requireFinite('trainNetwork', 'the training loss', loss);
    clippedStep(optimizer, weightVariables(network), grads, clip);
  } finally {
    for (const grad of grads) grad?.dispose();
  }
  return { loss: losses[0]!, auxiliaryLoss: losses[1] ?? null, metrics };
}
