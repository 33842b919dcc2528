/** For `catch` of what is done with a file that need not be there: undefined then, and other errors go on. */
export function missingIsFine(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
