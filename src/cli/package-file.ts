import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The path of a file that comes with the package. */
export const packageFile = (path: string): string =>
  join(dirname(createRequire(import.meta.url).resolve('noisydarts/package.json')), path);
