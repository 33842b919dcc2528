import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'examples/browser/README.md',
];

/** What the blocks of a page, or its n-th one, use without declaring it: what the reader has by then. */
const given: Readonly<Record<string, string>> = {
  'docs/analysis.md': `
    declare const supernet: import('noisydarts').Supernet;
    declare const train: import('noisydarts').ImageDataset;
    declare const valid: import('noisydarts').ImageDataset;`,
  'docs/devices.md.2': `
    declare const space: ReturnType<typeof import('noisydarts').nasBench201>;
    declare const sizes: { channels: 4; cells: 1; classes: 2; inputShape: [6, 6, 1] };
    declare const table: import('noisydarts/costs').CostTable & { space: typeof space };`,
  'docs/extending.md.2': `
    declare const conv5x5: import('noisydarts').Candidate<'conv_5x5'>;`,
  'docs/performance.md': `
    declare const supernet: import('noisydarts').Supernet;
    declare const network: import('@tensorflow/tfjs-layers').LayersModel;
    declare const train: import('noisydarts').ImageDataset;
    declare const valid: import('noisydarts').ImageDataset;
    declare const test: import('noisydarts').ImageDataset;`,
};

/** The TypeScript blocks of all pages by a file name of their own, each a module. */
const blocks = new Map(
  pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/^```(?:ts|typescript)\n(.*?)^```$/gms)].map(
      ([, code], i): [string, string] => [
        join(root, `${page}.${i + 1}.ts`),
        `${code}export {};${given[`${page}.${i + 1}`] ?? given[page] ?? ''}\n`,
      ],
    ),
  ),
);

/** What the compiler says of modules that exist in memory only, compiled as the repository is. */
function faults(modules: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
  // A block may name what the next one of its page uses, and needs no ! to be read.
  const loose = { noUnusedLocals: false, noUnusedParameters: false, noUncheckedIndexedAccess: false };
  const host = ts.createCompilerHost({ ...options, ...loose });
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => modules.has(file) || fileExists(file);
  host.readFile = (file) => modules.get(file) ?? readFile(file);
  host.getSourceFile = (file, ...rest) =>
    modules.has(file)
      ? ts.createSourceFile(file, modules.get(file)!, ts.ScriptTarget.ES2022)
      : getSourceFile(file, ...rest);
  const program = ts.createProgram([...modules.keys()], { ...options, ...loose }, host);
  return [...modules.keys()].flatMap((file) => {
    const source = program.getSourceFile(file)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ start = 0, messageText }) => {
        const { line } = source.getLineAndCharacterOfPosition(start);
        return `${file.slice(root.length)}:${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
      },
    );
  });
}

describe('the TypeScript in the pages', () => {
  it('is there', () => {
    expect(pages.filter((page) => !existsSync(join(root, page)))).toEqual([]);
    const withCode = pages.filter((page) => blocks.has(join(root, `${page}.1.ts`)));
    expect(withCode).toEqual(expect.arrayContaining(['README.md', 'docs/extending.md', 'docs/backends.md']));
  });

  it('compiles under --strict, and a block that does not would be told of', () => {
    const wrong = join(root, 'docs/wrong.md.1.ts');
    const code = `import { darts } from 'noisydarts';\nconst name: number = darts().name;\n`;
    expect(faults(new Map([...blocks, [wrong, code]]))).toEqual([
      "docs/wrong.md.1.ts:2: Type 'string' is not assignable to type 'number'.",
    ]);
  });
});
