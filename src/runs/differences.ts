/** A value that two settings do not share. */
export interface Difference {
  /** Where: `augment.crop.padding`, `noise[3][0]`. */
  readonly path: string;
  readonly there: unknown;
  readonly here: unknown;
}

/** A layer's options travel as JSON text. */
function opened(value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('{')) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Where two values of plain JSON differ; the order of keys does not count. */
export function differences(there: unknown, here: unknown, path = ''): Difference[] {
  const [a, b] = [opened(there), opened(here)];
  if (!isGroup(a) || !isGroup(b) || Array.isArray(a) !== Array.isArray(b))
    return a === b ? [] : [{ path, there: a, here: b }];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    differences(a[key], b[key], Array.isArray(a) ? `${path}[${key}]` : path ? `${path}.${key}` : key),
  );
}

const MOST = 3;

/** Differences for people, the outermost few of them with both values in full. */
export function describeDifferences(found: readonly Difference[]): string {
  const text = (value: unknown) => (value === undefined ? 'missing' : JSON.stringify(value));
  const depth = ({ path }: Difference) => path.split(/[.[]/).length;
  const shown = [...found]
    .sort((a, b) => depth(a) - depth(b))
    .slice(0, MOST)
    .map(({ path, there, here }) => `${path} is ${text(there)} there and ${text(here)} here`);
  return [...shown, ...(found.length > MOST ? [`${found.length - MOST} more`] : [])].join(', ');
}
