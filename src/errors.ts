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
export function checkOptions<O extends object>(fn: string, options: O, known: OptionKeys<O>): void {
  const names = Object.keys(known);
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw typeError(fn, 'the options must be an object', options, `pass { ${names.join(', ')} }`);
  }
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) {
    throw typeError(fn, 'there is no such option', unknown, `use ${names.join(', ') || 'none'}`);
  }
}
