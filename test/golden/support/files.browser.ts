// What `files.ts` is in Node. The server of the tests hands out the folder; its name comes with the environment.

export const goldenFolder: string = import.meta.env.GOLDEN;

export const goldenExists: boolean = import.meta.env.GOLDEN_EXISTS === '1';

export const fixtureNames: readonly string[] = JSON.parse(import.meta.env.GOLDEN_FILES);

/** Waits for the server, as `readFileSync` waits for the disk: tests are declared from fixtures, all at once. */
export function readFixture(name: string): string | undefined {
  const request = new XMLHttpRequest();
  request.open('GET', `/@fs/${goldenFolder.replace(/^\//, '')}/${name}.json`, false);
  request.send();
  return request.status === 200 ? request.responseText : undefined;
}
