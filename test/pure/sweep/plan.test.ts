import { describe, expect, it } from 'vitest';
import { expandPlan, planHash, type SweepPlan } from '../../../src/sweep';

const plan: SweepPlan = {
  name: 'noise',
  search: { space: 's2' },
  grid: { noise: [0, 0.2], seed: [1, 2] },
};

describe('expandPlan', () => {
  it('is every combination, named by what is special to it', () => {
    const jobs = expandPlan(plan);
    expect(jobs.map(({ search }) => search)).toEqual([
      { space: 's2', noise: 0, seed: 1 },
      { space: 's2', noise: 0, seed: 2 },
      { space: 's2', noise: 0.2, seed: 1 },
      { space: 's2', noise: 0.2, seed: 2 },
    ]);
    expect(jobs[2]!.name).toMatch(/^noise-0\.2-seed-1-[0-9a-f]{10}$/);
    expect(new Set(jobs.map(({ name }) => name)).size).toBe(4);
  });

  it('combines a list with the grid, and has a search once', () => {
    const list = [{ space: 's1' }, { space: 's3' }, { space: 's1' }];
    expect(expandPlan({ ...plan, list })).toHaveLength(8);
  });

  it('keeps the names of jobs when a plan grows, whatever the order of keys', () => {
    const before = expandPlan(plan).map(({ name }) => name);
    const grown = { ...plan, grid: { noise: [0, 0.2], seed: [1, 2, 3] } };
    expect(expandPlan(grown).map(({ name }) => name)).toEqual(expect.arrayContaining(before));
    expect(planHash(grown)).not.toBe(planHash(plan));
    const { name, search, grid } = plan;
    expect(planHash({ grid: grid!, search: search!, name })).toBe(planHash(plan));
    const trained = expandPlan({ ...plan, train: { epochs: 2 } });
    expect(before).not.toContain(trained[0]!.name);
  });

  it("follows the paper's protocol: searches tried by short trainings, and the best trained", () => {
    const paper: SweepPlan = {
      name: 'paper',
      plan: 'paper',
      searches: 2,
      search: { epochs: 50 },
      grid: { variant: ['a', 'b'] },
      trial: { epochs: 5 },
      train: { epochs: 600 },
    };
    const jobs = expandPlan(paper);
    expect(jobs).toHaveLength(6);
    const [one, two, best] = jobs;
    expect(one).toMatchObject({ search: { epochs: 50, variant: 'a', seed: 1 }, train: { epochs: 5 } });
    expect(best).toEqual({
      name: expect.stringMatching(/^variant-a-train-best-[0-9a-f]{10}$/),
      search: { epochs: 50, variant: 'a' },
      train: { epochs: 600 },
      after: [one!.name, two!.name],
    });
    const more = expandPlan({ ...paper, searches: 3 }).map(({ name }) => name);
    expect(more).toEqual(expect.arrayContaining([one!.name, two!.name]));
    expect(more).not.toContain(best!.name);
    expect(expandPlan({ name: 'a', plan: 'paper', trial: {} })).toHaveLength(8);
  });

  it.each([
    [null, 'the options must be an object'],
    [{}, 'name must be a text'],
    [{ name: '../up' }, "name must consist of letters, digits, '_', '-' and '.'"],
    [{ name: 'a', grids: {} }, 'there is no such option'],
    [{ name: 'a', grid: { seed: [] } }, 'grid.seed must have a value'],
    [{ name: 'a', grid: { seed: 1 } }, 'grid.seed must be a list'],
    [
      { name: 'a', grid: { seed: [Number.NaN] } },
      'grid.seed[0] must be a text, a finite number, true or false',
    ],
    [{ name: 'a', search: { 'latency-limit': 1 } }, 'search must have options in camel case'],
    [{ name: 'a', search: { runs: 'x' } }, 'search cannot have what a sweep sets itself'],
    [{ name: 'a', plan: 'papers' }, "plan must be 'grid' or 'paper'"],
    [{ name: 'a', trial: {} }, "trial belongs to the plan 'paper'"],
    [{ name: 'a', plan: 'paper' }, "the plan 'paper' must have trial"],
    [{ name: 'a', plan: 'paper', trial: {}, grid: { seed: [1] } }, 'sets the seeds of its searches'],
    [{ name: 'a', list: [3] }, 'the options must be an object'],
  ])('refuses %j', (wrong, message) => {
    expect(() => expandPlan(wrong as SweepPlan)).toThrow(message);
  });
});
