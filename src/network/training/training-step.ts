import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkOptions, requireObject } from '../../errors';
import { KeptTensors } from '../../kernels/tape';
import { type Moment, weightVariables } from '../../layers';
import { inputsIn } from '../../layers/flat-model';
import { clippedStep, lossGradients, type Optimizer } from '../../optimizers';
import { requireFinite } from '../../runs';
import type { TaskBatch, TaskSettings } from '../../tasks';
import { readerOf } from '../../tasks/activation';
import { loadSharesOf } from '../../tasks/load-shares';
import { plainTask, taskOf } from '../../tasks/task';
import { requireNetwork } from '../require-network';

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
  });
  requireObject('trainingStep', 'the options', options, 'pass { moment }', 'moment');
  const { x, y } = batch;
  const { moment, auxiliaryWeight = 0.4, clip = 5, task = plainTask } = options;
  const { loss: lossOf, scores } = taskOf(task, 'trainingStep', readerOf(network));
  await loadSharesOf(y);
  const variables = weightVariables(network);
  const kept = new KeptTensors();
  try {
    let main: tf.Tensor | undefined;
    const losses: tf.Scalar[] = [];
    const { loss, grads } = lossGradients(() => {
      const outputs = [network.apply(inputsIn(network, x), { training: true, moment })].flat() as tf.Tensor[];
      main = kept.keep(outputs[0]!);
      losses.push(...outputs.map((output) => kept.keep(lossOf(output, y))));
      const [own, auxiliary] = losses;
      return auxiliary ? tf.add(own!, tf.mul(auxiliary, auxiliaryWeight)) : tf.clone(own!);
    }, variables);
    for (const tensor of [loss, ...grads]) if (tensor) kept.keep<tf.Tensor>(tensor);
    const { losses: values, metrics } = await scores(losses, main!, y);
    for (const value of values) requireFinite('trainNetwork', 'the training loss', value);
    clippedStep(optimizer, variables, grads, clip);
    return { loss: values[0]!, auxiliaryLoss: values[1] ?? null, metrics };
  } finally {
    kept.dispose();
  }
}
