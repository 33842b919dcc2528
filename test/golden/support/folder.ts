import { fixtureNames, goldenFolder, readFixture } from './files';
import type { Fixture } from './leaves';

/** Whether a missing folder fails the run, as under `npm run test:golden`, or only skips the golden tests. */
export const goldenRequired = import.meta.env.REQUIRE_GOLDEN === '1';

/**
 * The fixtures of a form: `NAME.json`, which must be there, and whatever else begins with the name, such as `NAME-2.json` or
 * `NAME_other.json`.
 */
export function fixturesOf(form: string): readonly string[] {
  const others = fixtureNames.filter(
    (name) => name.startsWith(form) && !/^[a-z]?$/i.test(name.charAt(form.length)),
  );
  return [form, ...others];
}

/** Reads `NAME.json` of the golden folder. */
export function loadFixture<F extends object = Record<string, unknown>>(name: string): F & Fixture {
  const text = readFixture(name);
  if (text === undefined) {
    throw new Error(
      `loadFixture: no fixture, got ${goldenFolder}/${name}.json; set GOLDEN to the folder that holds it`,
    );
  }
  const fixture = JSON.parse(text) as F & Fixture;
  if (typeof fixture.meta?.tolerance !== 'object') {
    throw new Error(`loadFixture: ${name}.json has no meta.tolerance; every fixture carries its tolerances`);
  }
  return fixture;
}
