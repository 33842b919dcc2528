import * as tf from '@tensorflow/tfjs-core';
import { batchScores } from '../analysis/batch-scores';
import { crossEntropy } from '../kernels';
import { KeptTensors } from '../kernels/tape';
import type { Moment } from '../layers';
import { type Gradients, lossGradients } from '../optimizers';
import type { LabelledBatch, SearchedModel } from '../supernet';

/** Loss, accuracy and gradients of a batch. */
export interface BatchGradients {
  /** Mean cross-entropy. */
  readonly loss: number;
  /** Share of right answers, percent, in training mode. */
  readonly accuracy: number;
  /** One gradient a variable, in the supernet's order; the caller disposes them. */
  readonly grads: Gradients;
}

/** Computes the gradients of a search: on this thread, or spread over several. */
export interface GradientEngine {
  /** What the variables belong to. */
  readonly supernet: SearchedModel;
  /** Threads a batch is spread over. */
  readonly threads: number;
  /**
   * Gradients of the training-mode loss, of the weights or of the alphas. Updates running statistics.
   *
   * @param moment - When; fixes every random draw.
   */
  gradients(batch: LabelledBatch, of: 'weights' | 'alphas', moment: Moment): Promise<BatchGradients>;
  /** Ends what the engine runs; the supernet stays. */
  dispose(): Promise<void>;
}

/** Computes gradients on this thread. */
export function localEngine(supernet: SearchedModel): GradientEngine {
  return {
    supernet,
    threads: 1,
    async gradients({ x, y }, of, moment) {
      await supernet.prepare();
      const kept = new KeptTensors();
      let grads: Gradients = [];
      try {
        let logits: tf.Tensor2D | undefined;
        // Without the strategy's penalty, so that losses can be compared.
        let entropy: tf.Scalar | undefined;
        const taken = lossGradients(
          () => {
            logits = kept.keep(
              supernet.forward(x, {
                training: true,
                moment,
                weightGradients: of === 'weights',
                alphaGradients: of === 'alphas',
              }),
            );
            entropy = kept.keep(crossEntropy(logits, y));
            const penalty = of === 'alphas' ? supernet.penalty() : undefined;
            return penalty ? tf.add(entropy, penalty) : entropy;
          },
          of === 'weights' ? supernet.weightVariables() : supernet.archVariables(),
        );
        kept.keep(taken.loss);
        grads = taken.grads;
        // The one read of a pass, of three numbers.
        const { losses, accuracy } = await batchScores([entropy!], logits!, y);
        return { loss: losses[0]!, accuracy, grads };
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
