/** Renders a received value for an error message: short, unambiguous, never a wall of numbers. */
export function show(value: unknown): string {
  if (typeof value === 'string') return value.length > 80 ? `'${value.slice(0, 77)}...'` : `'${value}'`;
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const items = Array.from(value as ArrayLike<unknown>);
    return items.length > 12
      ? `[${items.slice(0, 12).map(show).join(', ')}, ... ${items.length} in all]`
      : `[${items.map(show).join(', ')}]`;
  }
  if (value !== null && typeof value === 'object') {
    if ('dataId' in value) return `a tensor ${JSON.stringify((value as { shape?: unknown }).shape)}`;
    try {
      const text = JSON.stringify(value);
      return text.length > 120 ? `${text.slice(0, 117)}...` : text;
    } catch {
      return Object.prototype.toString.call(value);
    }
  }
  return String(value);
}

/** A `RangeError` that names the function, the fault, the value received and the remedy. */
export function rangeError(fn: string, fault: string, got: unknown, remedy: string): RangeError {
  return new RangeError(`${fn}: ${fault}, got ${show(got)}; ${remedy}`);
}

/** A `TypeError` that names the function, the fault, the value received and the remedy. */
export function typeError(fn: string, fault: string, got: unknown, remedy: string): TypeError {
  return new TypeError(`${fn}: ${fault}, got ${show(got)}; ${remedy}`);
}

/** Words for what a value has to be, its type, and which values of that type will do. Default all. */
type Kind = readonly [words: string, type: string, holds?: (value: never) => boolean];

/** What the value of an option may have to be. */
const kinds = {
  flag: ['true or false', 'boolean'],
  text: ['a text', 'string'],
  list: ['a list', 'object', (value: object) => Array.isArray(value)],
  function: ['a function', 'function'],
  object: ['an object', 'object', (value: object | null) => value !== null],
  finite: ['a finite number', 'number', (value: number) => Number.isFinite(value)],
  amount: ['a finite number of at least 0', 'number', (value: number) => value >= 0 && value < Infinity],
  positive: ['a finite number above 0', 'number', (value: number) => value > 0 && value < Infinity],
  limit: ['a number above 0', 'number', (value: number) => value > 0],
  rate: ['a number from 0 to below 1', 'number', (value: number) => value >= 0 && value < 1],
  share: ['a number from 0 to 1', 'number', (value: number) => value >= 0 && value <= 1],
  whole: [
    'a whole number of at least 0',
    'number',
    (value: number) => Number.isSafeInteger(value) && value >= 0,
  ],
  count: ['a positive integer', 'number', (value: number) => Number.isSafeInteger(value) && value > 0],
  seed: [
    'a finite number or a text',
    'number string',
    (value: number | string) => typeof value === 'string' || Number.isFinite(value),
  ],
} satisfies Record<string, Kind>;

/**
 * Of what kind the value of an option is: one of the table, a choice of texts, or a whole number from the first to the second;
 * true where its function sees to that.
 */
export type OptionKind =
  | keyof typeof kinds
  | readonly string[]
  | readonly [least: number, most: number]
  | true;

/** Every key of an options type: a table that lacks one, or has one too many, does not compile. */
export type OptionKeys<O extends object> = { readonly [K in keyof O]-?: OptionKind };

/**
 * Refuses what is no object of options, keys that mean nothing, which JavaScript would ignore in silence, and values of
 * another kind.
 *
 * @param known - All keys of the options, `{ rate: 'rate' } satisfies OptionKeys<DropPathOptions>`.
 * @param complete - Whether none may be left out.
 * @throws TypeError that names the function, the first unknown key and those there are, or what a value must be; RangeError
 * for a number that is too small or large, or none of the choices.
 */
export function checkOptions<O extends object>(
  fn: string,
  options: O,
  known: OptionKeys<O>,
  complete = false,
): O {
  const names = Object.keys(known);
  requireOptions(fn, options, `pass { ${names.join(', ')} }`);
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) {
    throw typeError(fn, 'there is no such option', unknown, `use ${names.join(', ') || 'none'}`);
  }
  requireKinds(fn, options, known, complete);
  return options;
}

/** Refuses values that are not of their kind; undefined is left alone unless they have to be `complete`. */
export function requireKinds(fn: string, values: object, known: object, complete = false): void {
  for (const [name, kind] of Object.entries(known)) {
    const value = (values as Readonly<Record<string, unknown>>)[name];
    if (complete || value !== undefined)
      requireKind(fn, name, value, kind as OptionKind, 'correct it or leave it out');
  }
}

/** Refuses a value that is not of its kind. */
export function requireKind(
  fn: string,
  name: string,
  value: unknown,
  kind: OptionKind,
  remedy = 'correct it',
): void {
  if (kind === true) return;
  const [words, type, holds = () => true]: Kind = typeof kind === 'string' ? kinds[kind] : oneOf(kind);
  const isType = type.includes(typeof value);
  if (isType && holds(value as never)) return;
  const error = isType && typeof value !== 'object' ? rangeError : typeError;
  throw error(fn, `${name} must be ${words}`, value, remedy);
}

/** A choice of texts, or a whole number within bounds. */
function oneOf(kind: readonly (string | number)[]): Kind {
  const [least, most] = kind as readonly number[];
  if (typeof least === 'number')
    return [
      `a whole number from ${least} to ${most}`,
      'number',
      (value: number) => Number.isInteger(value) && value >= least && value <= most!,
    ];
  const texts = kind.map((text) => `'${text}'`);
  const last = texts.pop();
  return [`${texts.join(', ')} or ${last}`, 'string', (value: string) => kind.includes(value)];
}

/** The options, unless they are no object. */
export function requireOptions<O extends object>(fn: string, options: O, remedy = 'pass an object'): O {
  if (options === null || typeof options !== 'object' || Array.isArray(options))
    throw typeError(fn, 'the options must be an object', options, remedy);
  return options;
}

/** Refuses what is no object, or lacks one of the members that are used of it. */
export function requireObject(
  fn: string,
  what: string,
  value: unknown,
  remedy: string,
  ...members: string[]
): void {
  const has = (member: string) => (value as Readonly<Record<string, unknown>>)[member] !== undefined;
  if (value === null || typeof value !== 'object' || !members.every(has))
    throw typeError(fn, `${what} must be an object with ${members.join(', ')}`, value, remedy);
}

/** Refuses what is no text. */
export function requireText(fn: string, what: string, value: unknown, remedy: string): void {
  requireKind(fn, what, value, 'text', remedy);
}

/** Refuses what is no array. */
export function requireList(fn: string, what: string, value: unknown, remedy: string): void {
  requireKind(fn, what, value, 'list', remedy);
}

/** Refuses what is no tensor, one that is disposed, or one of another rank. */
export function requireTensor(fn: string, what: string, value: unknown, rank?: number): void {
  const { shape, isDisposed } = Object(value) as { shape?: unknown; isDisposed?: boolean };
  if (isDisposed) throw typeError(fn, `${what} must not be disposed`, value, 'dispose of it later');
  if (!Array.isArray(shape) || (rank ?? shape.length) !== shape.length)
    throw typeError(
      fn,
      `${what} must be a tensor${rank === undefined ? '' : ` of rank ${rank}`}`,
      shape ?? value,
      'pass one',
    );
}

/** Refuses what is no list of tensors, or has one that is disposed; `null` only where gaps are allowed. */
export function requireTensors(fn: string, what: string, value: unknown, gaps = false): void {
  requireList(fn, what, value, 'pass a list of tensors');
  for (const [i, tensor] of (value as unknown[]).entries())
    if (tensor !== null || !gaps) requireTensor(fn, `${what}[${i}]`, tensor);
}
