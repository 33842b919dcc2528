import { version } from '../../package.json';
import { rangeError } from '../errors';
import { planHash, type SweepPlan } from './plan';

/** What a store says of the sweep that it holds. */
export interface SweepHead {
  readonly format: 'noisydarts-sweep';
  readonly version: 1;
  /** Version of the library that the sweep began with. */
  readonly library: string;
  readonly hash: string;
  readonly plan: SweepPlan;
}

/** A text of JSON from a store; undefined stays. */
export function parseStored(fn: string, where: string, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw rangeError(fn, `'${where}' is damaged`, (error as Error).message, 'remove it');
  }
}

/**
 * What a store has to say of the sweep from now on; undefined if it says so already.
 *
 * @throws RangeError if it holds another sweep, or one of another version of the library.
 */
export function nextHead(
  fn: string,
  location: string,
  stored: unknown,
  plan: SweepPlan,
): SweepHead | undefined {
  const hash = planHash(plan);
  const before = Object(stored ?? {}) as Partial<SweepHead>;
  if (before.plan && before.plan.name !== plan.name)
    throw rangeError(fn, `'${location}' holds another sweep`, before.plan.name, 'name another store');
  if (before.plan && before.library !== version)
    throw rangeError(
      fn,
      `'${location}' holds a sweep of another version of noisydarts than ${version}`,
      before.library,
      'go on with that version, or name another store',
    );
  return before.hash === hash
    ? undefined
    : { format: 'noisydarts-sweep', version: 1, library: version, hash, plan };
}
