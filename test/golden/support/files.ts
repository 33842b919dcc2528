import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The folder of the golden fixtures: what `GOLDEN` names, or `../shared/golden` beside the repository. */
export const goldenFolder: string = resolve(root, process.env.GOLDEN || '../shared/golden');

/** Whether there is such a folder. */
export const goldenExists: boolean = existsSync(goldenFolder);

/** The names of all fixtures, without `.json`. */
export const fixtureNames: readonly string[] = goldenExists
  ? readdirSync(goldenFolder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
      .sort()
  : [];

/** The text of `NAME.json` in the golden folder; undefined if there is none. */
export function readFixture(name: string): string | undefined {
  const file = join(goldenFolder, `${name}.json`);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
