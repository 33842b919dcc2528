import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { preProcessFile } from 'typescript';
import { describe, expect, it } from 'vitest';

/** The folders of `src`; each imports only from those before it. */
const rooms = [
  'random',
  'spaces',
  'kernels',
  'layers',
  'genotype',
  'catalogue',
  'strategies',
  'supernet',
  'optimizers',
  'architect',
  'analysis',
  'data',
  'runs',
  'verify',
  'search',
  'network',
  'pytorch',
  'wasm',
  'webgpu',
  'node',
];

const src = fileURLToPath(new URL('../../src', import.meta.url));
const posix = (path: string) => path.split(sep).join('/');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map(posix)
  .filter((file) => file.endsWith('.ts') && !file.startsWith('wasm/assembly/'));
const imports = (file: string) =>
  preProcessFile(readFileSync(join(src, file), 'utf8')).importedFiles.map(({ fileName }) => fileName);
const roomOf = (path: string) => path.split('/')[0]!;

describe('src', () => {
  it('consists of the known rooms', () => {
    const folders = new Set(files.filter((file) => file.includes('/')).map(roomOf));
    expect([...folders].filter((folder) => !rooms.includes(folder))).toEqual([]);
    expect(files.filter((file) => !file.includes('/')).sort()).toEqual(['errors.ts', 'index.ts']);
  });

  it('imports from earlier rooms only', () => {
    const backwards = files
      .filter((file) => file.includes('/'))
      .flatMap((file) =>
        imports(file)
          .filter((name) => name.startsWith('.'))
          .map((name) => posix(relative(src, join(src, dirname(file), name))))
          .filter(
            (target) => target !== 'errors' && rooms.indexOf(roomOf(target)) > rooms.indexOf(roomOf(file)),
          )
          .map((target) => `${file} imports ${target}`),
      );
    expect(backwards).toEqual([]);
  });

  it('keeps layers out of the rooms of fast bodies', () => {
    const climbing = files
      .filter((file) => ['wasm', 'webgpu'].includes(roomOf(file)))
      .filter((file) => imports(file).some((name) => /^(\.\.\/)+layers(\/|$)/.test(name)));
    expect(climbing).toEqual([]);
  });

  it('keeps Node in the room of that name', () => {
    const modules = files
      .filter((file) => roomOf(file) !== 'node')
      .filter((file) => imports(file).some((name) => name.startsWith('node:')));
    expect(modules).toEqual([]);
  });
});
