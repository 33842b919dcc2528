import { readdirSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import { goldenExists, goldenFolder } from './files.ts';

interface Count {
  cases: number;
  leaves: number;
}

/**
 * Prints how many cases and results each golden fixture had compared, and which fixtures no test read. With
 * `required`, a run that compared none fails: a filter that matches nothing must not look like a pass.
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
    const total = [...counts.values()].reduce(add, { cases: 0, leaves: 0 });
    console.log('');
    for (const key of [...counts.keys()].sort()) console.log(`golden ${key}: ${text(counts.get(key)!)}`);
    console.log(`golden total: ${text(total)}`);
    if (!this.required) return;
    const read = new Set([...counts.keys()].map((key) => key.split(' ')[0]));
    const unread = goldenExists
      ? readdirSync(goldenFolder).filter((f) => f.endsWith('.json') && !read.has(f))
      : [];
    if (unread.length > 0) console.log(`golden fixtures that no test compared: ${unread.join(', ')}`);
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
      counts.set(key, add(counts.get(key) ?? { cases: 0, leaves: 0 }, { cases: 1, leaves: golden.leaves }));
    }
  }
  return counts;
}

const add = (a: Count, b: Count): Count => ({ cases: a.cases + b.cases, leaves: a.leaves + b.leaves });

const text = ({ cases, leaves }: Count): string => `${cases} cases, ${leaves} results compared`;
