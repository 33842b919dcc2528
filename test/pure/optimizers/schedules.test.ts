import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constant, cosine, linear, type Schedule, scheduleFrom } from '../../../src/optimizers';

const ramps = fc.record({
  from: fc.double({ min: -10, max: 10, noNaN: true }),
  to: fc.double({ min: -10, max: 10, noNaN: true }),
  epochs: fc.integer({ min: 1, max: 600 }),
});

describe.each([
  ['linear', linear],
  ['cosine', cosine],
])('%s', (type, make) => {
  it('starts at from, passes the middle half-way, ends at to and stays there', () => {
    fc.assert(
      fc.property(ramps, (options) => {
        const schedule = make(options);
        const { from, to, epochs } = options;
        expect(schedule(0)).toBeCloseTo(from, 12);
        expect(schedule(epochs / 2)).toBeCloseTo((from + to) / 2, 12);
        expect(schedule(epochs)).toBe(to);
        expect(schedule(epochs + 7)).toBe(to);
      }),
    );
  });

  it('never turns back', () => {
    fc.assert(
      fc.property(ramps, fc.nat(600), (options, epoch) => {
        const schedule = make(options);
        const step = schedule(epoch + 1) - schedule(epoch);
        expect(step * (options.to - options.from)).toBeGreaterThanOrEqual(-1e-12);
      }),
    );
  });

  it('survives JSON', () => {
    fc.assert(
      fc.property(ramps, fc.nat(600), (options, epoch) => {
        const schedule = make(options);
        const back = scheduleFrom(JSON.parse(JSON.stringify(schedule.config)));
        expect(back(epoch)).toBeCloseTo(schedule(epoch), 12);
        expect(back.config).toEqual(JSON.parse(JSON.stringify(schedule.config)));
      }),
    );
  });

  it('refuses a length of 0, a number that is not finite, and a negative epoch', () => {
    expect(() => make({ from: 1, to: 0, epochs: 0 })).toThrow(
      new RangeError(`${type}: epochs must be a finite number above 0, got 0; correct it or leave it out`),
    );
    expect(() => make({ from: Number.NaN, to: 0, epochs: 5 })).toThrow(
      `${type}: from must be a finite number, got NaN; correct it or leave it out`,
    );
    expect(() => make({ from: 1, to: 0, epochs: 5 })(-1)).toThrow(
      `${type}: the epoch must be >= 0, got -1; count epochs from 0`,
    );
  });
});

describe('cosine', () => {
  it('is steepest in the middle and flat at both ends', () => {
    const schedule = cosine({ from: 1, epochs: 100 });
    const fall = (epoch: number) => schedule(epoch) - schedule(epoch + 1);
    expect(fall(50)).toBeGreaterThan(fall(25));
    expect(fall(25)).toBeGreaterThan(fall(0));
    expect(fall(25)).toBeCloseTo(fall(74), 12);
  });

  it('falls to 0 by default, and the first epoch has the full value', () => {
    const schedule = cosine({ from: 0.05, epochs: 50 });
    expect(schedule.config).toEqual({ type: 'cosine', from: 0.05, to: 0, epochs: 50 });
    expect(schedule(0)).toBe(0.05);
    expect(schedule(50)).toBe(0);
  });
});

describe('constant', () => {
  it('is the same at every epoch, and survives JSON', () => {
    const schedule: Schedule = constant(3e-4);
    const back = scheduleFrom(JSON.parse(JSON.stringify(schedule.config)));
    for (const epoch of [0, 1, 49, 1000]) {
      expect(schedule(epoch)).toBe(3e-4);
      expect(back(epoch)).toBe(3e-4);
    }
  });
});

describe('scheduleFrom', () => {
  it('refuses an unknown type', () => {
    expect(() => scheduleFrom({ type: 'step' } as never)).toThrow(
      new TypeError(
        `scheduleFrom: type must be 'constant', 'linear' or 'cosine', got {"type":"step"}; correct the config`,
      ),
    );
  });
});
