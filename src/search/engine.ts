import * as tf from '@tensorflow/tfjs-core';
import { KeptTensors } from '../kernels/tape';
import type { CallOptions, Moment } from '../layers';
import { type Gradients, lossGradients } from '../optimizers';
import type { SearchedModel, Supernet } from '../supernet';
import type { TaskBatch, TaskSettings } from '../tasks';
import { loadSharesOf } from '../tasks/load-shares';
import { plainTask, taskOf } from '../tasks/task';

/** Loss, metrics and gradients of a batch. */
export interface BatchGradients {
  /** The mean loss of the task. */
  readonly loss: number;
  /** The task's metrics, means over the batch in training mode: of classification `accuracy`, percent. */
  readonly metrics: Readonly<Record<string, number>>;
  /** One gradient a variable, in the supernet's order; the caller disposes them. */
  readonly grads: Gradients;
}

/** Whose gradients an engine computes. */
export type GradientsOf = 'weights' | 'alphas' | 'both';

/** The variables that these are, in order. */
export function variablesOf(supernet: SearchedModel, of: GradientsOf): readonly tf.Variable[] {
  return [
    ...(of === 'weights' ? [] : supernet.archVariables()),
    ...(of === 'alphas' ? [] : supernet.weightVariables()),
  ];
}

/** Computes the gradients of a search: on this thread, or spread over several. */
export interface GradientEngine {
  /** What the variables belong to. */
  readonly supernet: SearchedModel;
  /** Threads a batch is spread over. */
  readonly threads: number;
  /** Whose loss it is. Default classification. */
  readonly task?: TaskSettings;
  /**
   * Gradients of the training-mode loss, of the weights, of the alphas or of both, the alphas first. Updates running statistics.
   *
   * @param moment - When; fixes every random draw.
   */
  gradients(batch: TaskBatch, of: GradientsOf, moment: Moment): Promise<BatchGradients>;
  /** Ends what the engine runs; the supernet stays. */
  dispose(): Promise<void>;
}

/**
 * Computes gradients on this thread.
 *
 * @param task - Whose loss. Default `classification()`.
 */
export function localEngine(supernet: SearchedModel, task: TaskSettings = plainTask): GradientEngine {
  const { loss: lossOf, scores } = taskOf(task, 'localEngine', supernet?.reads);
  return {
    supernet,
    threads: 1,
    task,
    async gradients({ x, y }, of, moment) {
      await supernet.prepare();
      await loadSharesOf(y);
      const kept = new KeptTensors();
      let grads: Gradients = [];
      try {
        let outputs: tf.Tensor | undefined;
        // Without the strategy's penalty, so that losses can be compared.
        let own: tf.Scalar | undefined;
        const take = () =>
          lossGradients(
            () => {
              outputs = kept.keep(
                supernet.forward(x, {
                  training: true,
                  moment,
                  weightGradients: of !== 'alphas',
                  alphaGradients: of !== 'weights',
                }),
              );
              own = kept.keep(lossOf(outputs, y));
              const penalty = of !== 'weights' ? supernet.penalty(moment.epoch) : undefined;
              return penalty ? tf.add(own, penalty) : own;
            },
            variablesOf(supernet, of),
          );
        const loss = (options: CallOptions) => lossOf(supernet.forward(x, options), y);
        const taken =
          of === 'weights' && supernet.perturbs
            ? (await import('./perturbed')).perturbed(supernet as Supernet, { loss, moment }, take)
            : take();
        kept.keep(taken.loss);
        grads = taken.grads;
        // The one read of a pass, of a few numbers.
        const { losses, metrics } = await scores([own!], outputs!, y);
        return { loss: losses[0]!, metrics, grads };
      } catch (error) {
        tf.dispose(grads.filter((grad) => grad !== null));
        throw error;
      } finally {
        kept.dispose();
      }
    },
    dispose: async () => {},
  };
}
