import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { type Actual, errorOf, toleranceOf } from './compare';
import { goldenExists, goldenFolder } from './files';
import { goldenRequired, loadFixture } from './folder';
import type { Fixture, Leaf } from './leaves';

/** What a test case leaves for the reporter: the fixture it belongs to and how many results it compared. */
export interface GoldenCount {
  fixture: string;
  leaves: number;
}

declare module 'vitest' {
  interface TaskMeta {
    golden?: GoldenCount;
  }
}

/** The comparisons of one fixture's tests. */
export interface Golden {
  /** A test that counts as one case, and fails if it compares nothing. */
  case(name: string, fn: (context: TestContext) => void | Promise<void>): void;
  /** Compares one result with the tolerance that the fixture gives for this kind of leaf. */
  compare(kind: string, actual: Actual, expected: Leaf, label?: string): void;
  /** Compares every leaf of a record (gradients, running statistics); both sides must have the same names. */
  compareAll(
    kind: string,
    actual: Readonly<Record<string, Actual>>,
    expected: Readonly<Record<string, Leaf>>,
  ): void;
  /** Compares what must be equal to the last bit: genotypes, counts, decisions. */
  exact(actual: unknown, expected: unknown, label?: string): void;
}

/**
 * The tests of `NAME.json`. Without the golden folder they are skipped, and say so; a folder that lacks the
 * file, or no folder where it is required, is a failing test.
 */
export function describeGolden<F extends object>(
  name: string,
  fn: (fixture: F & Fixture, golden: Golden) => void,
): void {
  if (!goldenExists && !goldenRequired) {
    describe.skip(`golden ${name}.json: SKIPPED, there is no ${goldenFolder}`, () => {
      it('needs the golden fixtures (set GOLDEN to their folder)', () => {});
    });
    return;
  }
  describe(`golden ${name}.json`, () => {
    let fixture: F & Fixture;
    try {
      fixture = loadFixture<F>(name);
    } catch (error) {
      it('is there', () => {
        throw error;
      });
      return;
    }
    const counter = new Counter();
    fn(fixture, golden(fixture, counter));
    afterAll(() => {
      expect(counter.total, `results compared with ${name}.json`).toBeGreaterThan(0);
    });
  });
}

class Counter {
  total = 0;
  add(): void {
    this.total += 1;
  }
}

function golden({ meta }: Fixture, counter: Counter): Golden {
  const api: Golden = {
    case(name, fn) {
      it(name, async (context) => {
        const before = counter.total;
        await fn(context);
        const leaves = counter.total - before;
        expect(leaves, 'results compared in this case').toBeGreaterThan(0);
        context.task.meta.golden = { fixture: meta.file, leaves };
      });
    },
    compare(kind, actual, expected, label = kind) {
      const tolerance = toleranceOf(meta, kind);
      const error = errorOf(actual, expected);
      // Written so that NaN fails.
      if (!(error <= tolerance))
        expect.fail(`${label}: error ${error} is over the tolerance ${tolerance} of '${kind}'`);
      counter.add();
    },
    compareAll(kind, actual, expected) {
      expect(Object.keys(actual).sort(), `names under ${kind}`).toEqual(Object.keys(expected).sort());
      for (const [name, leaf] of Object.entries(expected))
        api.compare(kind, actual[name]!, leaf, `${kind} ${name}`);
    },
    exact(actual, expected, label = 'value') {
      expect(actual, label).toStrictEqual(expected);
      counter.add();
    },
  };
  return api;
}
