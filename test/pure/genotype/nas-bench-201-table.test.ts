import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nasBench201FromString, nasBench201Table } from '../../../src/genotype';
import { readNasBench201Table } from '../../../src/node';

/** A cell with one operation on every edge. */
const all = (op: string) => `|${op}~0|+|${op}~0|${op}~1|+|${op}~0|${op}~1|${op}~2|`;
const cell = (op: string) => nasBench201FromString(all(op));
const lines = [
  'index,arch,test,cost',
  `0,${all('none')},10.0,1`,
  `1,${all('skip_connect')},54.3,2`,
  `2,${all('nor_conv_1x1')},80,3`,
  `3,${all('nor_conv_3x3')},93.5,40`,
  '',
  `4,${all('avg_pool_3x3')},54.3,5`,
];

describe('nasBench201Table', () => {
  it('gives value, rank and percentile of a cell', async () => {
    const table = await nasBench201Table(lines, { columns: ['test'] });
    expect(table.size).toBe(5);
    expect(table.lookup(cell('nor_conv_3x3'), 'test')).toEqual({ value: 93.5, rank: 1, percentile: 100 });
    expect(table.lookup(cell('nor_conv_1x1'), 'test')).toEqual({ value: 80, rank: 2, percentile: 80 });
    // Two cells of one number share the better rank.
    const shared = { value: 54.3, rank: 3, percentile: 60 };
    expect(table.lookup(cell('skip_connect'), 'test')).toEqual(shared);
    expect(table.lookup(cell('avg_pool_3x3'), 'test')).toEqual(shared);
    expect(table.lookup(cell('none'), 'test')).toEqual({ value: 10, rank: 5, percentile: 20 });
  });

  it('keeps the asked columns, whatever the others hold', async () => {
    const broken = lines.map((line) => line.replace(/,[^,]*$/, (end) => (end === ',cost' ? end : ',?')));
    const table = await nasBench201Table(broken, { columns: ['test'] });
    expect(table.columns).toEqual(['test']);
    expect(() => table.lookup(cell('none'), 'cost' as 'test')).toThrow(
      "lookup: the column must be one of test, got 'cost'; keep it",
    );
  });

  it.each([
    [
      'a missing column',
      ['index,arch,valid', ...lines.slice(1)],
      /line 1: there must be a column 'test', got/,
    ],
    ['no cells', lines.slice(0, 1), /line 1: there must be cells below the first line, got 0/],
    ['a line that breaks off', [...lines.slice(0, 3), '2,|nor'], /line 4: there must be 4 fields .*, got 2/],
    ['a cell that is none', [lines[0]!, '0,|skip~0|,1,1'], /line 2: .*nodes/],
    ['a cell twice', [...lines, lines[1]!], /line 8: every cell comes once, got '\|none~0\|/],
    ['no number', [lines[0]!, `0,${all('none')},n/a,1`], /line 2: 'test' must be a number, got 'n\/a'/],
    ['an empty field', [lines[0]!, `0,${all('none')},,1`], /line 2: 'test' must be a number, got ''/],
  ])('refuses %s', async (_, text, message) => {
    const reading = nasBench201Table(text, { columns: ['test'], source: 'mine.csv' });
    await expect(reading).rejects.toThrow(message);
    await expect(nasBench201Table(text, { columns: ['test'], source: 'mine.csv' })).rejects.toThrow(
      /^nasBench201Table: mine.csv, /,
    );
  });

  it('passes over a byte order mark, and refuses lines without end and a text for lines', async () => {
    const marked = [
      `\uFEFF${lines[0]!.replace('index,', '')}`,
      ...lines.slice(1).map((line) => line.replace(/^\d,/, '')),
    ];
    expect((await nasBench201Table(marked, { columns: ['test'] })).size).toBe(5);
    await expect(nasBench201Table([','.repeat(2 ** 20)], { columns: ['test'] })).rejects.toThrow(
      'nasBench201Table: the table, line 1: a line has at most 65536 characters, got 1048576',
    );
    const endless = (function* () {
      for (;;) yield '';
    })();
    await expect(nasBench201Table(endless, { columns: ['test'] })).rejects.toThrow(
      'line 156251: a table has at most 156250 lines',
    );
    await expect(nasBench201Table(lines.join('\n'), { columns: ['test'] })).rejects.toThrow(
      'nasBench201Table: the lines must come one by one',
    );
    await expect(nasBench201Table(lines, { column: ['test'] } as never)).rejects.toThrow(
      "no such option, got 'column'",
    );
  });

  it('refuses a cell that the table lacks', async () => {
    const table = await nasBench201Table(lines.slice(0, 2), { columns: ['test'] });
    expect(() => table.lookup(cell('skip_connect'), 'test')).toThrow(
      /^lookup: the cell must be in the table/,
    );
  });
});

describe('readNasBench201Table', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'noisydarts-table-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('reads plain and compressed files', async () => {
    const [plain, packed] = [join(folder, 'a.csv'), join(folder, 'a.csv.gz')];
    writeFileSync(plain, lines.join('\r\n'));
    writeFileSync(packed, gzipSync(lines.join('\n')));
    for (const path of [plain, packed]) {
      const table = await readNasBench201Table(path, ['cost', 'test']);
      expect(table.lookup(cell('nor_conv_3x3'), 'cost').value).toBe(40);
    }
  });

  it('reads a file with a byte order mark and any ends of lines', async () => {
    const path = join(folder, 'marked.csv');
    for (const end of ['\n', '\r\n', '\r']) {
      writeFileSync(path, `\uFEFF${lines.join(end).replace('index', 'Index')}`);
      expect((await readNasBench201Table(path, ['cost'])).size).toBe(5);
    }
    writeFileSync(path, `\uFEFF${lines.map((line) => line.replace(/^[^,]*,/, '')).join('\n')}`);
    expect((await readNasBench201Table(path, ['cost'])).size).toBe(5);
  });

  it('refuses a line without end before it is read, compressed or not', async () => {
    const path = join(folder, 'long.csv.gz');
    // Several members unpack to one text of 600 MB.
    const member = gzipSync(Buffer.alloc(60_000_000, ','));
    writeFileSync(path, Buffer.concat(Array.from({ length: 10 }, () => member)));
    await expect(readNasBench201Table(path, ['test'])).rejects.toThrow(
      new RegExp(`^nasBench201Table: ${path}, line 1: a line has at most 65536 characters, got \\d{5,6};`),
    );
  });

  it('names a file that is missing, cut off, or not compressed', async () => {
    const cut = join(folder, 'cut.csv.gz');
    writeFileSync(cut, gzipSync(lines.join('\n')).subarray(0, 60));
    const plain = join(folder, 'plain.csv.gz');
    writeFileSync(plain, lines.join('\n'));
    for (const path of [join(folder, 'none.csv'), cut, plain]) {
      await expect(readNasBench201Table(path, ['test'])).rejects.toThrow(
        `readNasBench201Table: '${path}' cannot be read, got `,
      );
    }
  });

  const real = fileURLToPath(new URL('../../../../shared/data/nb201/nb201.csv.gz', import.meta.url));
  const missing = existsSync(real) ? '' : ': SKIPPED, the table is not there';
  it.skipIf(missing !== '')(`knows the benchmark's landmarks${missing}`, async () => {
    const columns = ['c10_test', 'c100_test', 'in16_test'] as const;
    const table = await readNasBench201Table(real, columns);
    expect(table.size).toBe(15_625);
    const skips = columns.map((column) => table.lookup(cell('skip_connect'), column).value.toFixed(2));
    expect(skips).toEqual(['54.30', '15.61', '16.32']);
    const best =
      '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|';
    expect(table.lookup(nasBench201FromString(best), 'c100_test')).toMatchObject({
      rank: 1,
      percentile: 100,
    });
  });
});
