import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fixture } from './leaves';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The folder of the golden fixtures: what `GOLDEN` names, or `../shared/golden` beside the repository. */
export const goldenFolder = resolve(root, process.env.GOLDEN || '../shared/golden');

/** Whether there is such a folder. */
export const goldenExists = existsSync(goldenFolder);

/** Whether a missing folder fails the run, as under `npm run test:golden`, or only skips the golden tests. */
export const goldenRequired = process.env.REQUIRE_GOLDEN === '1';

/** Reads `NAME.json` of the golden folder. */
export function loadFixture<F extends object = Record<string, unknown>>(name: string): F & Fixture {
  const file = join(goldenFolder, `${name}.json`);
  if (!existsSync(file))
    throw new Error(`loadFixture: no fixture, got ${file}; set GOLDEN to the folder that holds it`);
  const fixture = JSON.parse(readFileSync(file, 'utf8')) as F & Fixture;
  if (typeof fixture.meta?.tolerance !== 'object') {
    throw new Error(`loadFixture: ${name}.json has no meta.tolerance; every fixture carries its tolerances`);
  }
  return fixture;
}
