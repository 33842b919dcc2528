import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { type Actual, errorOf, toleranceOf } from './compare';
import { goldenExists, goldenFolder } from './files';
import { fixturesOf, goldenRequired, loadFixture } from './folder';
import type { Fixture, Leaf } from './leaves';
import { noteReads } from './reads';

/** What a test case leaves for the reporter: the fixture it belongs to and how many results it compared. */
export interface GoldenCount {
  fixture: string;
  leaves: number;
  /** Kinds of results that the fixture leaves out. */
  leftOut: string[];
}

/** What the tests of a file leave unread of a fixture. */
export interface GoldenUnread {
  fixture: string;
  places: string[];
}

declare module 'vitest' {
  interface TaskMeta {
    golden?: GoldenCount;
    goldenUnread?: GoldenUnread;
  }
}

/** The comparisons of one fixture's tests. What the fixture leaves out (undefined) is not compared, and named. */
export interface Golden {
  /** A test that counts as one case, and fails if it compares nothing. */
  case(name: string, fn: (context: TestContext) => void | Promise<void>): void;
  /** Declares the tests of a part of the fixture, or one that is skipped if the fixture leaves the part out. */
  part<T>(name: string, part: T | undefined, fn: (part: T) => void): void;
  /** Compares one result with the tolerance that the fixture gives for this kind of leaf. */
  compare(kind: string, actual: Actual, expected: Leaf | undefined, label?: string): void;
  /** Compares every leaf of a record (gradients, running statistics); both sides must have the same names. */
  compareAll(
    kind: string,
    actual: Readonly<Record<string, Actual>>,
    expected: Readonly<Record<string, Leaf>> | undefined,
  ): void;
  /** Compares what must be equal to the last bit: genotypes, counts, decisions. */
  exact(actual: unknown, expected: unknown, label?: string): void;
}

/**
 * The tests of `NAME.json` and of every other fixture of its form, see `fixturesOf`. Without the golden folder they are
 * skipped, and say so; a folder that lacks the file, or no folder where it is required, is a failing test.
 */
export function describeGolden<F extends object>(
  form: string,
  fn: (fixture: F & Fixture, golden: Golden) => void,
): void {
  if (!goldenExists && !goldenRequired) {
    describe.skip(`golden ${form}.json: SKIPPED, there is no ${goldenFolder}`, () => {
      it('needs the golden fixtures (set GOLDEN to their folder)', () => {});
    });
    return;
  }
  describe.each(fixturesOf(form))('golden %s.json', (name) => {
    let loaded: F & Fixture;
    try {
      loaded = loadFixture<F>(name);
    } catch (error) {
      it('is there', () => {
        throw error;
      });
      return;
    }
    const file = `${name}.json`;
    const counter = new Counter();
    const { fixture, unread } = noteReads(loaded);
    fn(fixture, golden(file, loaded.meta, counter));
    it('is looked through for what no test reads', ({ task }) => {
      task.meta.goldenUnread = {
        fixture: file,
        places: unread().filter((place) => !place.startsWith('meta')),
      };
    });
    afterAll(() => {
      expect(counter.total, `results compared with ${file}`).toBeGreaterThan(0);
    });
  });
}

class Counter {
  total = 0;
  leftOut = new Set<string>();
}

function golden(file: string, meta: Fixture['meta'], counter: Counter): Golden {
  const api: Golden = {
    case(name, fn) {
      it(name, async (context) => {
        const before = counter.total;
        counter.leftOut = new Set();
        await fn(context);
        const leaves = counter.total - before;
        expect(leaves, 'results compared in this case').toBeGreaterThan(0);
        context.task.meta.golden = { fixture: file, leaves, leftOut: [...counter.leftOut] };
      });
    },
    part(name, part, declare) {
      if (part === undefined || part === null) it.skip(`${name}: ${file} leaves it out`, () => {});
      else declare(part);
    },
    compare(kind, actual, expected, label = kind) {
      if (expected === undefined) {
        counter.leftOut.add(kind);
        return;
      }
      const tolerance = toleranceOf(meta, kind);
      const error = errorOf(actual, expected);
      // Written so that NaN fails.
      if (!(error <= tolerance))
        expect.fail(`${label}: error ${error} is over the tolerance ${tolerance} of '${kind}'`);
      counter.total += 1;
    },
    compareAll(kind, actual, expected) {
      if (expected === undefined) {
        if (Object.keys(actual).length > 0) counter.leftOut.add(kind);
        return;
      }
      expect(Object.keys(actual).sort(), `names under ${kind}`).toEqual(Object.keys(expected).sort());
      for (const [name, leaf] of Object.entries(expected))
        api.compare(kind, actual[name]!, leaf, `${kind} ${name}`);
    },
    exact(actual, expected, label = 'value') {
      if (expected === undefined) {
        counter.leftOut.add(label);
        return;
      }
      expect(actual, label).toStrictEqual(expected);
      counter.total += 1;
    },
  };
  return api;
}
