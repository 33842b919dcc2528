import { rangeError } from '../errors';

/** Refuses weights that are no positive numbers, or not one an output. */
export function checkWeights(fn: string, weights: readonly number[] | undefined, outputs?: number): void {
  if (weights === undefined) return;
  const isWeight = (weight: unknown) => Number.isFinite(weight) && (weight as number) > 0;
  if (!Array.isArray(weights) || weights.length === 0 || !weights.every(isWeight))
    throw rangeError(fn, 'classWeights must be numbers above 0', weights, 'pass one a class');
  if (outputs !== undefined && weights.length !== outputs)
    throw rangeError(fn, `classWeights must be one for each of ${outputs} outputs`, weights, 'pass as many');
}
