import { inject } from 'vitest';

/** The packed library and a project outside the repository that has it installed. */
export interface Packed {
  readonly tarball: string;
  readonly consumer: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    packed: Packed | { readonly error: string };
  }
}

/** What the global setup made; fails the test that asks if it could not be made. */
export function packed(): Packed {
  const made = inject('packed');
  if ('error' in made) throw new Error(`the package was not built, packed and installed:\n${made.error}`);
  return made;
}
