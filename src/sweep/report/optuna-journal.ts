import { requireObject } from '../../errors';
import type { OptionValue } from '../plan';
import type { JobStatus, SweepStatus } from '../status';
import { outcomeOf } from './outcome';

/** Optuna's numbers: operations of its journal, directions of a study, states of a trial. */
const [CREATE_STUDY, CREATE_TRIAL] = [0, 4];
const MAXIMIZE = 2;
const STATES = { running: 0, done: 1, failed: 3, waiting: 4 } as const satisfies Record<
  JobStatus['status'],
  number
>;

/** The distribution that an option was drawn from, and how its values are written: numbers as they are, others by their place. */
function distributionOf(values: readonly OptionValue[]): {
  json: string;
  of: (value: OptionValue) => number;
} {
  if (values.every((value) => typeof value === 'number')) {
    const attributes = { step: null, low: Math.min(...values), high: Math.max(...values), log: false };
    return { json: JSON.stringify({ name: 'FloatDistribution', attributes }), of: Number };
  }
  const choices = [...new Set(values)];
  return {
    json: JSON.stringify({ name: 'CategoricalDistribution', attributes: { choices } }),
    of: (value) => choices.indexOf(value),
  };
}

/**
 * A sweep as a journal of Optuna, which `optuna-dashboard FILE` opens: a study of the plan's name, a trial a job, whose value is
 * the accuracy in percent; its name, the share of skip connections and why it failed are user attributes.
 *
 * Stores keep no times: a trial ends when the journal is written, and begins as many seconds before as the search took.
 *
 * @param sweep - What `sweepStatus()` says.
 */
export function optunaJournal(sweep: SweepStatus): string {
  requireObject('optunaJournal', 'the status', sweep, 'pass what sweepStatus() returns', 'plan', 'jobs');
  const { plan, jobs } = sweep;
  const values = new Map<string, OptionValue[]>();
  for (const { job } of jobs)
    for (const [key, value] of Object.entries(job.search ?? {}))
      values.set(key, [...(values.get(key) ?? []), value]);
  const distributions = new Map([...values].map(([key, all]) => [key, distributionOf(all)]));
  const now = Date.now();
  const worker_id = 'noisydarts';
  const trials = jobs.map((status) => {
    const { accuracy, seconds = 0, skips } = outcomeOf(status);
    const options = Object.entries(status.job.search ?? {});
    const ended = status.status === 'done' || status.status === 'failed';
    return {
      op_code: CREATE_TRIAL,
      worker_id,
      study_id: 0,
      datetime_start: status.status === 'waiting' ? null : new Date(now - 1000 * seconds).toISOString(),
      ...(ended && { datetime_complete: new Date(now).toISOString() }),
      state: status.status === 'done' && accuracy === undefined ? STATES.failed : STATES[status.status],
      value: accuracy ?? null,
      values: null,
      distributions: Object.fromEntries(options.map(([key]) => [key, distributions.get(key)!.json])),
      params: Object.fromEntries(options.map(([key, value]) => [key, distributions.get(key)!.of(value)])),
      user_attrs: {
        job: status.job.name,
        ...(skips !== undefined && { skipShare: skips }),
        ...(status.error !== undefined && { error: status.error }),
      },
      system_attrs: {},
      intermediate_values: {},
    };
  });
  const study = { op_code: CREATE_STUDY, worker_id, study_name: plan.name, directions: [MAXIMIZE] };
  return [study, ...trials].map((line) => `${JSON.stringify(line)}\n`).join('');
}
