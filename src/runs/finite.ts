import { rangeError } from '../errors';
import type { NamedTensor } from '../optimizers';

const REMEDY = 'lower the learning rate';

/** Refuses a number that is NaN or infinite; returns it otherwise. */
export function requireFinite(fn: string, what: string, value: number): number {
  if (!Number.isFinite(value)) throw rangeError(fn, `${what} must be finite`, value, REMEDY);
  return value;
}

/** Refuses tensors of which a value is NaN or infinite. */
export function requireFiniteTensors(fn: string, tensors: readonly NamedTensor[]): void {
  for (const { name, data } of tensors) {
    for (let i = 0; i < data.length; i++) requireFinite(fn, `every value of '${name}'`, data[i]!);
  }
}

/** Refuses plain data that holds a number JSON would turn into null, naming where. */
export function requireFiniteNumbers(fn: string, data: unknown, path = ''): void {
  if (typeof data === 'number') requireFinite(fn, path, data);
  else if (typeof data === 'object' && data !== null)
    for (const [key, value] of Object.entries(data))
      requireFiniteNumbers(fn, value, path ? `${path}.${key}` : key);
}
