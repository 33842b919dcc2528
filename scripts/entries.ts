/** The entries of the package: each line of `exports` in package.json is the folder of that name in `src`. */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  exports: Readonly<Record<string, unknown>>;
};

const modules = Object.keys(exports)
  .filter((path) => path !== './package.json')
  .map((path) => posix.join(path, 'index'));

/** Sources by their names in `dist`, without the ending: `network/index` is `src/network/index.ts`. */
export const entries: Readonly<Record<string, string>> = Object.fromEntries(
  modules.map((module) => [module, `src/${module}.ts`]),
);
