import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runningAverage } from '../../../src/analysis/running-average';

const observations = fc.array(
  fc.tuple(fc.double({ min: -10, max: 10, noNaN: true }), fc.integer({ min: 1, max: 200 })),
  { minLength: 1, maxLength: 20 },
);

describe('runningAverage', () => {
  it('weighs each value by its count', () => {
    const loss = runningAverage();
    loss.add(2, 3);
    loss.add(6);
    expect({ sum: loss.sum, count: loss.count, mean: loss.mean }).toEqual({ sum: 12, count: 4, mean: 3 });
  });

  it('equals the mean of all observations', () => {
    fc.assert(
      fc.property(observations, (batches) => {
        const average = runningAverage();
        for (const [value, count] of batches) average.add(value, count);
        const all = batches.flatMap(([value, count]) => new Array<number>(count).fill(value));
        expect(average.count).toBe(all.length);
        expect(average.mean).toBeCloseTo(all.reduce((a, b) => a + b, 0) / all.length, 9);
      }),
    );
  });

  it('goes on from its state, bit for bit, through JSON', () => {
    fc.assert(
      fc.property(observations, observations, (first, second) => {
        const whole = runningAverage();
        for (const [value, count] of first) whole.add(value, count);
        const resumed = runningAverage(JSON.parse(JSON.stringify(whole.state())));
        for (const [value, count] of second) {
          whole.add(value, count);
          resumed.add(value, count);
        }
        expect(resumed.state()).toEqual(whole.state());
      }),
    );
  });

  it('has no mean before the first observation', () => {
    expect(runningAverage().mean).toBeNaN();
  });

  it.each([0, -1, Number.NaN])('refuses a count of %s', (count) => {
    const average = runningAverage();
    expect(() => average.add(1, count)).toThrow(
      `runningAverage: count must be positive, got ${count}; pass the size of the batch`,
    );
    expect(average.state()).toEqual({ sum: 0, count: 0 });
  });
});
