import { rangeError } from '../../errors';

/** Throws unless `limit` is a whole number of at least 1, or infinity. */
export function checkLimit(fn: string, limit: number): void {
  if (limit === Number.POSITIVE_INFINITY || (Number.isInteger(limit) && limit > 0)) return;
  throw rangeError(fn, 'limit must be a whole number of at least 1', limit, 'pass for example 2000');
}
