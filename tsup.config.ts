import { defineConfig } from 'tsup';

const entries = {
  index: 'src/index.ts',
  'catalogue/index': 'src/catalogue/index.ts',
  'network/index': 'src/network/index.ts',
  'node/index': 'src/node/index.ts',
  'pytorch/index': 'src/pytorch/index.ts',
  'verify/index': 'src/verify/index.ts',
  'wasm/index': 'src/wasm/index.ts',
  'webgpu/index': 'src/webgpu/index.ts',
};

export default defineConfig({
  // The workers are no entries of the package: files of their own for `new Worker(...)`.
  entry: {
    ...entries,
    'node/worker': 'src/node/worker.ts',
    'node/prefetch-worker': 'src/node/prefetch-worker.ts',
  },
  dts: { entry: entries },
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
