import { requireObject } from '../errors';

/** Refuses what is no {@link BilevelModel}. */
export function requireModel(fn: string, model: unknown): void {
  requireObject(fn, 'the model', model, 'pass a supernet', 'archVariables', 'weightVariables', 'loss');
}
