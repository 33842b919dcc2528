import { requireObject } from '../errors';
import { disposeAll } from './tidy';
import type { Architect } from './types';

/** An architect from its gradient: `step` is the optimizer's step along it. For architects of one's own. */
export function defineArchitect<B>(definition: Omit<Architect<B>, 'step'>): Architect<B> {
  const remedy = 'pass { model, optimizer, gradient }';
  requireObject('defineArchitect', 'the definition', definition, remedy, 'model', 'optimizer', 'gradient');
  const { model, optimizer, gradient } = definition;
  return {
    ...definition,
    step(batches) {
      const { grads, validLoss, trainLoss } = gradient(batches);
      try {
        optimizer.step(model.archVariables(), grads);
      } catch (error) {
        disposeAll([validLoss, trainLoss]);
        throw error;
      } finally {
        disposeAll(grads);
      }
      return { validLoss, trainLoss };
    },
  };
}
