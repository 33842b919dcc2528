import { rangeError } from '../errors';

/** Refuses an option that is not a finite number in [min, max). */
export function checkOption(fn: string, name: string, value: number, min = 0, max = Infinity): void {
  if (!(Number.isFinite(value) && value >= min && value < max))
    throw rangeError(
      fn,
      max === Infinity ? `${name} must be a finite number >= ${min}` : `${name} must lie in [${min}, ${max})`,
      value,
      'correct the option',
    );
}
