import { typeError } from '../errors';

/** Refuses what no events come from. */
export function requireEvents(fn: string, events: AsyncIterable<unknown>): void {
  if (typeof events?.[Symbol.asyncIterator] !== 'function')
    throw typeError(fn, 'the events must be an async iterable', events, 'pass what search() returns');
}
