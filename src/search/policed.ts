import { rangeError } from '../errors';
import type { EpochRecord, StopDecision } from './events';
import type { SearchFollower } from './policies/follower';
import type { ResolvedSearch } from './settings';

/** What the policies of a search do. */
export interface Policed extends Partial<SearchFollower> {
  /** What they make of the epochs so far. */
  decide(history: readonly EpochRecord[]): StopDecision | null;
}

/** The policies of a search, of which one at most follows its steps. */
export function policed({ policies, supernet }: Pick<ResolvedSearch, 'policies' | 'supernet'>): Policed {
  const followers = policies.flatMap(({ follow }) => follow?.(supernet) ?? []);
  if (followers.length > 1)
    throw rangeError(
      'search',
      'one policy at most may follow the steps',
      followers.map(({ settings }) => settings),
      'leave the others out',
    );
  return {
    ...followers[0],
    decide(history) {
      for (const policy of policies) {
        const verdict = policy(history);
        if (verdict === 'continue') continue;
        const { rollBackTo } = verdict;
        if (!history[rollBackTo])
          throw rangeError(
            'search',
            `a policy must go back to an epoch from 0 to ${history.length - 1}`,
            rollBackTo,
            'name an epoch of the history',
          );
        return verdict;
      }
      return null;
    },
  };
}
