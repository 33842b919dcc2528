import { describe, expect, it } from 'vitest';
import type { LossLandscape } from '../../../src/analysis';
import { drawLandscape } from '../../../src/node';

/** The landscape of a loss that is a formula of both coordinates. */
function formula(loss: (x: number, y: number) => number | null, n = 5, radius = 1): LossLandscape {
  const coordinates = Array.from({ length: n }, (_, i) => radius * ((2 * i) / (n - 1) - 1));
  return {
    over: 'both',
    training: true,
    seed: 0,
    coordinates,
    centre: loss(0, 0) ?? 0,
    loss: coordinates.flatMap((y) => coordinates.map((x) => loss(x, y))),
  };
}

const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;
/** The corners of a band, as [x, y]. */
const corners = (svg: string, band: number) => {
  const [, land] = /<g class="nd-land"[^>]*>\n(.*?)\n<\/g>/s.exec(svg)!;
  const [, d] = /d="([^"]*)"/.exec(land!.split('\n')[band]!)!;
  return [...d!.matchAll(/([-\d.]+) ([-\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const);
};

describe('drawLandscape', () => {
  it('is one SVG text with a band for every level, and says what is lowest', () => {
    const svg = drawLandscape(
      formula((x, y) => 1 + x * x + y * y),
      { levels: 7 },
    );
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^>]*>\n<title>.*<\/title>/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    const [, land] = /<g class="nd-land"[^>]*>\n(.*?)\n<\/g>/s.exec(svg)!;
    expect(count(land!, /<path /g)).toBe(7);
    expect(svg).toContain('at the centre 1.000, least 1.000, greatest 3.000</title>');
    expect(svg).toContain('Loss around the weights and alphas, filter-normalised random directions');
  });

  it('draws the levels where they are: those of a slope along the first direction stand upright', () => {
    const svg = drawLandscape(
      formula((x) => 10 + x, 9),
      { levels: 4 },
    );
    const [, left, width] = /<clipPath id="nd-plane"><rect x="(\d+)" y="\d+" width="(\d+)"/.exec(svg)!;
    for (const band of [1, 2, 3]) {
      // The band begins a quarter of the frame further right each time, at every height inside the frame.
      const least = Math.min(...corners(svg, band).map(([x]) => x));
      expect(least).toBeCloseTo(Number(left) + (Number(width) * band) / 4, 0);
    }
  });

  it('has the second direction upwards', () => {
    const svg = drawLandscape(
      formula((_, y) => 10 + y, 9),
      { levels: 4 },
    );
    const [, top, height] = /<clipPath id="nd-plane"><rect x="\d+" y="(\d+)" width="\d+" height="(\d+)"/.exec(
      svg,
    )!;
    const lowest = Math.max(...corners(svg, 3).map(([, y]) => y));
    expect(lowest).toBeCloseTo(Number(top) + Number(height) / 4, 0);
  });

  it('spreads losses by their logarithm where they differ by more than a factor of ten', () => {
    const ticks = (svg: string) =>
      [...svg.matchAll(/class="nd-tick nd-start"[^>]*>([^<]*)</g)].map(([, text]) => text);
    expect(ticks(drawLandscape(formula((x) => 10 ** (2 + 2 * x))))).toEqual(
      expect.arrayContaining(['1', '10', '100', '1000', '10000']),
    );
    const even = ticks(drawLandscape(formula((x) => 3 + 2 * x))).map(Number);
    expect(new Set(even.slice(1).map((tick, i) => tick - even[i]!))).toEqual(new Set([0.5]));
  });

  it('draws what is not finite like the largest, and planes that are flat or below 0', () => {
    const holed = drawLandscape(formula((x, y) => (x > 0.9 && y > 0.9 ? null : 1 + x + y)));
    expect(holed).not.toMatch(/NaN|undefined|null/);
    for (const svg of [drawLandscape(formula(() => 2)), drawLandscape(formula(() => 0))])
      expect(svg).not.toMatch(/NaN|undefined/);
    expect(drawLandscape(formula((x) => x))).toContain('least -1.000');
  });

  it('lets no text out of its place', () => {
    expect(
      drawLandscape(
        formula((x) => x),
        { title: '</title><script>"&' },
      ),
    ).toContain('&lt;/title&gt;&lt;script&gt;&quot;&amp;');
  });

  it('refuses an unfinished landscape, and one without a finite loss', () => {
    const whole = formula((x) => x);
    expect(() => drawLandscape({ ...whole, loss: whole.loss.slice(0, 7) })).toThrow(
      new RangeError('drawLandscape: the landscape must have 25 points, got 7; finish it with resume'),
    );
    expect(() => drawLandscape(formula(() => null))).toThrow(
      'drawLandscape: the loss must be finite somewhere, got null; use a smaller radius',
    );
    expect(() => drawLandscape(whole, { levels: 1 })).toThrow(
      'drawLandscape: levels must be a whole number of at least 2, got 1; use 16',
    );
  });
});
