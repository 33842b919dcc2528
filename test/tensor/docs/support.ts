/// <reference types="vite/client" />
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import * as tfLayers from '@tensorflow/tfjs-layers';
import * as noisydarts from 'noisydarts';
import ts from 'typescript';

/** Every room by the name of its entry. */
const rooms = Object.fromEntries(
  Object.entries(import.meta.glob<object>('../../../src/*/index.ts', { eager: true })).map(
    ([path, exports]) => [path.replace(/^.*\/src\/(\w+)\/index\.ts$/, 'noisydarts/$1'), exports],
  ),
);

/** The TypeScript blocks of a page in `docs`. */
export function blocksOf(page: string): string[] {
  const text = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);
}

/** What the comments behind a block's logs say it prints. */
export const promised = (code: string): string[] =>
  [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text!);

/** A block as the body of a function that is given the modules; backends are for the test to import. */
function body(code: string): string {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
  });
  return outputText
    .replace(/^import \* as (\w+) from '(.*?)';/gm, "const $1 = modules['$2'];")
    .replace(/^import (\{.*?\}) from '(.*?)';/gms, "const $1 = modules['$2'];")
    .replace(/^import '(.*?)';/gm, '')
    .replace(/^export \{\};$/gm, '');
}

/** Runs a block, and returns the lines it printed. */
export async function runBlock(
  code: string,
  /** Values that the block uses without declaring them. */
  given: Readonly<Record<string, unknown>> = {},
  /** Exports of the library to replace. */
  replaced: Readonly<Record<string, unknown>> = {},
): Promise<string[]> {
  const printed: string[] = [];
  const log = (...values: unknown[]) => {
    printed.push(values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' '));
  };
  const modules = {
    '@tensorflow/tfjs-core': tf,
    '@tensorflow/tfjs-layers': tfLayers,
    noisydarts: { ...noisydarts, ...replaced },
    ...rooms,
  };
  const run = new Function(
    'modules',
    'console',
    ...Object.keys(given),
    `return (async () => {${body(code)}})();`,
  );
  await run(modules, { log }, ...Object.values(given));
  return printed;
}
