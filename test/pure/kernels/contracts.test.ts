import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const parsed = new Map<string, ts.SourceFile>();

/** What the compiler says of some files, and of what they import, after `edit`. */
function complaints(
  paths: readonly string[],
  edit: (path: string, text: string) => string = (_, text) => text,
) {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const read = host.readFile;
  host.readFile = (path) => {
    const text = read(path);
    return text === undefined ? text : edit(path, text);
  };
  host.getSourceFile = (path, language) => {
    const text = host.readFile(path);
    if (text === undefined) return undefined;
    const file = parsed.get(path);
    if (file?.text === text) return file;
    const fresh = ts.createSourceFile(path, text, language);
    parsed.set(path, fresh);
    return fresh;
  };
  const program = ts.createProgram(
    paths.map((path) => root + path),
    options,
    host,
  );
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => ({
    file: file?.fileName.replace(root, ''),
    text: ts.flattenDiagnosticMessageText(messageText, ' '),
  }));
}

it('a misspelt kernel, input or attribute of a fast body does not compile, nor does a table without a kind', () => {
  expect(complaints(['test/pure/kernels/contracts.ts'])).toEqual([]);
}, 180_000);

it('a new kind of fused term asks for its facts and for a body on every backend', () => {
  const found = complaints(['src/wasm/enable.ts', 'src/webgpu/enable.ts'], (path, text) =>
    path.endsWith('kernels/edge.ts')
      ? text.replace(
          "| { readonly kind: 'zero' };",
          "| { readonly kind: 'zero' } | { readonly kind: 'shift' };",
        )
      : text,
  );
  expect(new Set(found.map(({ file }) => file))).toEqual(
    new Set(['src/kernels/edge.ts', 'src/wasm/edge/terms.ts', 'src/webgpu/edge/layout.ts']),
  );
  for (const { text } of found) expect(text).toContain("'shift'");
}, 180_000);
