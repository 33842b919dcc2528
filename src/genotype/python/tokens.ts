import { rangeError, typeError } from '../../errors';

/** A piece of Python text and where it starts. */
export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'mark' | 'end';
  /** As written; of a string, what stands between the quotes. */
  readonly text: string;
  /** Offset in characters from the start of the whole text. */
  readonly at: number;
}

const BLANK = /(?:\s|#[^\n]*|\\\r?\n)+/y;
const PIECES = [
  ['string', /[uU]?(?:'([^'\\\n]*)'|"([^"\\\n]*)")/y],
  ['name', /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/y],
  ['number', /-?\d+(?![\w.])/y],
  ['mark', /[()[\],=]/y],
] as const;

/** A `SyntaxError` that says what is wrong and at which line and column of the text. */
export function syntaxError(
  fn: string,
  fault: string,
  text: string,
  at: number,
  remedy: string,
): SyntaxError {
  const before = text.slice(0, at).split('\n');
  const got = at >= text.length ? 'the end of the text' : `'${text.slice(at, at + 20).split('\n')[0]}'`;
  const several = fn === 'genotypeFromPython' && text.split('Genotype(').length > 2;
  return new SyntaxError(
    `${fn}: ${fault} at line ${before.length}, column ${before.at(-1)!.length + 1}, got ${got}; ${several ? 'read several by genotypesFromPython()' : remedy}`,
  );
}

/** Characters of the longest text: hundreds of genotypes. */
const LONGEST_TEXT = 1_000_000;

/** Refuses what is no text, or one far longer than genotypes are. */
export function checkText(
  fn: string,
  text: unknown,
  remedy: string,
  what = 'genotype',
): asserts text is string {
  if (typeof text !== 'string') throw typeError(fn, `the ${what} must be text`, text, remedy);
  if (text.length > LONGEST_TEXT) {
    const fault = `the text must have at most ${LONGEST_TEXT} characters`;
    throw rangeError(fn, fault, text.length, `pass the ${what} alone`);
  }
}

/** Splits Python text into names, whole numbers, plain strings and punctuation; the last token marks the end. */
export function tokenize(fn: string, text: string, start = 0, end = text.length): readonly Token[] {
  const tokens: Token[] = [];
  const match = (pattern: RegExp, at: number) => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  let at = start + (match(BLANK, start)?.[0].length ?? 0);
  while (at < end) {
    const found = PIECES.map(([kind, pattern]) => ({ kind, hit: match(pattern, at) })).find(({ hit }) => hit);
    if (!found?.hit) {
      const remedy = 'use names, whole numbers, lists, tuples, range() and strings without escapes';
      throw syntaxError(fn, 'this cannot stand in a genotype', text, at, remedy);
    }
    const { kind, hit } = found;
    tokens.push({ kind, text: hit[1] ?? hit[2] ?? hit[0], at });
    at += hit[0].length;
    at += match(BLANK, at)?.[0].length ?? 0;
  }
  tokens.push({ kind: 'end', text: '', at: end });
  return tokens;
}
