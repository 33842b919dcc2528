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
    'noisydarts/catalogue': source('catalogue/index.ts'),
    'noisydarts/network': source('network/index.ts'),
    'noisydarts/node': source('node/index.ts'),
    'noisydarts/pytorch': source('pytorch/index.ts'),
    'noisydarts/verify': source('verify/index.ts'),
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
  tensorflow: ['tensorflow'],
};
if (BACKEND && !families[BACKEND]) {
  throw new RangeError(
    `vitest.config: BACKEND must be one of ${Object.keys(families).join(', ')}, got '${BACKEND}'`,
  );
}
const tensorBackends = BACKEND ? families[BACKEND]! : ['cpu', 'wasm', 'wasm-fast'];

/** What runs on webgpu in every run of the tests; all of it takes a device in software ten minutes. */
const WEBGPU_SAMPLE = {
  tensor: [
    'kernels/**',
    'layers/**',
    'optimizers/**',
    'search/backends',
    'search/reads',
    'node/webgpu',
    'verify/**',
    'webgpu/**',
  ],
  golden: ['noise', 'mixed-op', 'ops', 'cell', 'network', 'misc-optimizers'],
};

/**
 * Without the shaders a step is the generic bodies, the same as on cpu, in thousands of launches each: on webgpu the kernels
 * are tested so, and whole searches with the shaders.
 */
const GENERIC_ON_WEBGPU = { tensor: ['kernels/**'], golden: ['noise', 'mixed-op', 'ops'] };

/** The look-alike of tfjs-node computes as slowly as cpu. */
const ON_TENSORFLOW = {
  tensor: ['kernels/**', 'verify/**', 'search/backends', 'network/training/**'],
  golden: ['**'],
};

const EVERYTHING = { tensor: ['**'], golden: ['**'] };

const vulkan = swiftShader();
if (!BACKEND && !vulkan)
  console.warn('webgpu: SKIPPED, no software driver (on Debian: apt-get install chromium libvulkan1)');

/** Where every run looks whether WebGL still agrees. */
const WEBGL_SAMPLE = { tensor: ['kernels/odd-maps', 'verify/verify-backend'], golden: ['noise'] };
if (!BACKEND && !chromiumPath) console.warn(`webgl${chromiumNote}`);

/** `--mode golden` (npm run test:golden): a missing fixture fails the run instead of skipping its tests. */
export default defineConfig(({ mode }) => {
  const golden = mode === 'golden';

  /** One project a backend: the same files run on each, chosen by the BACKEND variable. */
  const onBackend = (backend: string, group: 'tensor' | 'golden', files: readonly string[]) => {
    const page = backend === 'webgl' ? inChromium() : undefined;
    return {
      ...page?.project,
      resolve: { alias: { ...resolve.alias, ...page?.alias } },
      test: {
        name: group === 'golden' ? `golden-${backend}` : backend,
        include: files.map((file) => `test/${group}/${file}.test.ts`.replace('**', '**/*')),
        setupFiles: ['test/support/properties.ts', 'test/support/backend.ts'],
        env: { ...page?.env, BACKEND: backend, REQUIRE_GOLDEN: golden ? '1' : '0' },
        testTimeout: backend.startsWith('webgpu') ? 600_000 : 120_000,
        hookTimeout: 60_000,
        ...page?.test,
      },
    };
  };

  const bothGroups = (backend: string, { tensor, golden: fixtures }: typeof EVERYTHING) => [
    onBackend(backend, 'tensor', tensor),
    onBackend(backend, 'golden', fixtures),
  ];

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
            testTimeout: 180_000,
          },
        },
        ...tensorBackends.flatMap((backend) =>
          bothGroups(
            backend,
            { webgpu: GENERIC_ON_WEBGPU, tensorflow: ON_TENSORFLOW }[backend] ?? EVERYTHING,
          ),
        ),
        ...(BACKEND || !vulkan ? [] : bothGroups('webgpu-fast', WEBGPU_SAMPLE)),
        ...(BACKEND || !chromiumPath ? [] : bothGroups('webgl', WEBGL_SAMPLE)),
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
