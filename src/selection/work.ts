import type { SelectionProgress } from './events';
import type { SelectionRequest } from './plan';
import type { SelectionWork } from './recipe';

/** Counts the work done, and what is left of it. */
export function countWork(work: SelectionWork | undefined) {
  const done = { evaluations: 0, steps: 0 };
  const timed = { evaluations: { count: 0, ms: 0 }, steps: { count: 0, ms: 0 } };
  const left = (kind: keyof typeof done): number | null => {
    const remaining = work![kind] - done[kind];
    if (remaining === 0) return 0;
    const { count, ms } = timed[kind];
    return count === 0 ? null : (remaining * ms) / count / 1000;
  };
  const all = () => done.evaluations + done.steps;
  const take = (kind: keyof typeof done, ms: number): SelectionProgress => {
    done[kind] += 1;
    timed[kind].count += 1;
    timed[kind].ms += ms;
    const seconds = work ? [left('evaluations'), left('steps')] : [null];
    return {
      done: all(),
      total: work ? work.evaluations + work.steps : null,
      secondsLeft: seconds.reduce((sum, each) => (sum === null || each === null ? null : sum + each), 0),
    };
  };
  return {
    get done() {
      return all();
    },
    evaluation: (ms: number) => take('evaluations', ms),
    step: (ms: number) => take('steps', ms),
    /** Steps that an earlier process took. */
    steps(count: number) {
      done.steps += count;
    },
    /** A request that an earlier process has answered. */
    again(request: SelectionRequest) {
      if (request.kind === 'evaluate') done.evaluations += 1;
      else if (request.kind === 'tune') done.steps += request.steps;
    },
  };
}
