/** The rooms of the house: the folders of `src`, who imports whom, and the picture of it in `docs/architecture.md`. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { preProcessFile } from 'typescript';

/** The folders of `src` and what each is for; each imports only from those before it. */
export const rooms: Readonly<Record<string, string>> = {
  random: 'seeds, streams, counter-based draws',
  spaces: 'search spaces as data; the names of operations',
  data: 'data sets, batches, augmentation',
  kernels: 'differentiable tensor functions; an edge as plain data',
  genotype: 'what a search finds: decoders, texts, drawings',
  catalogue: 'published genotypes',
  optimizers: 'SGD, Adam, clipping, schedules',
  layers: 'operations, noise and mixed edges as tf layers',
  tasks: 'loss, metrics and targets of a task',
  strategies: 'how alpha becomes the weights of a mixture',
  architect: 'gradients of alpha',
  wasm: 'fast bodies in WebAssembly',
  webgpu: 'fast bodies as shaders',
  supernet: 'one supernet for each kind of space',
  analysis: 'Hessian, landscape, collapse',
  runs: 'long runs: position, checkpoint, signal, errors',
  verify: 'whether a backend computes what it should',
  search: 'the search loop',
  selection: 'from a searched supernet to a genotype',
  network: 'derived networks and their training',
  scores: 'what a network promises before training',
  costs: 'what an architecture costs on a device; budgets',
  find: 'search, training and test in one run',
  pytorch: 'weights of the official code, in and out',
  onnx: 'networks as files of ONNX',
  detection: 'COCO boxes, average precision, RetinaNet',
  node: 'files, reports, threads',
  sweep: 'many runs over processes and hosts',
  cli: 'the command noisydarts',
};

export const src = fileURLToPath(new URL('../src', import.meta.url));
const posixPath = (path: string) => path.split(sep).join('/');

/** Every TypeScript file of `src` but AssemblyScript's, in order. */
export const sourceFiles: readonly string[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map(posixPath)
  .filter((file) => file.endsWith('.ts') && !file.startsWith('wasm/assembly/'))
  .sort();
const known = new Set(sourceFiles);

/** What a file imports, as it says it; types and re-exports included. */
export const importsOf = (file: string): string[] =>
  preProcessFile(readFileSync(join(src, file), 'utf8')).importedFiles.map(({ fileName }) => fileName);

/** Where an import leads in `src`, without the ending; what is no file of it may come out too. */
const pathOf = (file: string, name: string): string =>
  /^noisydarts(?=\/|$)/.test(name)
    ? posix.join(name.replace(/^noisydarts\/?/, ''), 'index')
    : posixPath(relative(src, join(src, dirname(file), name)));

/** The files of `src` that a file of `src` imports. */
export const importedFiles = (file: string): string[] =>
  importsOf(file)
    .filter((name) => /^(\.|noisydarts(\/|$))/.test(name))
    .map((name) => pathOf(file, name))
    .flatMap((path) =>
      [path, `${path}.ts`, posix.join(path, 'index.ts')].filter((target) => known.has(target)),
    );

/** The room of a file; undefined for those that lie in none. */
export const roomOf = (file: string): string | undefined =>
  file.includes('/') ? file.slice(0, file.indexOf('/')) : undefined;

/** The rooms there are, in order, each with those it imports from. */
export function roomImports(): Map<string, Set<string>> {
  const found = new Map(
    Object.keys(rooms)
      .filter((room) => sourceFiles.some((file) => roomOf(file) === room))
      .map((room) => [room, new Set<string>()]),
  );
  for (const file of sourceFiles) {
    for (const target of importedFiles(file)) {
      const [from, to] = [roomOf(file), roomOf(target)];
      if (from && to && from !== to) found.get(from)?.add(to);
    }
  }
  return found;
}

const STEP = 24;
const LEFT = 92;
const TOP = 84;
const style = `
text { font: 13px system-ui, sans-serif; fill: #1f2937 }
.about { fill: #6b7280 }
.line { stroke: #d8dee6 }
.self { fill: #b4bcc8 }
.import { fill: #3b82f6 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6eaf0 }
  .about { fill: #98a2b3 }
  .line { stroke: #2b3440 }
  .self { fill: #56606f }
  .import { fill: #5b9bff }
}`;

/** A table with a row and a column for every room, and a dot where the row's imports from the column's. */
export function drawRooms(): string {
  const table = roomImports();
  const names = [...table.keys()];
  const at = (i: number) => i * STEP;
  const end = at(names.length);
  const cells = names.flatMap((room, row) => [
    `<text x="-10" y="${at(row) + 4}" text-anchor="end">${room}</text>`,
    `<path class="line" d="M0 ${at(row)}H${at(row)}V${end - STEP / 2}" fill="none"/>`,
    `<rect class="self" x="${at(row) - 4}" y="${at(row) - 4}" width="8" height="8"/>`,
    ...[...table.get(room)!]
      .sort((a, b) => names.indexOf(a) - names.indexOf(b))
      .map((other) => `<circle class="import" cx="${at(names.indexOf(other))}" cy="${at(row)}" r="5"/>`),
    `<text transform="translate(${at(row) + 4} -10) rotate(-60)">${room}</text>`,
    `<text class="about" x="${end + 4}" y="${at(row) + 4}">${rooms[room]}</text>`,
  ]);
  const [width, height] = [LEFT + end + 360, TOP + end];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Which folder of src imports from which">`,
    `<style>${style}\n</style>`,
    `<g transform="translate(${LEFT} ${TOP})">`,
    ...cells,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Where the picture lies. */
export const picture: string = fileURLToPath(new URL('../docs/images/rooms.svg', import.meta.url));

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(picture, drawRooms());
