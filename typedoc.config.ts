import type { TypeDocOptions } from 'typedoc';
import { entries } from './scripts/entries';

/** One site, `site/`: the guides and, of every entry, the reference. */
export default {
  name: 'noisydarts',
  entryPoints: Object.values(entries),
  out: 'site',
  projectDocuments: ['CONTRIBUTING.md', 'docs/*.md'],
  disableSources: true,
  skipErrorChecking: true,
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  requiredToBeDocumented: ['Enum', 'Variable', 'Function', 'Class', 'Interface', 'TypeAlias', 'Method'],
  intentionallyNotExported: ['PRIMITIVES', 'published', 'abbreviations', 'LayerClass'],
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
} satisfies Partial<TypeDocOptions>;
