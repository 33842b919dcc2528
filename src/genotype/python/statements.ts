/** What a Python text says about genotypes in one place: a call of `Genotype`, or another name for one. */
export interface Statement {
  /** The variable that is assigned to, if any. */
  readonly name?: string;
  /** Of another name: the variable it stands for. */
  readonly alias?: string;
  /** Of a call: from its first character to behind its closing bracket. */
  readonly start: number;
  readonly end: number;
}

/** Comments, strings, brackets and names: all that matters to find where a call begins and ends. */
const PIECES =
  /#[^\n]*|'''[\s\S]*?'''|"""[\s\S]*?"""|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|[()[\]{}]|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(\s*\()?/g;

/** A variable, perhaps with the note of a type, and the sign of assignment, at the end of a text. */
const ASSIGNED = /([A-Za-z_]\w*)[ \t]*(?::[^=\n]{1,100})?=\s*$/;

/** `ONE = OTHER`, and nothing behind it but a comment. */
const ALIAS = /^[ \t]*([A-Za-z_]\w*)[ \t]*(?::[^=\n]{1,100})?=[ \t]*([A-Za-z_]\w*)[ \t\r]*(?:#[^\n]*)?$/gm;

/** Longest look back from a call for the variable it is assigned to. */
const LOOK_BACK = 300;

/** Finds the calls of `Genotype` in a Python text, and the other names given to variables, in order. */
export function statements(text: string): readonly Statement[] {
  const calls: Statement[] = [];
  let depth = 0;
  let open: { readonly start: number; readonly depth: number; readonly name: string | undefined } | undefined;
  for (const { 0: piece, 1: bracket, index } of text.matchAll(PIECES)) {
    const end = index + piece.length;
    if (bracket !== undefined || '([{'.includes(piece)) {
      const callee = piece
        .replace(/\s*\($/, '')
        .split('.')
        .at(-1);
      const before = text.slice(Math.max(0, index - LOOK_BACK), index);
      if (!open && callee === 'Genotype' && !/\b(?:class|def)\s+$/.test(before))
        open = { start: index, depth, name: ASSIGNED.exec(before)?.[1] };
      depth++;
    } else if (')]}'.includes(piece)) {
      depth--;
      if (open && depth === open.depth) {
        const { start, name } = open;
        calls.push({ start, end, ...(name === undefined ? {} : { name }) });
        open = undefined;
      }
    }
  }
  // One that is never closed: its reader says where.
  if (open) calls.push({ start: open.start, end: text.length });
  const aliases = [...text.matchAll(ALIAS)].map(
    ({ 1: name, 2: alias, index, 0: line }): Statement => ({
      name: name!,
      alias: alias!,
      start: index,
      end: index + line.length,
    }),
  );
  return [...calls, ...aliases].sort((a, b) => a.start - b.start);
}
