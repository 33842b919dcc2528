import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { publishedGenotype, publishedGenotypeNames } from '../../../src/catalogue';
import {
  drawCell,
  drawGenotype,
  drawNasBench201Cell,
  type Genotype,
  nasBench201FromString,
} from '../../../src/genotype';
import { type Box, type CellLayout, layoutCell, type Point } from '../../../src/genotype/drawing/layout';
import { operationLabel } from '../../../src/genotype/drawing/operations';
import { PASSING_GAP } from '../../../src/genotype/drawing/sizes';
import { genotypes, small } from './support';

const cellNames = ['normal', 'reduce'] as const;
const runs = { numRuns: 40 };

function layoutOf(genotype: Genotype, cell: 'normal' | 'reduce'): CellLayout {
  const edges = genotype[cell].map(([primitive, input]) => ({ primitive, input }));
  const nodes = Array.from({ length: edges.length / 2 }, (_, node) => edges.slice(2 * node, 2 * node + 2));
  return layoutCell({ inputs: ['k−2', 'k−1'], nodes, output: genotype[`${cell}Concat`] });
}

const published = publishedGenotypeNames.map((name) => publishedGenotype(name) as Genotype);
const anyLayout = fc
  .tuple(fc.oneof(genotypes, fc.constantFrom(...published)), fc.constantFrom(...cellNames))
  .map(([genotype, cell]) => layoutOf(genotype, cell));

const boxesOf = ({ states, output, edges }: CellLayout) => [
  ...states,
  output,
  ...edges.map(({ label }) => label),
];

const apart = (a: Box, b: Box, gap: number) =>
  Math.abs(a.x - b.x) >= (a.width + b.width) / 2 + gap ||
  Math.abs(a.y - b.y) >= (a.height + b.height) / 2 + gap;

/** Whether the rectangle between two points has no area in common with a box. */
const clear = (a: Point, b: Point, box: Box) => {
  const rectangle = {
    x: (a.x + b.x) / 2,
    y: (a.y + b.y) / 2,
    width: Math.abs(a.x - b.x) - 1e-6,
    height: Math.abs(a.y - b.y) - 1e-6,
  };
  return apart(rectangle, box, 0);
};

const linesOf = ({ edges, trunks }: CellLayout) => [...trunks, ...edges.map(({ line }) => line)];

/** The pieces of all lines: level runs, and curves, which stay within the rectangle of their ends. */
const piecesOf = (layout: CellLayout) => [
  ...linesOf(layout).flatMap(({ from, runs, to }) => {
    const points = [from, ...runs.flatMap(({ start, end }) => [start, end]), ...(to ? [to] : [])];
    return points.slice(1).map((point, i) => [points[i]!, point] as const);
  }),
  ...layout.edges.map(({ label, to }) => [{ x: label.x + label.width / 2, y: label.y }, to] as const),
];

describe('the layout of a cell', () => {
  it('keeps all boxes apart and inside', () => {
    fc.assert(
      fc.property(anyLayout, (layout) => {
        const boxes = boxesOf(layout);
        for (const [i, a] of boxes.entries()) {
          for (const b of boxes.slice(i + 1)) expect(apart(a, b, 6)).toBe(true);
          expect(a.x - a.width / 2).toBeGreaterThanOrEqual(-1e-6);
          expect(a.y - a.height / 2).toBeGreaterThanOrEqual(-1e-6);
          expect(a.x + a.width / 2).toBeLessThanOrEqual(layout.width + 1e-6);
          expect(a.y + a.height / 2).toBeLessThanOrEqual(layout.height + 1e-6);
        }
      }),
      runs,
    );
  });

  it('leads every line to the right and past all boxes', () => {
    fc.assert(
      fc.property(anyLayout, (layout) => {
        const boxes = boxesOf(layout);
        for (const [a, b] of piecesOf(layout)) {
          expect(b.x).toBeGreaterThan(a.x);
          for (const box of boxes) expect(clear(a, b, box)).toBe(true);
        }
      }),
      runs,
    );
  });

  it('keeps level lines at a distance from the boxes they pass', () => {
    fc.assert(
      fc.property(anyLayout, (layout) => {
        const boxes = boxesOf(layout);
        for (const { runs: level } of linesOf(layout)) {
          for (const { start, end } of level) {
            expect(end.y).toBe(start.y);
            const passed = boxes.filter(({ x }) => x > start.x && x < end.x);
            for (const { y, height } of passed) {
              expect(Math.abs(y - end.y) - height / 2).toBeGreaterThanOrEqual(PASSING_GAP - 1e-6);
            }
          }
        }
      }),
      runs,
    );
  });

  it('draws as a trunk what several edges share, and no more', () => {
    fc.assert(
      fc.property(anyLayout, ({ trunks, edges, forks }) => {
        const leaving = ({ x, y }: Point) =>
          edges.filter(({ line }) => line.from.x === x && line.from.y === y).length;
        for (const { runs: level, to } of trunks) {
          if (!to) expect(leaving(level.at(-1)!.end)).toBeGreaterThan(1);
        }
        const ends = trunks.flatMap((trunk) => trunk.runs.map(({ end }) => end));
        for (const fork of forks) expect(ends).toContainEqual(fork);
      }),
      runs,
    );
  });

  it('leads every edge from its state, or from a trunk of it, to its label and node', () => {
    fc.assert(
      fc.property(genotypes, (genotype) => {
        const layout = layoutOf(genotype, 'normal');
        const exit = (state: number) => {
          const { x, y, width } = layout.states[state]!;
          return { x: x + width / 2, y };
        };
        expect(layout.edges).toHaveLength(genotype.normal.length);
        for (const { node, edge, line, to } of layout.edges) {
          const [, input] = genotype.normal[2 * node + edge]!;
          const start = exit(input);
          const trunk = layout.trunks.find(({ from }) => from.x === start.x && from.y === start.y);
          const starts = [start, ...(trunk?.runs.map(({ end }) => end) ?? [])];
          expect(starts).toContainEqual(line.from);
          const box = layout.states[node + 2]!;
          expect(to).toEqual({ x: box.x - box.width / 2, y: box.y });
        }
        const joined = layout.trunks.filter((trunk) => trunk.to).map(({ from }) => from);
        expect(joined).toEqual([...genotype.normalConcat].sort((a, b) => a - b).map(exit));
      }),
      runs,
    );
  });

  it('needs no crossing where there is an order without one', () => {
    const chain: Genotype = {
      normal: [0, 1, 2, 1, 3, 1, 4, 1].map((input) => ['skip_connect', input] as const),
      normalConcat: [5],
      reduce: [
        ['skip_connect', 0],
        ['skip_connect', 1],
      ],
      reduceConcat: [2],
    };
    const layout = layoutOf(chain, 'normal');
    const passing = linesOf(layout).flatMap((line) => line.runs);
    expect(passing).toHaveLength(3);
    for (const { start, end } of passing) {
      const beside = layout.states.filter(({ x }) => x > start.x && x < end.x);
      expect(beside).toHaveLength(1);
      expect(end.y).toBeGreaterThan(beside[0]!.y);
    }
  });
});

describe('drawCell', () => {
  /** The elements of an SVG text, having checked that they are nested properly and all text is escaped. */
  function elements(svg: string): { name: string; attributes: string; text: string }[] {
    const found: { name: string; attributes: string; text: string }[] = [];
    const open: string[] = [];
    let rest = svg;
    while (rest.length > 0) {
      const [tag, close, name, attributes, empty, text] =
        /^<(\/?)(\w+)((?: [\w:-]+="[^"<>]*")*)(\/?)>([^<>]*)/.exec(rest) ??
        expect.fail(`not well-formed: ${rest.slice(0, 80)}`);
      if (close) expect(open.pop()).toBe(name);
      else {
        if (!empty) open.push(name!);
        found.push({ name: name!, attributes: attributes!, text: text!.trim() });
      }
      expect(text).not.toMatch(/&(?!amp;|lt;|gt;|quot;)/);
      rest = rest.slice(tag!.length);
    }
    expect(open).toEqual([]);
    return found;
  }

  const labels = (svg: string) =>
    elements(svg).filter(({ name, text }) => name === 'text' && text !== '' && !/^(c|\d)$/.test(text));

  it('is well-formed and names every operation of the cell', () => {
    fc.assert(
      fc.property(
        fc.oneof(genotypes, fc.constantFrom(...published)),
        fc.constantFrom(...cellNames),
        (genotype, cell) => {
          const drawn = elements(drawCell(genotype, cell, { title: '' })).filter(
            ({ name }) => name === 'title',
          );
          expect(
            drawn
              .slice(1)
              .map(({ text }) => text.split(' ')[0])
              .sort(),
          ).toEqual(genotype[cell].map(([primitive]) => primitive).sort());
        },
      ),
      runs,
    );
  });

  it('writes operations as people do', () => {
    expect(operationLabel('sep_conv_3x3')).toBe('sep conv 3×3');
    expect(operationLabel('conv_7x1_1x7')).toBe('conv 7×1 1×7');
    expect(operationLabel('skip_connect')).toBe('skip');
    expect(labels(drawCell(small, 'reduce')).map(({ text }) => text)).toEqual([
      'Reduction cell',
      'max pool 3×3',
      'max pool 3×3',
    ]);
  });

  it('is the same text every time', () => {
    for (const name of ['noisy_darts_a', 'NASNet', 'AmoebaNet'] as const) {
      const genotype = publishedGenotype(name);
      expect(drawCell(genotype, 'normal')).toBe(drawCell(structuredClone(genotype), 'normal'));
    }
  });

  it('says in words what it shows', () => {
    const found = elements(drawCell(small, 'normal', { title: 'Mine & <yours>' }));
    expect(found.find(({ name }) => name === 'title')!.text).toBe('Mine &amp; &lt;yours&gt;');
    expect(found.find(({ name }) => name === 'desc')!.text).toBe(
      'Node 0 is the sum of sep conv 3×3 of c_{k−1} and skip of c_{k−2}. ' +
        'Node 1 is the sum of max pool 3×3 of c_{k−2} and dil conv 5×5 of node 0. ' +
        'The output c_{k} concatenates node 0, node 1.',
    );
    expect(found[0]!.attributes).toContain('role="img"');
  });

  it('follows the reader, or one theme for good', () => {
    expect(drawCell(small, 'normal')).toContain('@media (prefers-color-scheme:dark)');
    for (const theme of ['light', 'dark'] as const) {
      const svg = drawCell(small, 'normal', { theme });
      expect(svg).not.toContain('prefers-color-scheme');
      expect(svg).toContain(`class="nd-${theme}"`);
    }
    expect(drawCell(small, 'normal', { theme: 'light' })).not.toBe(
      drawCell(small, 'normal', { theme: 'dark' }),
    );
    expect(() => drawCell(small, 'normal', { theme: 'blue' as 'dark' })).toThrow(
      new RangeError(
        "drawCell: theme must be 'auto', 'light' or 'dark', got 'blue'; leave it out for 'auto'",
      ),
    );
  });

  it('draws heavier edges broader and shows their weight', () => {
    const weights = [0.3, 0.1, 0.2, 0.15];
    const svg = drawCell(small, 'normal', { weights });
    const widths = small.normal.map(([primitive], i) => {
      const tip = `<title>${primitive} from [^<]*, weight ${weights[i]!.toFixed(2)}</title>`;
      return Number(new RegExp(`${tip}\\s*<path stroke-width="([\\d.]+)"`).exec(svg)?.[1]);
    });
    const byWeight = widths
      .map((width, i) => ({ width, weight: weights[i]! }))
      .sort((a, b) => a.weight - b.weight);
    for (const [i, { width }] of byWeight.entries())
      if (i > 0) expect(width).toBeGreaterThan(byWeight[i - 1]!.width);
  });

  it('leaves out an empty title', () => {
    expect(drawCell(small, 'normal', { title: '' })).not.toContain('nd-title"');
    expect(drawCell(small, 'normal')).toContain('nd-title"');
  });

  it('refuses what it cannot draw', () => {
    expect(() => drawCell(small, 'reduction' as 'reduce')).toThrow(
      new TypeError("drawCell: the cell must be 'normal' or 'reduce', got 'reduction'; name one of the two"),
    );
    expect(() => drawCell(small, 'normal', { weights: [1] })).toThrow(
      new RangeError('drawCell: the normal cell needs 4 weights, got 1; pass one for each edge'),
    );
    expect(() => drawCell(small, 'reduce', { weights: [0.5, 2] })).toThrow(
      new RangeError(
        'drawCell: weight 1 of the reduce cell must be between 0 and 1, got 2; pass softmax weights',
      ),
    );
    expect(() => drawCell({ ...small, reduceConcat: [] }, 'normal')).toThrow(
      'drawCell: reduceConcat must list',
    );
  });

  it('draws both cells, one below the other or side by side', () => {
    const size = (svg: string) =>
      /width="(\d+)" height="(\d+)"/.exec(svg)!.slice(1).map(Number) as [number, number];
    const cells = cellNames.map((cell) => size(drawCell(small, cell)));
    const column = size(drawGenotype(small));
    const row = size(drawGenotype(small, { direction: 'row' }));
    expect(column[0]).toBe(Math.max(cells[0]![0], cells[1]![0]));
    expect(column[1]).toBeGreaterThan(cells[0]![1]);
    expect(row[1]).toBe(Math.max(cells[0]![1], cells[1]![1]));
    expect(row[0]).toBeGreaterThan(cells[0]![0]);
    expect(labels(drawGenotype(small, { title: 'Mine' })).map(({ text }) => text)).toEqual(
      expect.arrayContaining(['Mine, normal cell', 'Mine, reduction cell', 'dil conv 5×5']),
    );
    expect(drawGenotype(small, { weights: { normal: [1, 1, 1, 1], reduce: [1, 0.5] } })).toContain(
      'weight 0.50',
    );
  });

  it('draws cells of NAS-Bench-201 without their absent edges', () => {
    const cell = nasBench201FromString(
      '|nor_conv_3x3~0|+|none~0|none~1|+|none~0|skip_connect~1|avg_pool_3x3~2|',
    );
    const svg = drawNasBench201Cell(cell, { title: '' });
    expect(
      labels(svg)
        .map(({ text }) => text)
        .sort(),
    ).toEqual(['avg pool 3×3', 'nor conv 3×3', 'skip']);
    expect(svg).toContain('Node 1 is zero. Node 2 is the sum of skip of node 0 and avg pool 3×3 of node 1.');
    expect(svg).toContain('The output c_{k} is node 2.');
    expect(() => drawNasBench201Cell(cell.slice(1))).toThrow(
      'drawNasBench201Cell: a cell of nas-bench-201 must have 3 nodes, got 2',
    );
  });
});
