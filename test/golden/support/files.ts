import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The folder of the golden fixtures: what `GOLDEN` names, or `../shared/golden` beside the repository. */
export const goldenFolder: string = resolve(root, process.env.GOLDEN || '../shared/golden');

/** Whether there is such a folder. */
export const goldenExists: boolean = existsSync(goldenFolder);

/** What a fixture of several files says of itself, beside what it hands in. */
const EXPECTED = 'expected.json';

/** The names of all fixtures: files without `.json`, and folders of several files with what is expected of them. */
export const fixtureNames: readonly string[] = goldenExists
  ? readdirSync(goldenFolder)
      .filter((name) => name.endsWith('.json') || existsSync(join(goldenFolder, name, EXPECTED)))
      .map((name) => name.replace(/\.json$/, ''))
      .sort()
  : [];

/** The text of `NAME.json` in the golden folder, or the files of the folder NAME as one; undefined if there is neither. */
export function readFixture(name: string): string | undefined {
  const path = join(goldenFolder, name);
  if (existsSync(`${path}.json`)) return readFileSync(`${path}.json`, 'utf8');
  if (!existsSync(join(path, EXPECTED))) return undefined;
  const files = readdirSync(path).filter((file) => file.endsWith('.json'));
  const parts = files.map((file) => [
    file.replace(/\.json$/, ''),
    JSON.parse(readFileSync(join(path, file), 'utf8')),
  ]);
  const { expected, ...given } = Object.fromEntries(parts);
  const { tolerance, ...results } = expected;
  const kinds = Object.fromEntries(Object.keys(results).map((kind) => [kind, tolerance]));
  return JSON.stringify({ meta: { file: name, schema: 1, tolerance: kinds }, ...given, ...results });
}
