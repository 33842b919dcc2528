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

/** Every key of an options type: a table that lacks one, or has one too many, does not compile. */
export type OptionKeys<O extends object> = { readonly [K in keyof O]-?: true };

/**
 * Refuses what is no object of options, and keys that mean nothing, which JavaScript would ignore in silence.
 *
 * @param known - All keys of the options, `{ rate: true } satisfies OptionKeys<DropPathOptions>`.
 * @throws TypeError that names the function, the first unknown key and those there are.
 */
export function checkOptions<O extends object>(fn: string, options: O, known: OptionKeys<O>): O {
  const names = Object.keys(known);
  requireOptions(fn, options, `pass { ${names.join(', ')} }`);
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) {
    throw typeError(fn, 'there is no such option', unknown, `use ${names.join(', ') || 'none'}`);
  }
  return options;
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
  if (typeof value !== 'string') throw typeError(fn, `${what} must be a text`, value, remedy);
}

/** Refuses what is no array. */
export function requireList(fn: string, what: string, value: unknown, remedy: string): void {
  if (!Array.isArray(value)) throw typeError(fn, `${what} must be a list`, value, remedy);
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
