import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  drawRooms,
  importedFiles,
  importsOf,
  picture,
  roomImports,
  roomOf,
  rooms,
  sourceFiles,
} from '../../scripts/rooms';

const order = Object.keys(rooms);

/** One circle of imports, if there is one: its files, each importing the next and the last the first. */
function circle(imports: (file: string) => readonly string[], files: readonly string[]): string[] {
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return path.slice(path.indexOf(file));
    if (done.has(file)) return [];
    for (const next of imports(file)) {
      const found = walk(next, [...path, file]);
      if (found.length > 0) return found;
    }
    done.add(file);
    return [];
  };
  for (const file of files) {
    const found = walk(file, []);
    if (found.length > 0) return found;
  }
  return [];
}

describe('src', () => {
  it('consists of the known rooms', () => {
    const folders = new Set(sourceFiles.flatMap((file) => roomOf(file) ?? []));
    expect([...folders].filter((folder) => !order.includes(folder))).toEqual([]);
    expect(sourceFiles.filter((file) => !roomOf(file))).toEqual(['errors.ts', 'index.ts']);
  });

  it('imports from earlier rooms only', () => {
    const place = (file: string) => (file === 'errors.ts' ? -1 : order.indexOf(roomOf(file) ?? 'index'));
    const backwards = sourceFiles
      .filter((file) => roomOf(file))
      .flatMap((file) =>
        importedFiles(file)
          // The command uses the library as anyone does, by its door.
          .filter((target) => (target === 'index.ts' ? roomOf(file) !== 'cli' : place(target) > place(file)))
          .map((target) => `${file} imports ${target}`),
      );
    expect(backwards).toEqual([]);
  });

  it('keeps layers out of the rooms of fast bodies', () => {
    const climbing = sourceFiles
      .filter((file) => ['wasm', 'webgpu'].includes(roomOf(file)!))
      .filter((file) => importsOf(file).some((name) => /^(\.\.\/)+layers(\/|$)/.test(name)));
    expect(climbing).toEqual([]);
  });

  it('has no circle of imports, types included', () => {
    expect(circle(importedFiles, sourceFiles)).toEqual([]);
  });

  it('would be told of a circle', () => {
    const imports: Record<string, string[]> = { a: ['b', 'c'], b: ['d'], c: ['d', 'e'], d: [], e: ['c'] };
    expect(circle((file) => imports[file]!, Object.keys(imports))).toEqual(['c', 'e']);
  });

  it('keeps Node in the rooms that need it', () => {
    const modules = sourceFiles
      .filter((file) => !['node', 'sweep', 'cli'].includes(roomOf(file)!))
      .filter((file) => importsOf(file).some((name) => name.startsWith('node:')));
    expect(modules).toEqual([]);
  });
});

describe('docs/images/rooms.svg', () => {
  it('is what npm run draw:rooms draws', () => {
    expect(readFileSync(picture, 'utf8')).toBe(drawRooms());
  });

  it('has a dot for every room that imports from another', () => {
    const dots = [...roomImports().values()].reduce((sum, { size }) => sum + size, 0);
    expect(dots).toBeGreaterThan(0);
    expect(drawRooms().match(/<circle/g)).toHaveLength(dots);
  });
});
