import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative addresses: the built page works below any path.
  base: './',
  resolve: {
    alias: [
      { find: /^noisydarts\/(.+)$/, replacement: source('$1/index.ts') },
      { find: /^noisydarts$/, replacement: source('index.ts') },
    ],
  },
  worker: { format: 'es' },
  // tfjs's webgpu backend alone is larger than the default limit, and it is loaded on demand only.
  build: { target: 'es2022', chunkSizeWarningLimit: 2000, emptyOutDir: true },
});
