/** An object of a fixture that notes which of its leaves are read. A leaf is a value that is no object, or a list of those. */
export interface Reads<F extends object> {
  readonly fixture: F;
  /** Places below which nothing was read, the widest ones: `'counts.published'`. */
  unread(): string[];
}

/** What only describes, in words. */
const WORDS = ['layout', 'note'];

const isLeaf = (value: unknown): boolean =>
  value === null ||
  typeof value !== 'object' ||
  (Array.isArray(value) && value.every((item) => item === null || typeof item !== 'object'));

/** Notes what is read of a fixture. */
export function noteReads<F extends object>(fixture: F): Reads<F> {
  const read = new WeakMap<object, Set<string>>();
  const wrapped = new WeakMap<object, object>();
  const wrap = (node: object): object => {
    const known = wrapped.get(node);
    if (known) return known;
    const keys = new Set<string>();
    read.set(node, keys);
    const proxy = new Proxy(node, {
      get(target, key, receiver) {
        const value = Reflect.get(target, key, receiver);
        if (typeof key !== 'string' || !Object.hasOwn(target, key)) return value;
        if (!isLeaf(value)) return wrap(value as object);
        keys.add(key);
        return value;
      },
    });
    wrapped.set(node, proxy);
    return proxy;
  };
  /** The places below a node where nothing was read; undefined if that is all of it. */
  const below = (node: object, path: string): string[] | undefined => {
    const entries = Object.entries(node).filter(([key]) => !WORDS.includes(key));
    const parts = entries.map(([key, value]) => {
      const place = joined(path, key);
      if (isLeaf(value)) return read.get(node)?.has(key) ? [] : [place];
      return below(value as object, place) ?? [place];
    });
    const nothing = entries.every(([key], i) => parts[i]!.length === 1 && parts[i]![0] === joined(path, key));
    return nothing && entries.length > 0 ? undefined : parts.flat();
  };
  return { fixture: wrap(fixture) as F, unread: () => below(fixture, '') ?? ['all of it'] };
}

const joined = (path: string, key: string) => (path === '' ? key : `${path}.${key}`);

/** The places that several readers all left unread. */
export function unreadByAll(lists: readonly (readonly string[])[]): string[] {
  const within = (inner: string, outer: string) => inner === outer || inner.startsWith(`${outer}.`);
  const [first = [], ...others] = lists;
  return others.reduce<readonly string[]>(
    (left, list) => [
      ...new Set(left.flatMap((a) => list.flatMap((b) => (within(a, b) ? [a] : within(b, a) ? [b] : [])))),
    ],
    first,
  ) as string[];
}

/** Places that differ in the numbers of list items only, as one: `cases.*.note (4)`. */
export function summary(places: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const place of places) {
    const shape = place.replace(/(^|\.)\d+(?=\.|$)/g, '$1*');
    counts.set(shape, (counts.get(shape) ?? 0) + 1);
  }
  return [...counts].map(([shape, count]) => (count > 1 ? `${shape} (${count})` : shape));
}
