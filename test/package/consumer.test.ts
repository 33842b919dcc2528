import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { packed } from './support/packed';
import { mustRun, root, run } from './support/run';

const strict = {
  target: 'ES2022',
  lib: ['ES2022', 'DOM'],
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
};
const resolutions = {
  NodeNext: { module: 'NodeNext', moduleResolution: 'NodeNext' },
  Bundler: { module: 'ESNext', moduleResolution: 'Bundler' },
};
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

let consumer: string;
beforeAll(() => {
  consumer = packed().consumer;
  mkdirSync(join(consumer, 'src'));
  copyFileSync(join(root, 'test', 'package', 'consumer', 'main.ts'), join(consumer, 'src', 'main.ts'));
  for (const [i, code] of readmeExamples().entries())
    writeFileSync(join(consumer, 'src', `readme-${i}.ts`), code);
  for (const [name, resolution] of Object.entries(resolutions)) {
    const compilerOptions = { ...strict, ...resolution, rootDir: 'src', outDir: `out-${name}` };
    writeFileSync(
      join(consumer, `tsconfig.${name}.json`),
      JSON.stringify({ compilerOptions, include: ['src'] }),
    );
  }
});

/** The examples of the README that stand on their own. */
function readmeExamples(): string[] {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code!);
  return blocks.filter((code) => /^import /m.test(code));
}

describe.each(Object.keys(resolutions))('a strict TypeScript project with %s', (name) => {
  it('compiles, and finds no fault in the library’s own types', () => {
    const { output } = run(
      process.execPath,
      [tsc, '-p', `tsconfig.${name}.json`, '--pretty', 'false'],
      consumer,
    );
    // tfjs 4.22's own declarations do not pass a check of libraries.
    const faults = output
      .split('\n')
      .filter((line) => /error TS/.test(line) && !/^node_modules\/@/.test(line));
    expect(faults).toEqual([]);
  });

  it.each(['cpu', 'wasm'])('runs on %s', (backend) => {
    const printed = mustRun(process.execPath, [join(`out-${name}`, 'main.js'), backend], consumer);
    expect(printed).toMatch(
      new RegExp(`^${backend}: loss \\d+\\.\\d+ -> \\d+\\.\\d+, (skip_connect|sep_conv_3x3)`, 'm'),
    );
  });
});

it('the first example of the README runs', () => {
  expect(readmeExamples().length).toBeGreaterThan(0);
  mustRun(process.execPath, [join('out-NodeNext', 'readme-0.js')], consumer);
});
