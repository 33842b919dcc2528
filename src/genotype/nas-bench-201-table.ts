import { checkOptions, type OptionKeys, rangeError, typeError } from '../errors';
import { type NasBench201Primitive, nasBench201 } from '../spaces';
import { checkCell, nasBench201FromString } from './nas-bench-201';
import type { NasBench201Cell } from './types';

/** Options of {@link nasBench201Table}. */
export interface NasBench201TableOptions<C extends string = string> {
  /** The columns to keep; the others are not read. */
  readonly columns: readonly C[];
  /** Where the text comes from, for error messages. Default `the table`. */
  readonly source?: string;
}

const KEYS = { columns: true, source: true } satisfies OptionKeys<NasBench201TableOptions>;

/** What a table says of one cell in one column. */
export interface NasBench201Entry {
  /** The column's number: an accuracy in percent, a cost. */
  readonly value: number;
  /** 1 for the largest number of the column; cells of one number share the better rank. */
  readonly rank: number;
  /** Share of the table's cells whose number is at most this one, percent: 100 for the best. */
  readonly percentile: number;
}

/** Measured results of NAS-Bench-201's cells. */
export interface NasBench201Table<C extends string = string> {
  readonly columns: readonly C[];
  /** Cells in the table. */
  readonly size: number;
  /**
   * What the table says of a cell. It goes by the cell's text, as the benchmark does: cells that compute the same by
   * other edges have rows and numbers of their own.
   *
   * @throws RangeError if the cell is not of the space or not in the table, or the column was not kept.
   */
  lookup(cell: NasBench201Cell, column: C): NasBench201Entry;
}

const { primitives } = nasBench201();
const EDGES = 6;
const CELLS = primitives.length ** EDGES;
/** Characters of a line; a table has some dozens of columns. */
export const LONGEST_LINE = 2 ** 16;
/** Lines of a table, the empty ones among them. */
const MOST_LINES = 10 * CELLS;

/** A number on [0, 5^6) for a cell: its operations as the digits. */
function codeOf(cell: NasBench201Cell): number {
  return cell
    .flat()
    .reduce((code, [op]) => code * primitives.length + primitives.indexOf(op as NasBench201Primitive), 0);
}

/**
 * Reads a table of results for the cells of NAS-Bench-201, line by line: comma-separated values without quotes, the names
 * of the columns first, the cell's text in the column `arch` (as `nasBench201ToString` writes it), one cell a line.
 *
 * Of each line only the asked columns are kept, 8 bytes a number.
 *
 * @param lines - The lines without their ends, as they come, of at most 65,536 characters; empty ones are passed over, and
 * so is a byte order mark.
 * @throws RangeError naming source and line if a column is missing, a line has another number of fields, a cell comes
 * twice or is none, or a field is no number.
 *
 * Source: Dong and Yang 2020, "NAS-Bench-201".
 */
export async function nasBench201Table<C extends string>(
  lines: AsyncIterable<string> | Iterable<string>,
  options: NasBench201TableOptions<C>,
): Promise<NasBench201Table<C>> {
  checkOptions('nasBench201Table', options, KEYS);
  const { columns, source = 'the table' } = options;
  if (typeof lines === 'string')
    throw typeError('nasBench201Table', 'the lines must come one by one', lines, "pass text.split('\\n')");
  if (!Array.isArray(columns))
    throw typeError('nasBench201Table', 'columns must be a list of names', columns, "pass ['name']");
  const fail = (line: number, fault: string, got: unknown) =>
    rangeError(
      'nasBench201Table',
      `${source}, line ${line}: ${fault}`,
      got,
      "see the format in the documentation of 'nasBench201Table'",
    );
  const values = columns.map(() => new Float64Array(CELLS).fill(Number.NaN));
  const seen = new Uint8Array(CELLS);
  let head: { readonly fields: number; readonly arch: number; readonly at: readonly number[] } | undefined;
  let number = 0;
  let size = 0;
  for await (const line of lines) {
    number++;
    if (number > MOST_LINES) throw fail(number, `a table has at most ${MOST_LINES} lines`, number);
    if (line.length > LONGEST_LINE)
      throw fail(number, `a line has at most ${LONGEST_LINE} characters`, line.length);
    if (line.trim() === '') continue;
    const fields = line.replace(/^\uFEFF/, '').split(',');
    if (!head) {
      const place = (name: string) => {
        const at = fields.indexOf(name);
        if (at < 0) throw fail(number, `there must be a column '${name}'`, fields);
        return at;
      };
      head = { fields: fields.length, arch: place('arch'), at: columns.map(place) };
      continue;
    }
    if (fields.length !== head.fields)
      throw fail(number, `there must be ${head.fields} fields as in the first line`, fields.length);
    const text = fields[head.arch]!;
    const code = codeAt(text, (fault) => fail(number, fault, text));
    if (seen[code]) throw fail(number, 'every cell comes once', text);
    seen[code] = 1;
    size++;
    for (const [i, at] of head.at.entries()) {
      const field = fields[at]!;
      const value = field.trim() === '' ? Number.NaN : Number(field);
      if (!Number.isFinite(value)) throw fail(number, `'${columns[i]}' must be a number`, field);
      values[i]![code] = value;
    }
  }
  if (size === 0) throw fail(number, 'there must be cells below the first line', size);
  // Sorted once a column, when it is first asked for.
  const sorted = columns.map((): Float64Array | undefined => undefined);
  const sortedColumn = (column: number) =>
    (sorted[column] ??= values[column]!.filter((_, code) => seen[code] === 1).sort());
  return {
    columns,
    size,
    lookup(cell, column) {
      const fn = 'lookup';
      const at = columns.indexOf(column);
      if (at < 0) throw rangeError(fn, `the column must be one of ${columns.join(', ')}`, column, 'keep it');
      const code = codeOf(checkCell(fn, cell, nasBench201()));
      if (!seen[code]) throw rangeError(fn, `the cell must be in ${source}`, cell, 'complete the table');
      const value = values[at]![code]!;
      const atMost = countAtMost(sortedColumn(at), value);
      return { value, rank: size - atMost + 1, percentile: (100 * atMost) / size };
    },
  };
}

function codeAt(text: string, fail: (fault: string) => Error): number {
  try {
    return codeOf(nasBench201FromString(text));
  } catch (error) {
    throw fail((error as Error).message);
  }
}

/** How many numbers of a sorted list are at most a value. */
function countAtMost(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
