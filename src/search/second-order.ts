import * as tf from '@tensorflow/tfjs-core';
import { type Architect, createArchitect } from '../architect';
import type { Optimizer, UnrolledUpdate } from '../optimizers';
import { requireFinite } from '../runs';
import { taskModel } from '../supernet';
import type { TaskBatch } from '../tasks';
import type { SearchBudgets } from './budgets';
import type { ResolvedSearch } from './settings';

/** A step of alpha; returns the validation loss. Nothing has moved if that is not finite. */
export type SecondOrderStep = (batches: Parameters<Architect<TaskBatch>['gradient']>[0]) => Promise<number>;

/** Steps of alpha along the second-order gradient. */
export function secondOrderSteps(
  { supernet, task }: ResolvedSearch,
  optimizers: { readonly weights: UnrolledUpdate; readonly alpha: Optimizer },
  budgets?: SearchBudgets,
): SecondOrderStep {
  const model = taskModel(supernet, task.settings);
  const architect = createArchitect<TaskBatch>({
    model,
    optimizer: optimizers.alpha,
    order: 'second',
    weightOptimizer: optimizers.weights,
  });
  return async (batches) => {
    await supernet.prepare();
    const { grads, validLoss, trainLoss } = architect.gradient(batches);
    let held = grads;
    try {
      const loss = requireFinite('search', 'the validation loss', (await validLoss.data())[0]!);
      if (budgets) {
        held = [];
        held = await budgets.add({ loss, grads }, batches.epoch ?? 0);
      }
      optimizers.alpha.step(model.archVariables(), held);
      return loss;
    } finally {
      tf.dispose([validLoss, trainLoss, ...held].filter((tensor) => tensor !== null));
    }
  };
}
