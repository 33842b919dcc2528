import type { CommandOptions } from '../plan';
import type { JobStatus } from '../status';

/** The numbers of a job that is done, as far as its runner returned what `noisydarts sweep` does. */
export interface Outcome {
  /** Percent: of the trained network on the test images, else of the supernet on those of alpha. */
  readonly accuracy?: number;
  /** Seconds that the epochs of the search took. */
  readonly seconds?: number;
  /** Share of skip connections in the genotype, from 0 to 1. */
  readonly skips?: number;
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}

/** What a job came to, in numbers; none where it has not ended well. */
export function outcomeOf({ result }: JobStatus): Outcome {
  const found = Object(result ?? {}) as Record<string, unknown>;
  const number = (value: unknown) =>
    typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  const accuracy = number(found.testAccuracy) ?? number(found.validAccuracy);
  const seconds = number(found.seconds);
  const operations = textsIn(found.genotype);
  const skips = operations.filter((name) => name.startsWith('skip')).length / operations.length;
  return {
    ...(accuracy !== undefined && { accuracy }),
    ...(seconds !== undefined && { seconds }),
    ...(operations.length > 0 && { skips }),
  };
}

/** Jobs by what is special to them, apart from their seeds: `space s1, noise 0.2`. */
export function bySetting(jobs: readonly JobStatus[]): ReadonlyMap<string, readonly JobStatus[]> {
  const searches = jobs.map(({ job }): CommandOptions => job.search ?? {});
  const keys = new Set(searches.flatMap((search) => Object.keys(search)));
  keys.delete('seed');
  const special = [...keys].filter((key) => new Set(searches.map((search) => search[key])).size > 1);
  const groups = new Map<string, JobStatus[]>();
  for (const [i, job] of jobs.entries()) {
    const options = special.filter((key) => searches[i]![key] !== undefined);
    const all = options.map((key) => `${key} ${searches[i]![key]}`).join(', ') || 'all';
    const setting = job.job.after ? `${all}, the best trained` : all;
    groups.set(setting, [...(groups.get(setting) ?? []), job]);
  }
  return groups;
}
