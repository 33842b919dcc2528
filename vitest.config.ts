import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { GoldenReporter } from './test/golden/support/reporter.ts';

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

const resolve = {
  alias: {
    'noisydarts/node': source('node/index.ts'),
    'noisydarts/wasm': source('wasm/index.ts'),
    'noisydarts/webgpu': source('webgpu/index.ts'),
    noisydarts: source('index.ts'),
  },
};

/** `--mode golden` (npm run test:golden): a missing fixture fails the run instead of skipping its tests. */
export default defineConfig(({ mode }) => {
  const golden = mode === 'golden';

  /** One project a backend: the same files run on each, chosen by the BACKEND variable. */
  const onBackend = (name: string, folder: string, backend: string) => ({
    resolve,
    test: {
      name,
      include: [`test/${folder}/**/*.test.ts`],
      setupFiles: ['test/support/properties.ts', 'test/support/backend.ts'],
      env: { BACKEND: backend, REQUIRE_GOLDEN: golden ? '1' : '0' },
      testTimeout: 120_000,
      hookTimeout: 60_000,
    },
  });

  return {
    test: {
      reporters: [new GoldenReporter(golden), 'default'],
      maxWorkers: Math.min(availableParallelism(), 4),
      projects: [
        {
          resolve,
          test: {
            name: 'pure',
            include: ['test/pure/**/*.test.ts'],
            setupFiles: ['test/support/properties.ts'],
            testTimeout: 60_000,
          },
        },
        onBackend('cpu', 'tensor', 'cpu'),
        onBackend('wasm', 'tensor', 'wasm'),
        onBackend('wasm-fast', 'tensor', 'wasm-fast'),
        onBackend('golden-cpu', 'golden', 'cpu'),
        onBackend('golden-wasm', 'golden', 'wasm'),
        onBackend('golden-wasm-fast', 'golden', 'wasm-fast'),
        onBackend('webgpu', 'tensor', 'webgpu'),
        onBackend('webgpu-fast', 'tensor', 'webgpu-fast'),
        onBackend('golden-webgpu', 'golden', 'webgpu'),
        onBackend('golden-webgpu-fast', 'golden', 'webgpu-fast'),
        {
          resolve,
          test: {
            name: 'browser',
            include: ['test/browser/**/*.test.ts'],
            testTimeout: 300_000,
            hookTimeout: 120_000,
          },
        },
        {
          test: {
            name: 'package',
            globalSetup: 'test/package/support/global-setup.ts',
            include: ['test/package/**/*.test.ts'],
            testTimeout: 600_000,
            hookTimeout: 600_000,
          },
        },
      ],
    },
  };
});
