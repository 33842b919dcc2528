import { describe, expect, it } from 'vitest';
import type { GenotypeOf } from '../../../src/genotype';
import {
  type EpochRecord,
  type SearchPolicy,
  stopOnEigenvalue,
  stopOnSkips,
  stopOnStableRanking,
} from '../../../src/search';
import { darts, defineSpace, nasBench201, robustDarts } from '../../../src/spaces';
import { epochRecord } from '../node/support/history';

/** The first epoch after which a policy stops, with its decision. */
function firstStop(policy: SearchPolicy, history: readonly EpochRecord[]) {
  for (let done = 1; done <= history.length; done++) {
    const verdict = policy(history.slice(0, done));
    if (verdict !== 'continue') return { epoch: done - 1, ...verdict };
  }
  return undefined;
}

const withEigenvalues = (values: readonly (number | null)[]): EpochRecord[] =>
  values.map((max, epoch) => {
    const record = epochRecord(epoch);
    if (max === null) return record;
    const none = { normal: 0, reduce: 0 };
    const eigenvalue = { max, min: -1, residual: 0 };
    return { ...record, diagnostics: { skipCount: none, skipShare: none, entropy: none, eigenvalue } };
  });

describe('stopOnEigenvalue', () => {
  const policy = stopOnEigenvalue();

  it('goes on while the eigenvalue is level or falls, and does not look before ten epochs', () => {
    expect(firstStop(policy, withEigenvalues(Array(30).fill(0.4)))).toBeUndefined();
    expect(
      firstStop(policy, withEigenvalues(Array.from({ length: 30 }, (_, i) => 1 / (i + 1)))),
    ).toBeUndefined();
    // Rises by half as soon as it can be seen.
    expect(firstStop(policy, withEigenvalues([1, 1, 1, 1, 1, 9, 9, 9, 9, 9, 9]))).toEqual({
      epoch: 9,
      rollBackTo: 2,
      stop: 'the largest eigenvalue rose from 1.00 around epoch 2 to 9.00 around epoch 7',
    });
  });

  it('stops where the ratio of the averages five epochs apart falls below 0.75, and goes back to the earlier one', () => {
    // 12 epochs at 1, then 2. The average over five epochs around i rises by 0.2 an epoch from i = 10 on:
    // a(5)/a(10) = 1/1.2, a(6)/a(11) = 1/1.4 < 0.75; a(11) is known after epoch 13.
    const values = [...Array(12).fill(1), ...Array(10).fill(2)];
    expect(firstStop(policy, withEigenvalues(values))).toMatchObject({ epoch: 13, rollBackTo: 6 });
    expect(firstStop(stopOnEigenvalue({ ratio: 0.9 }), withEigenvalues(values))).toMatchObject({
      epoch: 12,
      rollBackTo: 5,
    });
    expect(firstStop(stopOnEigenvalue({ ratio: 0.4 }), withEigenvalues(values))).toBeUndefined();
    // A window of one is the ratio of neighbours.
    expect(firstStop(stopOnEigenvalue({ window: 1 }), withEigenvalues(values))).toMatchObject({
      epoch: 12,
      rollBackTo: 11,
    });
  });

  it('averages what was measured, where that was not after every epoch', () => {
    // Around epoch 12 those of 11 and 13 count, around 7 those of 5, 7 and 9.
    const values = Array.from({ length: 24 }, (_, i) => (i % 2 === 1 ? (i < 12 ? 1 : 2) : null));
    expect(firstStop(policy, withEigenvalues(values))).toMatchObject({ epoch: 14, rollBackTo: 7 });
  });

  it('does not stop at averages that are not above 0', () => {
    expect(firstStop(policy, withEigenvalues(Array.from({ length: 20 }, (_, i) => i - 40)))).toBeUndefined();
  });

  it('refuses a search that does not measure, and options out of range', () => {
    expect(() => firstStop(policy, withEigenvalues(Array(12).fill(null)))).toThrow(
      "stopOnEigenvalue: there must be an eigenvalue in the 5 epochs around epoch 7, got 'none'; search with diagnostics: { eigenvalue: true }, at least once a window",
    );
    expect(() => stopOnEigenvalue({ window: 4 })).toThrow(
      new RangeError('stopOnEigenvalue: window must be an odd number, got 4; leave it out for 5'),
    );
    expect(() => stopOnEigenvalue({ ratio: 0 })).toThrow(
      'stopOnEigenvalue: ratio must be a number above 0, got 0; leave it out for 0.75',
    );
  });
});

/** A history whose normal cells have these numbers of skips; the reduction cells have none. */
const withSkips = (counts: readonly number[]): EpochRecord[] =>
  counts.map((skips, epoch) => {
    const record = epochRecord(epoch);
    const normal = record.genotype.normal.map(
      ([, input], i) => [i < skips ? 'skip_connect' : 'sep_conv_3x3', input] as const,
    );
    const reduce = record.genotype.reduce.map(([, input]) => ['sep_conv_3x3', input] as const);
    return { ...record, genotype: { ...record.genotype, normal, reduce } };
  });

describe('stopOnSkips', () => {
  it('stops at two skip connections in the normal cell, with the genotype of that epoch', () => {
    expect(firstStop(stopOnSkips(), withSkips([0, 1, 1, 3, 4]))).toEqual({
      epoch: 3,
      rollBackTo: 3,
      stop: "3 skip connections in the cell 'normal'",
    });
    expect(firstStop(stopOnSkips(), withSkips([0, 1, 1]))).toBeUndefined();
    expect(firstStop(stopOnSkips({ limit: 4 }), withSkips([0, 1, 1, 3, 4]))?.epoch).toBe(4);
  });

  it('can overlook the start, and count in another cell', () => {
    expect(firstStop(stopOnSkips({ from: 2 }), withSkips([2, 2, 1, 2]))?.epoch).toBe(3);
    expect(firstStop(stopOnSkips({ cell: 'reduce' }), withSkips([4, 4]))).toBeUndefined();
  });

  it("counts in NAS-Bench-201's one cell", () => {
    const genotype: GenotypeOf = [
      [['skip_connect', 0]],
      [
        ['none', 0],
        ['skip_connect', 1],
      ],
    ];
    const record = { ...epochRecord(0), genotype } as EpochRecord;
    expect(stopOnSkips()([record])).toMatchObject({ stop: "2 skip connections in the cell 'cell'" });
    expect(() => stopOnSkips({ cell: 'normal' })([record])).toThrow(
      "stopOnSkips: cell must be one of cell, got 'normal'; name a searched cell",
    );
  });

  it('refuses a limit that stops always', () => {
    expect(() => stopOnSkips({ limit: 0 })).toThrow('limit must be a positive integer, got 0');
  });
});

describe('stopOnStableRanking', () => {
  const space = defineSpace({
    name: 'three',
    primitives: ['skip_connect', 'sep_conv_3x3', 'dil_conv_3x3'],
    nodes: 1,
  });
  /** One cell type moves: `order` is the weight of the separable convolution on its first edge. */
  const history = (order: readonly number[], skip = 0.2): EpochRecord[] =>
    order.map((sep, epoch) => ({
      ...epochRecord(epoch),
      alphas: {
        normal: [
          [skip, sep, 0.5],
          [0.1, 0.6, 0.3],
        ],
        reduce: [
          [0.1, 0.6, 0.3],
          [0.1, 0.6, 0.3],
        ],
      },
    }));

  it('stops once the order of the learnable operations has stayed for so many epochs', () => {
    // It changes for the last time from epoch 2 to 3.
    const orders = [0.4, 0.6, 0.6, 0.3, 0.31, 0.32, 0.33, 0.34, 0.35];
    expect(firstStop(stopOnStableRanking(space, { epochs: 3 }), history(orders))).toEqual({
      epoch: 6,
      rollBackTo: 6,
      stop: 'the ranking of the learnable operations has not changed for 3 epochs',
    });
    expect(firstStop(stopOnStableRanking(space), history(orders))).toBeUndefined();
  });

  it('does not look at skip connections', () => {
    const moving = history([0.3, 0.3, 0.3, 0.3]).map((record, i) => history([0.3], i % 2)[0] ?? record);
    expect(firstStop(stopOnStableRanking(space, { epochs: 3 }), moving)?.epoch).toBe(3);
    const all = stopOnStableRanking(space, { epochs: 3, learnable: () => true });
    expect(firstStop(all, moving)).toBeUndefined();
  });

  it('takes spaces of both kinds, but none in which there is nothing to rank', () => {
    expect(() => stopOnStableRanking(darts())).not.toThrow();
    expect(() => stopOnStableRanking(nasBench201())).not.toThrow();
    expect(() => stopOnStableRanking(robustDarts('S2'))).toThrow(
      /^stopOnStableRanking: an edge of .* must have two learnable operations to rank, got \['skip_connect', 'sep_conv_3x3'\]; use another policy$/,
    );
    expect(() => stopOnStableRanking(darts(), { epochs: 0 })).toThrow(
      'epochs must be a positive integer, got 0',
    );
  });
});
