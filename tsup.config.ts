import { defineConfig } from 'tsup';
import { entries } from './scripts/entries';

export default defineConfig({
  // The workers are no entries of the package: files of their own for `new Worker(...)`.
  entry: {
    ...entries,
    'node/worker': 'src/node/worker.ts',
    'node/prefetch-worker': 'src/node/prefetch-worker.ts',
  },
  dts: { entry: { ...entries } },
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  // Two copies of tfjs would not know each other's tensors.
  external: [/^@tensorflow\//, /^node:/],
  removeNodeProtocol: false,
  splitting: true,
  sourcemap: true,
  treeshake: true,
});
