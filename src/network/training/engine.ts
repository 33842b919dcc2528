import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Dataset } from '../../data';
import { KeptTensors } from '../../kernels/tape';
import { type Moment, weightVariables } from '../../layers';
import { inputsIn } from '../../layers/flat-model';
import { type Gradients, lossGradients } from '../../optimizers';
import type { TaskBatch, TaskSettings } from '../../tasks';
import { loadSharesOf } from '../../tasks/load-shares';
import type { Task } from '../../tasks/task';
import type { EvaluateNetworkOptions, NetworkEvaluation, TaskEvaluation } from './evaluate-network';

/** Losses, metrics and gradients of a batch. */
export interface NetworkGradients {
  /** The mean loss; behind it that of the auxiliary head, if there is one. */
  readonly losses: readonly number[];
  /** The task's metrics, in training mode: of classification `accuracy`, percent. */
  readonly metrics: Readonly<Record<string, number>>;
  /** One gradient a weight, in the order of `weightVariables(network)`; the caller disposes them. */
  readonly grads: Gradients;
}

/** When a network's gradients are taken, and of what. */
export interface NetworkGradientsOptions {
  /** When; fixes every random draw. */
  readonly moment: Moment;
  /** Weight of the auxiliary head's loss, if there is one. */
  readonly auxiliaryWeight: number;
}

/** Computes what a network's training and evaluation need, spread over several threads. */
export interface NetworkEngine {
  /** What is trained. */
  readonly network: LayersModel;
  /** Threads a batch is spread over. */
  readonly threads: number;
  /** Whose loss it is. Default classification. */
  readonly task?: TaskSettings;
  /** Gradients of `L + auxiliaryWeight * L_auxiliary` in training mode. Updates running statistics. */
  gradients(batch: TaskBatch, options: NetworkGradientsOptions): Promise<NetworkGradients>;
  /** What `evaluateNetwork` returns, to the bit. */
  evaluate(
    dataset: Dataset,
    options?: Omit<EvaluateNetworkOptions, 'task'>,
  ): Promise<TaskEvaluation | NetworkEvaluation>;
  /** Ends what the engine runs; the network stays. */
  dispose(): Promise<void>;
}

/** {@link NetworkEngine.gradients} on this thread. */
export async function networkGradients(
  network: LayersModel,
  { loss: lossOf, scores }: Task,
  { x, y }: TaskBatch,
  { moment, auxiliaryWeight }: NetworkGradientsOptions,
  variables: readonly tf.Variable[] = weightVariables(network),
): Promise<NetworkGradients> {
  await loadSharesOf(y);
  const kept = new KeptTensors();
  let grads: Gradients = [];
  try {
    let main: tf.Tensor | undefined;
    const losses: tf.Scalar[] = [];
    const taken = lossGradients(() => {
      const outputs = [network.apply(inputsIn(network, x), { training: true, moment })].flat() as tf.Tensor[];
      main = kept.keep(outputs[0]!);
      losses.push(...outputs.map((output) => kept.keep(lossOf(output, y))));
      const [own, auxiliary] = losses;
      return auxiliary ? tf.add(own!, tf.mul(auxiliary, auxiliaryWeight)) : tf.clone(own!);
    }, variables);
    kept.keep(taken.loss);
    grads = taken.grads;
    return { ...(await scores(losses, main!, y)), grads };
  } catch (error) {
    tf.dispose(grads.filter((grad) => grad !== null));
    throw error;
  } finally {
    kept.dispose();
  }
}
