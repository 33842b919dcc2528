import { describe, expect, it } from 'vitest';
import { genotypeToJson, genotypeToPython } from '../../../src/genotype';
import { drawAlphaHistory, drawPareto, type RunReport, renderReport } from '../../../src/node';
import { chartBody, valueRange } from '../../../src/node/report/chart';
import { darts, robustDarts } from '../../../src/spaces';
import { epochRecord, history } from './support/history';

const report = (more: Partial<RunReport> = {}) =>
  renderReport({
    name: 'digits',
    space: darts(),
    history: history(3),
    epochs: 5,
    settings: { search: { batchSize: 64 } },
    date: new Date('2020-01-02T03:04:05Z'),
    ...more,
  });

/** The embedded data, as the page's script reads it. */
function embedded(page: string) {
  const [, text] = /<script type="application\/json" id="run">(.*?)<\/script>/s.exec(page)!;
  return JSON.parse(text!) as {
    name: string;
    done: number;
    epochs: number;
    charts: Record<string, (number | null)[][]>;
  };
}

const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;

describe('renderReport', () => {
  it('shows settings in groups without a name or a row, and names one that is within itself', () => {
    const cycle: Record<string, unknown> = { n: 1 };
    expect(report({ settings: { '': { a: 1 }, none: {}, twice: { a: cycle, b: cycle } } })).toContain('b.');
    cycle.list = [{ cycle }];
    expect(() => report({ settings: { loop: cycle } })).toThrow(
      "renderReport: a setting must not be within itself, got 'list.cycle'; pass plain JSON",
    );
  });

  it('needs an epoch', () => {
    expect(() => report({ history: [] })).toThrow('renderReport: the history must hold an epoch, got []');
    expect(() => report({ history: [{}] as never })).toThrow(
      'renderReport: history[0] must be an object with genotype, alphas, got {}; pass that of a search',
    );
    expect(() => report({ history: null as never })).toThrow(
      'renderReport: the history must be a list, got null',
    );
    expect(() => drawAlphaHistory(darts(), [])).toThrow('drawAlphaHistory: the history must hold an epoch');
  });

  it('refuses settings that are no groups', () => {
    for (const settings of [null, [], 5])
      expect(() => report({ settings: settings as never })).toThrow(
        /^renderReport: settings must be an object/,
      );
  });

  it('holds nothing that XML cannot hold', () => {
    const page = report({ name: 'a\0b\uD800\x1B', settings: { 'g\0': { 'k\x07': 'v\0' } } });
    expect(page).toContain('a\uFFFDb\uFFFD\uFFFD');
    expect(page).not.toMatch(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u);
  });

  it('is one page that loads nothing', () => {
    const page = report();
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).not.toMatch(/\b(src|href)\s*=/i);
    expect(page).not.toMatch(/url\(|@import|https?:\/\/(?!www\.w3\.org\/)/i);
    expect(count(page, /<script/g)).toBe(2);
  });

  it('closes every element it opens', () => {
    const open: string[] = [];
    // Scripts and styles hold no markup.
    const page = report().replace(/<(script|style)\b[^>]*>.*?<\/\1>/gs, '');
    for (const [, slash, name, rest] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b([^>]*)>/gi)) {
      if (slash) expect(open.pop()).toBe(name);
      else if (!rest!.endsWith('/') && !['meta', 'wbr'].includes(name!)) open.push(name!);
    }
    expect(open).toEqual([]);
  });

  it('lets no text out of its place', () => {
    const evil = `</script><script>alert(1)</script><!--"'&\u2028`;
    const page = report({ name: evil, settings: { [`a${evil}`]: { [evil]: [evil, { [evil]: evil }] } } });
    expect(count(page, /<script/gi)).toBe(2);
    expect(count(page, /<\/script/gi)).toBe(2);
    expect(page).not.toContain('<!--');
    expect(embedded(page).name).toBe(evil);
    expect(page).toContain(
      "<h1>&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;!--&quot;'&amp;\u2028</h1>",
    );
  });

  it('draws a chart for every edge of both cells and embeds its numbers', () => {
    const page = report();
    const { charts, done, epochs } = embedded(page);
    expect([done, epochs]).toEqual([3, 5]);
    const drawn = [...page.matchAll(/data-chart="([^"]+)"/g)].map(([, id]) => id!);
    expect(drawn).toEqual(Object.keys(charts));
    expect(drawn.filter((id) => /^(normal|reduce)-\d+$/.test(id))).toHaveLength(28);
    for (const edge of [0, 13]) {
      const values = history(3).map(({ alphas }) => alphas.reduce[edge]![2]!);
      expect(charts[`reduce-${edge}`]![2]).toEqual(values.map((value) => expect.closeTo(value, 5)));
    }
    expect(charts.loss).toEqual([
      [2, 1, 0.666667],
      [2.5, 1.25, 0.833333],
    ]);
    // One line a candidate in each of the 28, two in four charts, one in two.
    expect(count(page, /data-line=/g)).toBe(28 * 7 + 10);
  });

  it('counts skip connections in the genotype and averages their weight', () => {
    const { charts } = embedded(report());
    const last = epochRecord(2);
    const kept = last.genotype.normal.filter(([primitive]) => primitive === 'skip_connect').length;
    expect(charts['skip-count']![0]!.at(-1)).toBe(kept);
    const mean = last.alphas.normal.reduce((sum, row) => sum + row[2]!, 0) / 14;
    expect(charts['skip-share']![0]!.at(-1)).toBeCloseTo(100 * mean, 3);
  });

  it('draws what a search has measured about itself, and nothing where it has not', () => {
    const none = embedded(report()).charts;
    for (const id of ['entropy', 'gap', 'eigenvalue']) expect(none).not.toHaveProperty(id);
    const evaluation = (accuracy: number) => ({ loss: 1, accuracy, metrics: { accuracy } });
    const watched = history(3).map((record, i) =>
      i === 1
        ? record
        : {
            ...record,
            diagnostics: {
              skipCount: { normal: 0, reduce: 0 },
              skipShare: { normal: 0, reduce: 0 },
              entropy: { normal: 1.5 + i, reduce: 1.25 },
              eigenvalue: { max: 0.5 + i, min: -0.1, residual: 0 },
              gap: { supernet: evaluation(80), derived: evaluation(20 + i) },
            },
          },
    );
    const { charts } = embedded(report({ history: watched }));
    expect(charts.entropy).toEqual([
      [1.5, null, 3.5],
      [1.25, null, 1.25],
    ]);
    expect(charts.eigenvalue).toEqual([[0.5, null, 2.5]]);
    expect(charts.gap).toEqual([
      [80, null, 80],
      [20, null, 22],
    ]);
  });

  it('rings what a policy has frozen, at its epoch, and lists it', () => {
    const op = { step: 7, cellType: 'reduce', edge: 3, primitive: 'sep_conv_3x3', cosine: 0.25 };
    const records = history(3).map((record) =>
      record.epoch === 1 ? { ...record, frozen: [2, 5].map((cell) => ({ ...op, epoch: 1, cell })) } : record,
    );
    const page = report({ history: records });
    const rings = [...page.matchAll(/<circle class="nd-mark" cx="([^"]+)"[^>]*><title>([^<]+)</g)];
    expect(rings.map(([, , title]) => title)).toEqual(['sep conv 3×3: frozen in epoch 2, cells 2, 5']);
    const [, left, right, svg] =
      /data-chart="reduce-3" data-left="([^"]+)" data-right="([^"]+)"(.*?)<\/svg>/s.exec(page)!;
    expect(svg).toContain(rings[0]![0]);
    // Epoch 2 of 5.
    expect(Number(rings[0]![1])).toBeCloseTo(Number(left) + (Number(right) - Number(left)) / 4, 1);
    const row =
      '<td>2</td><td>8</td><td>5, reduce</td><td>c(k−1) → 1</td><td>sep conv 3×3</td><td>0.250</td>';
    expect(page).toContain(row);
    expect(drawAlphaHistory(darts(), records)).toContain('class="nd-mark"');
    expect(report()).not.toContain('class="nd-mark"');
    expect(report()).not.toContain('frozen');
  });

  it('draws accuracy against cost of a search under a budget, predicted beside measured', () => {
    const costs = [9, 7, 8];
    const limited = history(3).map((record, i) => ({
      ...record,
      validAccuracy: [50, 60, 55][i]!,
      validMetrics: { accuracy: [50, 60, 55][i]! },
      budget: [{ name: 'latency', unit: 'ms', limit: 8, expected: 9, predicted: costs[i]! }],
    }));
    const verdict = { name: 'latency', unit: 'ms', limit: 8, predicted: 7.5, decoded: 8.5 };
    const page = report({ history: limited, budget: [{ ...verdict, measured: 7.25, error: 0.125 }] });
    expect(page).toContain('limit 8 ms, in place of 8.5 ms; measured 7.25 ms ± 0.125');
    expect(page).toContain('Accuracy against cost');
    // The epoch that is both the cheapest and the best is all that none beats.
    expect(page).toContain('1 of 3 are beaten by none in both');
    expect(report()).not.toContain('Accuracy against cost');
    const svg = drawPareto([
      { name: 'one', history: limited },
      { name: 'two', history: limited.slice(0, 1) },
    ]);
    expect(count(svg, /<title>/g)).toBe(4);
    expect(svg).toContain('two, epoch 1: 9.000 ms, 50.00');
    expect(() => drawPareto([{ name: 'none', history: history(2) }])).toThrow(
      'drawPareto: the runs must tell what their epochs cost',
    );
    expect(() => drawPareto([])).toThrow('drawPareto');
    expect(() => drawPareto([{ name: 'one', history: limited }], { budget: 'size' })).toThrow("got 'size'");
  });

  it('shows the epoch that a policy went back to, and why', () => {
    const page = report({ decision: { stop: 'the eigenvalue rose', rollBackTo: 1 } });
    const { genotype } = epochRecord(1);
    const json = genotypeToJson(genotype).trimEnd().replaceAll('"', '&quot;');
    expect(page.includes(`>${json}</pre>`)).toBe(true);
    expect(page).toContain('3 of 5 epochs done. Stopped by its policy: the eigenvalue rose.');
    expect(page).toContain('after epoch 2.');
    expect(JSON.stringify(embedded(page))).toContain(JSON.stringify(genotype));
  });

  it('leaves skip connections out where the space has none', () => {
    const space = robustDarts('S4');
    const page = report({ space, history: history(2, space) });
    expect(Object.keys(embedded(page).charts)).not.toContain('skip-count');
    expect(page).not.toContain('Skip connections');
  });

  it('names the candidates of each edge in a space that differs edge by edge', () => {
    const space = robustDarts('S1');
    const page = report({ space, history: history(2, space) });
    const labels = (id: string) => {
      const [, svg] = new RegExp(`data-chart="${id}"(.*?)</svg>`, 's').exec(page)!;
      return [...svg!.matchAll(/data-label="([^"]+)"/g)].map(([, label]) => label);
    };
    expect(labels('normal-0')).toEqual(['skip', 'dil conv 3×3']);
    expect(labels('normal-13')).toEqual(['dil conv 3×3', 'dil conv 5×5']);
  });

  it('holds both cells, the genotype to copy and every setting', () => {
    const page = report({
      settings: {
        supernet: { channels: 4, noise: [{ on: ['skip_connect'], std: 0.2 }], clip: null },
        environment: { node: '20.0.0' },
      },
    });
    const { genotype } = epochRecord(2);
    const escaped = (text: string) => text.replaceAll('"', '&quot;');
    expect(page).toContain(`>${escaped(genotypeToJson(genotype).trimEnd())}</pre>`);
    expect(page).toContain(`>${escaped(genotypeToPython(genotype))}</pre>`);
    expect(page).toContain('<title>Normal and reduction cell</title>');
    const rows = [...page.matchAll(/<tr><th scope="row">(.*?)<\/th><td>(.*?)<\/td>/g)].map(
      ([, name, value]) => [name!.replaceAll('<wbr>', ''), value],
    );
    expect(rows).toEqual(
      expect.arrayContaining([
        ['channels', '4'],
        ['noise.on', 'skip_connect'],
        ['noise.std', '0.2'],
        ['clip', 'none'],
        ['node', '20.0.0'],
      ]),
    );
    expect(page).toContain('Written by noisydarts on 2020-01-02 03:04 UTC.');
  });

  it('says how far the run has got', () => {
    expect(report()).toContain('3 of 5 epochs done');
    expect(report({ epochs: 3 })).toContain('all 3 epochs done');
  });

  it('takes epochs that were not evaluated', () => {
    const records = history(2).map((record) => ({ ...record, validLoss: null, validAccuracy: null }));
    const page = report({ history: records });
    expect(embedded(page).charts.loss![1]).toEqual([null, null]);
    expect(page).toContain('<dd>–<small>not evaluated</small></dd>');
    expect(page).not.toContain('NaN');
  });

  it('is the same for the same run', () => {
    expect(report()).toBe(report());
  });
});

describe('drawAlphaHistory', () => {
  it('draws all edges inside its frame', () => {
    const svg = drawAlphaHistory(darts(), history(4));
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
    const origins = [...svg.matchAll(/<g transform="translate\((\d+) (\d+)\)"><title>/g)];
    expect(origins).toHaveLength(28);
    for (const [, x, y] of origins) {
      expect(Number(x) + 200).toBeLessThanOrEqual(width!);
      expect(Number(y) + 124).toBeLessThanOrEqual(height!);
    }
    expect(new Set(origins.map(([place]) => place)).size).toBe(28);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('marks the edges that survive', () => {
    expect(count(drawAlphaHistory(darts(), history(2)), /class="nd-label nd-kept"/g)).toBe(16);
  });
});

describe('a chart', () => {
  const chart = (values: (number | null)[], more: object = {}) =>
    chartBody({
      id: 'a',
      title: 'a',
      lines: [{ label: 'a', className: 'b', values }],
      epochs: 5,
      width: 200,
      height: 100,
      ...more,
    });
  const paths = (body: string) => [...body.matchAll(/ d="([^"]*)"/g)].map(([, d]) => d!);

  it('places values on straight scales', () => {
    const { body, left, right } = chart([0, 5, 10], { range: [0, 10] });
    const [line] = paths(body);
    const points = line!
      .slice(1)
      .split('L')
      .map((point) => point.split(',').map(Number));
    const [first, second, third] = points as [number, number][];
    expect(first![0]).toBeCloseTo(left, 1);
    expect(second![0]).toBeCloseTo(left + (right - left) / 4, 1);
    expect(third![1]).toBeLessThan(first![1]);
    expect(second![1]).toBeCloseTo((first![1] + third![1]) / 2, 1);
  });

  it('bridges epochs without a value', () => {
    const points = (values: (number | null)[]) =>
      paths(chart(values, { range: [0, 3] }).body)[0]!
        .slice(1)
        .split('L');
    const [first, , third, fourth] = points([1, 5, 2, 3]);
    expect(points([1, null, 2, 3, null])).toEqual([first, third, fourth]);
  });

  it('shows a run of one epoch as a dot', () => {
    const [, dot] = paths(chart([1], { epochs: 1 }).body);
    expect(dot).toMatch(/^M[\d.]+ [\d.]+h0$/);
  });

  it('has whole ticks for whole numbers', () => {
    const ticks = [...chart([0, 1], { range: [0, 2], whole: true }).body.matchAll(/nd-end"[^>]*>([^<]*)</g)];
    expect(ticks.map(([, text]) => text)).toEqual(['0', '1', '2']);
  });

  it('finds a range that is never empty', () => {
    const range = (values: (number | null)[]) => valueRange([{ label: '', className: '', values }]);
    expect(range([3, null, 1])).toEqual([1, 3]);
    expect(range([null])).toEqual([0, 1]);
    expect(range([0])).toEqual([-1, 1]);
    expect(range([2, 2])).toEqual([1, 3]);
  });
});
