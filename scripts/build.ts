/**
 * Builds `dist/` from nothing: a failed build must not leave the last one's files behind. Does nothing if it has been built
 * from the same sources.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { buildPages } from './build-pages';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

process.chdir(at('.'));
await import('./build-wasm');

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, string | { types: string; default: string }>;
};
const missing = () =>
  Object.values(exports)
    .flatMap((target) => (typeof target === 'string' ? [target] : [target.types, target.default]))
    .filter((file) => !existsSync(file));

/** All that a build is made of, and the names, sizes and times of what came out. */
function stamp(): string {
  const hash = createHash('sha256');
  const files = ['src', 'examples/browser', 'examples/serve'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  for (const file of [
    ...files.sort(),
    'scripts/build-pages.ts',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsup.config.ts',
  ]) {
    if (statSync(file).isFile()) hash.update(file).update(readFileSync(file));
  }
  for (const name of readdirSync('dist', { recursive: true, encoding: 'utf8' }).sort()) {
    const { size, mtimeMs } = statSync(join('dist', name));
    hash.update(`${name} ${size} ${mtimeMs}`);
  }
  return hash.digest('hex');
}

const stampFile = join('node_modules', '.cache', 'noisydarts', 'build');
const built = existsSync(stampFile) && existsSync('dist') && readFileSync(stampFile, 'utf8') === stamp();
if (!built) {
  rmSync('dist', { recursive: true, force: true });
  await build({});
  if (missing().length > 0)
    throw new Error(`build: package.json exports files that were not built: ${missing().join(', ')}`);
  await buildPages();
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp());
}
