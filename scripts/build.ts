/** Builds `dist/` from nothing: a failed build must not leave the last one's files behind. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

process.chdir(at('.'));
rmSync('dist', { recursive: true, force: true });

await import('./build-wasm');
await build({});

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, string | { types: string; default: string }>;
};
const missing = Object.values(exports)
  .flatMap((target) => (typeof target === 'string' ? [target] : [target.types, target.default]))
  .filter((file) => !existsSync(file));
if (missing.length > 0)
  throw new Error(`build: package.json exports files that were not built: ${missing.join(', ')}`);
