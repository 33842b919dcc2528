import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expandPlan, folderRunStore } from '../../src/sweep';
import {
  filesOfJobs,
  jobsEnded,
  numbersOf,
  searchAlone,
  searchesIn,
  smallSearches,
  sweepWithKills,
} from './kills';

/** How a sweep with kills went. */
export interface KillReport {
  readonly kills: number;
  /** Jobs with a result, and those of them whose numbers are those of the same search alone. */
  readonly ended: number;
  readonly same: number;
  /** What is wrong, in words; empty if nothing is. */
  readonly wrong: readonly string[];
}

/**
 * Two shells sweep one folder, while one of them or one of their searches is killed again and again.
 *
 * @param dist - Where the built package is.
 * @param at - Folder for all of it.
 */
export async function killsOnAFolder(
  dist: string,
  at: string,
  {
    searches,
    kills: wanted,
    jobs = 2,
  }: { readonly searches: number; readonly kills: number; readonly jobs?: number },
): Promise<KillReport> {
  const plan = smallSearches(searches);
  const store = join(at, 'sweep');
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'plan.json'), JSON.stringify(plan));
  const alone = searchAlone(join(dist, 'cli', 'index.js'), plan, join(at, 'alone'));
  const worker = (n: number) => ['sweep', join(at, 'plan.json'), '--store', store, '--jobs', String(n)];
  const { kills, said } = await sweepWithKills({
    command: [join(dist, 'cli', 'bin.js')],
    workers: [worker(jobs), worker(1)],
    kills: wanted,
    progress: () => `${filesOfJobs(store, 'search', 'checkpoint')}`,
    ended: () => jobsEnded(store) === searches,
    searching: () => searchesIn(store),
  });
  const wrong: string[] = [];
  const check = (what: string, good: boolean) => good || wrong.push(what);
  check(`there were ${kills} kills of ${wanted}`, kills === wanted);
  let same = 0;
  let ended = 0;
  for (const { name } of expandPlan(plan)) {
    const result = await folderRunStore(store).result(name);
    if (result?.status === 'done') ended++;
    else wrong.push(`${name}: ${result?.error ?? 'has no result'}`);
    if (isDeepStrictEqual(numbersOf(join(store, 'jobs', name, 'search')), numbersOf(alone.get(name)!)))
      same++;
    else wrong.push(`${name}: its numbers are not those of the search alone`);
  }
  const files = readdirSync(store, { recursive: true, encoding: 'utf8' });
  check('a claim is left', readdirSync(join(store, 'claims')).length === 0);
  check(
    `files are left: ${files.filter((file) => /\.(tmp|new)$/.test(file))}`,
    !files.some((file) => /\.(tmp|new)$/.test(file)),
  );
  check(`searches are left: ${searchesIn(store)}`, searchesIn(store).length === 0);
  check(
    `a shell did not say what came out: ${said.join('\n')}`,
    said.some((text) => text.includes(`${searches} of ${searches}`)),
  );
  return { kills, ended, same, wrong };
}
