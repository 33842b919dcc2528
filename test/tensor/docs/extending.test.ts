import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import * as noisydarts from 'noisydarts';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';

const page = readFileSync(new URL('../../../docs/extending.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);

const modules: Readonly<Record<string, unknown>> = { '@tensorflow/tfjs-core': tf, noisydarts };

/** A block as the body of a function that is given the modules. */
function body(code: string): string {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
  });
  return outputText
    .replace(/^import \* as (\w+) from '(.*?)';/gm, "const $1 = modules['$2'];")
    .replace(/^import (\{.*?\}) from '(.*?)';/gms, "const $1 = modules['$2'];")
    .replace(/^export \{\};$/gm, '');
}

/** What the comments behind a block's logs say it prints. */
const promised = (code: string) =>
  [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text!);

describe('docs/extending.md', () => {
  leavesNoTensors();

  it('shows a candidate, spaces and a strategy', () => {
    expect(blocks.map((code) => /define\w+|createMobileNetwork/.exec(code)?.[0])).toEqual([
      'defineCandidate',
      'defineSpace',
      'createMobileNetwork',
      'defineStrategy',
    ]);
  });

  it.each(blocks.map((code, i) => [i + 1, code] as const))('runs: block %i', async (_, code) => {
    expect(promised(code)).not.toEqual([]);
    const printed: string[] = [];
    const log = (...values: unknown[]) => {
      printed.push(values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' '));
    };
    const run = new Function('modules', 'console', `return (async () => {${body(code)}})();`);
    await run(modules, { log });
    expect(printed).toEqual(promised(code));
  });
});
