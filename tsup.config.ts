import { defineConfig } from 'tsup';
import { entries } from './scripts/entries';

export default defineConfig({
  // The command, and what it starts as processes and threads: files of their own, no entries of the package.
  entry: {
    ...entries,
    'cli/bin': 'src/cli/bin.ts',
    'cli/search-one': 'src/cli/experiment/search-one.ts',
    'node/worker': 'src/node/worker.ts',
    'node/prefetch-worker': 'src/node/prefetch-worker.ts',
  },
  dts: { entry: { ...entries } },
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  // Two copies of tfjs would not know each other's tensors. The command uses this package as anyone does, by its name.
  external: [/^@tensorflow\//, /^node:/, /^noisydarts/],
  removeNodeProtocol: false,
  splitting: true,
  sourcemap: true,
  treeshake: true,
});
