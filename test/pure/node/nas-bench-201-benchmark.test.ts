import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type NasBench201Cell, nasBench201ToString } from '../../../src/genotype';
import { nasBench201Cost } from '../../../src/network/cost/nas-bench-201-cost';
import { readNasBench201Table } from '../../../src/node';
import { nasBench201 } from '../../../src/spaces';

const real = fileURLToPath(new URL('../../../../shared/data/nb201/nb201.csv.gz', import.meta.url));
const COLUMNS = ['c10_test', 'c100_test', 'in16_test'] as const;

/** All 15,625 cells. */
function* cells(): Generator<NasBench201Cell> {
  const { primitives } = nasBench201();
  for (let code = 0; code < primitives.length ** 6; code++) {
    const op = (edge: number) =>
      primitives[Math.floor(code / primitives.length ** edge) % primitives.length]!;
    yield [
      [[op(0), 0]],
      [
        [op(1), 0],
        [op(2), 1],
      ],
      [
        [op(3), 0],
        [op(4), 1],
        [op(5), 2],
      ],
    ];
  }
}

const missing = existsSync(real) ? '' : ': SKIPPED, the table is not there';

describe.skipIf(missing !== '')(`the whole of NAS-Bench-201${missing}`, () => {
  it('knows the best cells, the cell of skips alone, and what isomorphic cells differ by', async () => {
    const table = await readNasBench201Table(real, COLUMNS);
    const all = [...cells()];
    expect(table.size).toBe(15_625);
    expect(new Set(all.map((cell) => nasBench201ToString(cell))).size).toBe(15_625);

    const best = COLUMNS.map(
      (column) => all.map((cell) => table.lookup(cell, column)).find(({ rank }) => rank === 1)!,
    );
    expect(best.map(({ value }) => value.toFixed(2))).toEqual(['94.37', '73.51', '47.31']);
    expect(best.map(({ percentile }) => percentile)).toEqual([100, 100, 100]);

    const skips = all.find((cell) => cell.flat().every(([op]) => op === 'skip_connect'))!;
    const collapsed = COLUMNS.map((column) => table.lookup(skips, column).value.toFixed(2));
    expect(collapsed).toEqual(['54.30', '15.61', '16.32']);

    // Without an edge between them, the two inner states can be exchanged for each other.
    const gaps = all
      .filter((cell) => cell[1]![1]![0] === 'none')
      .map((cell) => {
        const [[a], [b], [out, first, second]] = cell as [
          [[string, 0]],
          [[string, 0]],
          [[string, 0], [string, 1], [string, 2]],
        ];
        const twin: NasBench201Cell = [
          [b],
          [
            [a[0], 0],
            ['none', 1],
          ],
          [out, [second[0], 1], [first[0], 2]],
        ];
        return Math.abs(table.lookup(cell, 'c10_test').value - table.lookup(twin, 'c10_test').value);
      });
    gaps.sort((a, b) => a - b);
    expect(gaps).toHaveLength(3125);
    expect(gaps[1562]!.toFixed(2)).toBe('0.15');
    expect(gaps.at(-1)!.toFixed(2)).toBe('4.57');
  });

  it('has the parameters and the multiply-adds that nasBench201Cost counts', async () => {
    const table = await readNasBench201Table(real, ['params_c10', 'params_c10_counted', 'mflops_c10']);
    const off = { counted: 0, recorded: 0, work: 0 };
    for (const cell of cells()) {
      const { parameters, multiplyAdds } = nasBench201Cost(cell);
      const value = (column: (typeof table.columns)[number]) => table.lookup(cell, column).value;
      if (parameters !== value('params_c10_counted')) off.counted++;
      if (parameters !== value('params_c10')) off.recorded++;
      // The benchmark counts the classifier's bias, 10 additions.
      if ((multiplyAdds + 10) / 1e6 !== value('mflops_c10')) off.work++;
    }
    // What the benchmark recorded is one convolution off for 150 cells.
    expect(off).toEqual({ counted: 0, recorded: 150, work: 0 });
  });
});
