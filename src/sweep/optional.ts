import { rangeError } from '../errors';

/** A package that only those install who use what needs it. */
export async function optional<T>(fn: string, name: string, load: Promise<T>): Promise<T> {
  try {
    return await load;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw rangeError(fn, 'a package is missing', name, `install it: npm install ${name}`);
  }
}
