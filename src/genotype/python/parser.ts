import { syntaxError, type Token, tokenize } from './tokens';

/** What the literals of a genotype evaluate to: tuples and ranges become arrays. */
export type PythonValue = string | number | readonly PythonValue[];

/** A genotype's text taken apart. */
export interface PythonGenotype {
  /** The variable it is assigned to, if any. */
  readonly name?: string;
  /** The keyword arguments of the call. */
  readonly fields: ReadonlyMap<string, PythonValue>;
}

const FIELDS = ['normal', 'normal_concat', 'reduce', 'reduce_concat'];

/** Bounds on what a text can make the reader do, far beyond any cell. */
const LONGEST_RANGE = 1000;
const DEEPEST_NESTING = 16;

/** Reads tokens one by one; grammar rules are methods. */
class Parser {
  readonly #fn: string;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(fn: string, text: string, start?: number, end?: number) {
    this.#fn = fn;
    this.#text = text;
    this.#tokens = tokenize(fn, text, start, end);
  }

  /** `[name =] [module.]Genotype(field=value, ...)` and nothing after it. */
  genotype(): PythonGenotype {
    let callee = this.#expect('name', 'expected Genotype(');
    let name: string | undefined;
    if (this.#accept('=')) {
      name = callee.text;
      callee = this.#expect('name', 'expected Genotype(');
    }
    if (callee.text.split('.').at(-1) !== 'Genotype') {
      throw this.#error('expected Genotype(', callee, 'write Genotype(normal=[...], ...)');
    }
    this.#require('(');
    const fields = this.#fields();
    const rest = this.#tokens[this.#next]!;
    if (rest.kind !== 'end') throw this.#error('expected the end', rest, 'pass one genotype at a time');
    return name === undefined ? { fields } : { name, fields };
  }

  #fields(): Map<string, PythonValue> {
    const fields = new Map<string, PythonValue>();
    while (!this.#accept(')')) {
      const key = this.#expect('name', `expected one of ${FIELDS.join(', ')}`);
      if (!FIELDS.includes(key.text)) {
        throw this.#error('this is no field of a genotype', key, `the fields are ${FIELDS.join(', ')}`);
      }
      if (fields.has(key.text)) throw this.#error('a field is given twice', key, 'give it once');
      this.#require('=');
      fields.set(key.text, this.#value());
      if (!this.#accept(',')) {
        this.#require(')');
        break;
      }
    }
    const missing = FIELDS.find((field) => !fields.has(field));
    if (missing !== undefined) {
      const last = this.#tokens[this.#next - 1]!;
      throw this.#error(`the field ${missing} is missing`, last, `give all of ${FIELDS.join(', ')}`);
    }
    return fields;
  }

  #value(): PythonValue {
    const token = this.#tokens[this.#next++]!;
    if (token.kind === 'string') return token.text;
    if (token.kind === 'number') return Number(token.text);
    if (token.kind === 'mark' && token.text === '[') return this.#items(']').values;
    if (token.kind === 'mark' && token.text === '(') {
      const { values, comma } = this.#items(')');
      // In Python (x) is x, and only (x,) is a tuple.
      return values.length === 1 && !comma ? values[0]! : values;
    }
    if (token.kind === 'name') return this.#call(token);
    throw this.#error(
      'expected a value',
      token,
      'write a list, a tuple, a string, a whole number or range()',
    );
  }

  /** `range(...)`, or `list(...)` and `tuple(...)` around a list of any kind. */
  #call(callee: Token): PythonValue {
    const remedy = 'only range(), list() and tuple() are read, nothing is evaluated';
    if (!['range', 'list', 'tuple'].includes(callee.text))
      throw this.#error('expected a value', callee, remedy);
    this.#require('(');
    const { values } = this.#items(')');
    if (callee.text === 'range') return this.#range(callee, values);
    const [only] = values;
    if (values.length !== 1 || !Array.isArray(only)) {
      throw this.#error(`${callee.text}() takes one list`, callee, 'write for example list(range(2, 6))');
    }
    return only;
  }

  #range(callee: Token, bounds: readonly PythonValue[]): readonly number[] {
    const whole = bounds.every((bound) => Number.isSafeInteger(bound));
    if (!whole || bounds.length < 1 || bounds.length > 3 || bounds[2] === 0) {
      throw this.#error('range() takes one to three whole numbers', callee, 'write for example range(2, 6)');
    }
    const [start, stop, step = 1] = (bounds.length === 1 ? [0, ...bounds] : bounds) as [
      number,
      number,
      number?,
    ];
    const length = Math.max(0, Math.ceil((stop - start) / step));
    if (length > LONGEST_RANGE) {
      throw this.#error('this range is too long for a cell', callee, 'write for example range(2, 6)');
    }
    return Array.from({ length }, (_, i) => start + i * step);
  }

  /** Values up to the closing mark, and whether a comma was among them. */
  #items(close: string): { readonly values: readonly PythonValue[]; readonly comma: boolean } {
    const values: PythonValue[] = [];
    let comma = false;
    if (++this.#depth > DEEPEST_NESTING) {
      throw this.#error(
        'this is nested too deeply',
        this.#tokens[this.#next - 1]!,
        'write a flat list of pairs',
      );
    }
    while (!this.#accept(close)) {
      values.push(this.#value());
      if (!this.#accept(',')) {
        this.#require(close);
        break;
      }
      comma = true;
    }
    this.#depth--;
    return { values, comma };
  }

  #accept(mark: string): boolean {
    const token = this.#tokens[this.#next]!;
    const hit = token.kind === 'mark' && token.text === mark;
    if (hit) this.#next++;
    return hit;
  }

  #require(mark: string): void {
    if (!this.#accept(mark))
      throw this.#error(`expected '${mark}'`, this.#tokens[this.#next]!, 'correct the text');
  }

  #expect(kind: Token['kind'], fault: string): Token {
    const token = this.#tokens[this.#next]!;
    if (token.kind !== kind) throw this.#error(fault, token, 'write Genotype(normal=[...], ...)');
    this.#next++;
    return token;
  }

  #error(fault: string, { at }: Token, remedy: string): SyntaxError {
    return syntaxError(this.#fn, fault, this.#text, at, remedy);
  }
}

/** Takes the Python text of a genotype, or the part from `start` to `end`, apart without evaluating any of it. */
export function parsePython(fn: string, text: string, start?: number, end?: number): PythonGenotype {
  return new Parser(fn, text, start, end).genotype();
}
