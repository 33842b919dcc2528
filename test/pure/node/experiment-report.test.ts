import { describe, expect, it } from 'vitest';
import { drawExperiment, type ExperimentReport, renderExperiment, sampleSummary } from '../../../src/node';

const report: ExperimentReport = {
  name: 'two <methods>',
  summary: 'One against the other.',
  methods: ['one', 'other'],
  runs: [['one-1', 'one-2', 'one-3'], ['other-1']],
  epochs: 3,
  measures: [
    {
      heading: 'Accuracy, %',
      curves: [
        [
          [10, 20, 30],
          [20, 30, 40],
          [30, 40],
        ],
        [[5, null, 15]],
      ],
    },
  ],
  columns: [{ heading: 'Test, %', values: [[1, 2, 6], [4]], decimals: 1 }],
  references: [{ label: 'published', values: [93.49] }],
  settings: { common: { epochs: 3 } },
};

describe('sampleSummary', () => {
  it('gives mean and sample standard deviation of the numbers there are', () => {
    expect(sampleSummary([1, 2, null, 6])).toEqual({ count: 3, mean: 3, std: Math.sqrt(7) });
    expect(sampleSummary([4])).toEqual({ count: 1, mean: 4, std: null });
    expect(sampleSummary([undefined, null])).toEqual({ count: 0, mean: null, std: null });
  });
});

describe('renderExperiment', () => {
  const page = renderExperiment(report);

  it('shows every run, means with deviations, and known numbers', () => {
    expect(page).toContain('<th scope="row">one-3</th><td>6.0</td>');
    expect(page).toContain('<th scope="row">one, mean ± std</th><td>3.0 ± 2.6</td>');
    expect(page).toContain('<th scope="row">other, mean ± std</th><td>4.0</td>');
    expect(page).toContain('<th scope="row">published</th><td>93.5</td>');
    expect(page).toContain('<h1>two &lt;methods&gt;</h1>');
  });

  it('draws the mean over the runs that got there, with a band where there are several', () => {
    expect(page).toContain('last: one 35.00, other 15.00');
    expect(page.match(/nd-band method-0/g)).toHaveLength(1);
    expect(page.match(/class="nd-band method-1/g)).toBeNull();
  });

  it('refuses methods without a list of runs', () => {
    expect(() => renderExperiment({ ...report, runs: [] })).toThrow(
      'renderExperiment: there must be a list of runs for each method, and a method, got {"methods":2,"runs":0}',
    );
  });
});

describe('drawExperiment', () => {
  it('is one SVG element with the charts of all measures', () => {
    const svg = drawExperiment({ ...report, measures: [...report.measures, ...report.measures] });
    expect(svg).toMatch(/^<svg [^>]*viewBox="0 0 940 \d+"/);
    expect(svg.match(/class="nd-lines"/g)).toHaveLength(2);
  });
});
