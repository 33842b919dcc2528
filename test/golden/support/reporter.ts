import type { Reporter, TestModule } from 'vitest/node';
import { fixtureNames, goldenExists, goldenFolder } from './files.ts';
import { summary, unreadByAll } from './reads.ts';

interface Count {
  cases: number;
  leaves: number;
  leftOut: readonly string[];
}

const NOTHING: Count = { cases: 0, leaves: 0, leftOut: [] };

/**
 * Prints how many cases and results each golden fixture had compared, and what it leaves out. With `required` also which
 * fixtures, and what in the others, no test read; and a run that compared none fails: a filter that matches nothing must
 * not look like a pass.
 */
export class GoldenReporter implements Reporter {
  private readonly required: boolean;

  constructor(required: boolean) {
    this.required = required;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const golden = modules.filter((module) => module.project.name.startsWith('golden-'));
    if (golden.length === 0 && !this.required) return;
    if (!goldenExists && !this.required) {
      console.log(
        `\ngolden tests SKIPPED: there is no ${goldenFolder}; set GOLDEN to the folder of the fixtures`,
      );
      return;
    }
    const counts = countCases(golden);
    const total = [...counts.values()].reduce(add, NOTHING);
    console.log('');
    for (const key of [...counts.keys()].sort()) console.log(`golden ${key}: ${text(counts.get(key)!)}`);
    console.log(`golden total: ${text(total)}`);
    for (const [key, { leftOut }] of counts) {
      if (leftOut.length > 0) console.log(`golden ${key} leaves out: ${leftOut.join(', ')}`);
    }
    if (!this.required) return;
    const unread = unreadPlaces(golden);
    for (const [fixture, places] of unread) {
      if (places.length > 0)
        console.log(`golden ${fixture}, read by no test of this run: ${summary(places).join(', ')}`);
    }
    const others = fixtureNames.map((name) => `${name}.json`).filter((file) => !unread.has(file));
    if (others.length > 0) console.log(`golden fixtures that no test compared: ${others.join(', ')}`);
    if (total.cases === 0) {
      console.error('golden: nothing was compared, so the run fails');
      process.exitCode = 1;
    }
  }
}

function countCases(modules: readonly TestModule[]): Map<string, Count> {
  const counts = new Map<string, Count>();
  for (const module of modules) {
    for (const test of module.children.allTests('passed')) {
      const golden = test.meta().golden;
      if (!golden) continue;
      const key = `${golden.fixture} on ${module.project.name.replace('golden-', '')}`;
      counts.set(key, add(counts.get(key) ?? NOTHING, { cases: 1, ...golden }));
    }
  }
  return counts;
}

const add = (a: Count, b: Count): Count => ({
  cases: a.cases + b.cases,
  leaves: a.leaves + b.leaves,
  leftOut: [...new Set([...a.leftOut, ...b.leftOut])],
});

/** What no test of the run read of each fixture. */
function unreadPlaces(modules: readonly TestModule[]): Map<string, readonly string[]> {
  const lists = new Map<string, (readonly string[])[]>();
  for (const test of modules.flatMap((module) => [...module.children.allTests('passed')])) {
    const unread = test.meta().goldenUnread;
    if (unread) lists.set(unread.fixture, [...(lists.get(unread.fixture) ?? []), unread.places]);
  }
  return new Map([...lists].map(([fixture, list]) => [fixture, unreadByAll(list)]));
}

const text = ({ cases, leaves }: Count): string => `${cases} cases, ${leaves} results compared`;
