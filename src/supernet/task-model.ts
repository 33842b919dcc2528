import * as tf from '@tensorflow/tfjs-core';
import type { BilevelModel } from '../architect';
import { requireObject } from '../errors';
import type { TaskBatch, TaskSettings } from '../tasks';
import { taskOf } from '../tasks/task';
import type { SearchedModel } from './searchable';

/**
 * A supernet, or what `modelSupernet` makes of a model of one's own, with the loss of a task: what architects, gradient
 * checks, Hessian and landscape take. The loss of a supernet itself is that of plain classification.
 *
 * @throws RangeError for a task that is not known; TypeError for what is no supernet.
 */
export function taskModel(model: SearchedModel, task: TaskSettings): BilevelModel<TaskBatch> {
  requireObject('taskModel', 'the model', model, 'pass a supernet', 'forward', 'archVariables', 'penalty');
  const { loss } = taskOf(task, 'taskModel', model.reads);
  return {
    archVariables: () => model.archVariables(),
    weightVariables: () => model.weightVariables(),
    stateVariables: () => model.stateVariables(),
    get epoch() {
      return model.epoch ?? 0;
    },
    loss: ({ x, y }, options) =>
      tf.tidy(() => {
        const value = loss(model.forward(x, options), y);
        const penalty = options.training ? model.penalty(options.moment?.epoch) : undefined;
        return penalty ? tf.add(value, penalty) : value;
      }),
  };
}
