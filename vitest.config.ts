import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { swiftShader } from './src/node/webgpu/software.ts';
import { GoldenReporter } from './test/golden/support/reporter.ts';
import { chromiumNote, chromiumPath } from './test/support/chromium.ts';
import { inChromium } from './test/support/in-chromium.ts';

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

const resolve = {
  alias: {
    'noisydarts/node': source('node/index.ts'),
    'noisydarts/wasm': source('wasm/index.ts'),
    'noisydarts/webgpu': source('webgpu/index.ts'),
    noisydarts: source('index.ts'),
  },
};

const { BACKEND } = process.env;

/** Kernels that the tests on tensors run with, by the value of the BACKEND variable; a GPU is left to who asks for it. */
const families: Readonly<Record<string, readonly string[]>> = {
  cpu: ['cpu'],
  wasm: ['wasm', 'wasm-fast'],
  webgpu: ['webgpu', 'webgpu-fast'],
  webgl: ['webgl'],
};
if (BACKEND && !families[BACKEND]) {
  throw new RangeError(
    `vitest.config: BACKEND must be one of ${Object.keys(families).join(', ')}, got '${BACKEND}'`,
  );
}
const tensorBackends = BACKEND ? families[BACKEND]! : ['cpu', 'wasm', 'wasm-fast'];

/** Where every run looks whether the shaders still agree with the official code; a software device takes minutes for all. */
const WEBGPU_SAMPLE = ['golden/noise', 'golden/mixed-op', 'golden/ops'];
const vulkan = swiftShader();
if (!BACKEND && !vulkan)
  console.warn('webgpu: SKIPPED, no software driver (on Debian: apt-get install chromium libvulkan1)');

/** Where every run looks whether WebGL still agrees. */
const WEBGL_SAMPLE = ['golden/noise', 'tensor/kernels/odd-maps'];
if (!BACKEND && !chromiumPath) console.warn(`webgl${chromiumNote}`);

/** `--mode golden` (npm run test:golden): a missing fixture fails the run instead of skipping its tests. */
export default defineConfig(({ mode }) => {
  const golden = mode === 'golden';

  /** One project a backend: the same files run on each, chosen by the BACKEND variable. */
  const onBackend = (name: string, folders: readonly string[], backend: string) => {
    const page = backend === 'webgl' ? inChromium() : undefined;
    return {
      ...page?.project,
      resolve: { alias: { ...resolve.alias, ...page?.alias } },
      test: {
        name,
        include: folders.map((folder) => `test/${folder}.test.ts`.replace('**', '**/*')),
        setupFiles: ['test/support/properties.ts', 'test/support/backend.ts'],
        env: { ...page?.env, BACKEND: backend, REQUIRE_GOLDEN: golden ? '1' : '0' },
        testTimeout: 120_000,
        hookTimeout: 60_000,
        ...page?.test,
      },
    };
  };

  return {
    test: {
      reporters: [new GoldenReporter(golden), 'default'],
      maxWorkers: Math.min(availableParallelism(), 4),
      // A machine with much else to do is slow to start a browser. A project's own value is not looked at.
      browser: { connectTimeout: 300_000 },
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
        ...tensorBackends.flatMap((backend) => [
          onBackend(backend, ['tensor/**'], backend),
          onBackend(`golden-${backend}`, ['golden/**'], backend),
        ]),
        ...(BACKEND || !vulkan ? [] : [onBackend('golden-webgpu-fast', WEBGPU_SAMPLE, 'webgpu-fast')]),
        ...(BACKEND || !chromiumPath ? [] : [onBackend('golden-webgl', WEBGL_SAMPLE, 'webgl')]),
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
