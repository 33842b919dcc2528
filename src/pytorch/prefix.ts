/** What PyTorch's wrappers (DataParallel, `torch.compile`, Lightning and modules of one's own) put before every name. */
const WRAPPERS = /^(?:(?:_orig_mod|module|model|net|network|backbone|state_dict)\.)+/;

/**
 * Takes off the names the prefix by which most of them match.
 *
 * @returns The names as they are wanted, by the names given; the same ones where none of the usual prefixes makes more match.
 */
export function unwrapped(names: readonly string[], wanted: ReadonlySet<string>): Map<string, string> {
  const prefixes = new Set(['']);
  for (const name of names) {
    let prefix = WRAPPERS.exec(name)?.[0] ?? '';
    for (; prefix !== ''; prefix = prefix.slice(0, prefix.lastIndexOf('.', prefix.length - 2) + 1))
      prefixes.add(prefix);
  }
  const matches = (prefix: string) =>
    names.filter((name) => name.startsWith(prefix) && wanted.has(name.slice(prefix.length))).length;
  const [best] = [...prefixes]
    .map((prefix) => ({ prefix, count: matches(prefix) }))
    .reduce(([a], b) => [b.count > a!.count ? b : a!], [{ prefix: '', count: matches('') }]);
  const all = new Set(names);
  return new Map(
    names.map((name) => {
      const rest = name.startsWith(best!.prefix) ? name.slice(best!.prefix.length) : name;
      return [name, rest === name || !all.has(rest) ? rest : name];
    }),
  );
}
