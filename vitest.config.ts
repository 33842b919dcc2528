import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { swiftShader } from './src/node/webgpu/software.ts';
import { GoldenReporter } from './test/golden/support/reporter.ts';
import { chromiumNote, chromiumPath } from './test/support/chromium.ts';
import { inChromium } from './test/support/in-chromium.ts';

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** As in tsconfig.json: every entry is the folder of its name. */
const alias = [
  { find: /^noisydarts$/, replacement: source('index.ts') },
  { find: /^noisydarts\/(.+)$/, replacement: source('$1/index.ts') },
];

const { BACKEND, TEST_REPORT } = process.env;

/** The counts of a run for `.ci/run`, in the file that TEST_REPORT names. */
const report = TEST_REPORT ? [['json', { outputFile: TEST_REPORT }] as ['json', object]] : [];
// Not for the runs that a test starts.
delete process.env.TEST_REPORT;

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
const tensorBackends = BACKEND ? families[BACKEND]! : ['cpu', 'wasm', 'wasm-fast', 'tensorflow'];

/** Files of tests, such as `layers/**`, by the run that takes them. */
interface Portions {
  readonly all: readonly string[];
  /** Those of `--mode quick` (npm test): every promise once. Default none. */
  readonly quick?: readonly string[];
  /** Those of `--mode smoke`, for another Node than the usual one. Default none. */
  readonly smoke?: readonly string[];
  /** Those that other projects run to the same end, so that `--mode rest` leaves them to `npm run test:all`. Default none. */
  readonly repeats?: readonly string[];
}

/** What a run takes of a project; undefined if nothing. `--mode rest` is what `--mode quick` leaves. */
function filesOf(mode: string, folder: string, { all, quick = [], smoke = [], repeats = [] }: Portions) {
  const paths = (files: readonly string[]) =>
    files.map((file) => `test/${folder}/${file}.test.ts`.replace('**', '**/*'));
  const included = mode === 'quick' ? quick : mode === 'smoke' ? smoke : all;
  const excluded = mode === 'rest' ? [...quick, ...repeats] : [];
  if (included.every((file) => excluded.includes(file))) return undefined;
  return { include: paths(included), exclude: paths(excluded) };
}

const EVERYTHING: Portions = { all: ['**'] };
const ALWAYS: Portions = { all: ['**'], quick: ['**'] };
const PURE: Portions = { ...ALWAYS, smoke: ['node/**', 'random/**', 'kernels/**', 'data/**'] };

/**
 * Kernels, on every backend, and layers; on wasm those with the fast kernels. Runs go by the bodies that cpu runs them with,
 * and without the fast kernels tfjs's part of a backend is in the kernels, the layers and the golden fixtures.
 */
const GENERIC_ON_WASM: Portions = {
  all: ['**'],
  quick: ['kernels/**'],
  repeats: [
    'analysis/**',
    'costs/**',
    'detection/**',
    'find/**',
    'network/training/**',
    'onnx/**',
    'scores/**',
    'search/**',
    'selection/**',
    'strategies/**',
    'wrong/**',
  ],
};

/** What wrong arguments come to, and what is done with the numbers of a run, the fast kernels' project has. */
const TENSOR: Portions = {
  all: ['**'],
  quick: ['kernels/**', 'layers/**'],
  repeats: [
    'analysis/**',
    'costs/**',
    'detection/**',
    'find/**',
    'onnx/**',
    'scores/**',
    'search/diagnostics',
    'search/oles',
    'search/signals',
    'selection/**',
    'strategies/sdarts-adv',
    'wrong/**',
  ],
};

/** With the fast kernels besides: one search, one training, the docs and the golden fixtures. */
const TENSOR_FAST: Portions = {
  all: ['**'],
  quick: ['kernels/**', 'layers/**', 'wasm/**', 'docs/**', 'search/backends', 'network/training/**'],
  smoke: ['kernels/fast', 'wasm/edge'],
};

/** What runs on webgpu in every run of all tests; all of it takes a device in software ten minutes. */
const WEBGPU_SAMPLE = {
  tensor: {
    all: [
      'kernels/**',
      'layers/**',
      'optimizers/**',
      'search/backends',
      'search/reads',
      'detection/backends',
      'node/webgpu',
      'verify/**',
      'webgpu/**',
    ],
  },
  golden: { all: ['noise', 'mixed-op', 'ops', 'cell', 'network', 'misc-optimizers'] },
};

/**
 * Without the shaders a step is the generic bodies, the same as on cpu, in thousands of launches each: on webgpu the kernels
 * are tested so, and whole searches with the shaders.
 */
const GENERIC_ON_WEBGPU = { tensor: { all: ['kernels/**'] }, golden: { all: ['noise', 'mixed-op', 'ops'] } };

/** The fixtures of numbers that one pass gives. */
const ONE_PASS = [
  'cell',
  'derived',
  'misc-layers',
  'misc-optimizers',
  'mixed-op',
  'mobile',
  'network',
  'noise',
  'ops',
];

/** The fixtures in which no backend has a part. */
const COUNTS_AND_TEXTS = ['coco', 'derived-counts', 'genotypes', 'misc-data'];

/** Those that need two passes have the same bodies on cpu as on wasm, where they take half as long. */
const GOLDEN_ON_CPU: Portions = { all: ['**'], repeats: [...COUNTS_AND_TEXTS, 'architect', 'hessian'] };

/** The Hessian is the gradient of the architect's fixtures, many times. */
const GOLDEN_ON_WASM: Portions = { all: ['**'], repeats: [...COUNTS_AND_TEXTS, 'hessian', 'tfjs-node'] };

/** The look-alike of tfjs-node computes as slowly as cpu. */
const ON_TENSORFLOW = {
  tensor: { all: ['kernels/convolutions', 'verify/**', 'search/backends', 'network/training/**'] },
  golden: { all: BACKEND ? ['**'] : ONE_PASS },
};

/** Where every run of all tests looks whether WebGL still agrees. */
const WEBGL_SAMPLE = {
  tensor: { all: ['kernels/odd-maps', 'verify/verify-backend'] },
  golden: { all: ['noise'] },
};

/** The files of a backend that is not on trial. */
function portionsOf(backend: string): Record<'tensor' | 'golden', Portions> {
  if (backend === 'webgpu') return GENERIC_ON_WEBGPU;
  if (backend === 'tensorflow') return ON_TENSORFLOW;
  if (backend === 'wasm') return { tensor: GENERIC_ON_WASM, golden: GOLDEN_ON_WASM };
  if (backend.endsWith('-fast')) return { tensor: TENSOR_FAST, golden: ALWAYS };
  return { tensor: TENSOR, golden: GOLDEN_ON_CPU };
}

const vulkan = swiftShader();

/**
 * `--mode quick`, `rest`, `smoke` or else everything; `--mode golden` (npm run test:golden): a missing fixture fails the run
 * instead of skipping its tests.
 */
export default defineConfig(({ mode }) => {
  const golden = mode === 'golden';
  const sampled = !BACKEND && mode !== 'quick' && mode !== 'smoke';
  if (sampled && !vulkan)
    console.warn('webgpu: SKIPPED, no software driver (on Debian: apt-get install chromium libvulkan1)');
  if (sampled && !chromiumPath) console.warn(`webgl${chromiumNote}`);

  /** A project without a backend of its own, if the run takes anything of it. */
  const project = (name: string, portions: Portions, test: object = {}) => {
    const files = filesOf(mode, name, portions);
    return files ? [{ resolve: { alias }, test: { name, ...files, ...test } }] : [];
  };

  /** One project a backend: the same files run on each, chosen by the BACKEND variable. */
  const onBackend = (backend: string, group: 'tensor' | 'golden', portions: Portions) => {
    const page = backend === 'webgl' ? inChromium() : undefined;
    const files = filesOf(mode, group, portions);
    if (!files) return [];
    return [
      {
        ...page?.project,
        resolve: { alias: [...alias, ...(page?.alias ?? [])] },
        test: {
          name: group === 'golden' ? `golden-${backend}` : backend,
          // Half of a short file's time is its imports. A GPU's device goes with its file.
          isolate: backend.startsWith('webg'),
          setupFiles: ['test/support/properties.ts', 'test/support/backend.ts'],
          env: { ...page?.env, BACKEND: backend, REQUIRE_GOLDEN: golden ? '1' : '0' },
          testTimeout: backend.startsWith('webgpu') ? 600_000 : 120_000,
          hookTimeout: 60_000,
          ...page?.test,
          ...files,
          exclude: [...files.exclude, ...(page?.exclude ?? [])],
        },
      },
    ];
  };

  const bothGroups = (backend: string, { tensor, golden: fixtures } = portionsOf(backend)) => [
    ...onBackend(backend, 'tensor', tensor),
    ...onBackend(backend, 'golden', fixtures),
  ];

  return {
    test: {
      reporters: [new GoldenReporter(golden), 'default', ...report],
      maxWorkers: Math.min(availableParallelism(), 4),
      // A machine with much else to do is slow to start a browser. A project's own value is not looked at.
      browser: { connectTimeout: 300_000 },
      projects: [
        ...project('pure', PURE, {
          isolate: false,
          setupFiles: ['test/support/properties.ts'],
          testTimeout: 180_000,
        }),
        ...tensorBackends.flatMap((backend) => bothGroups(backend)),
        ...(BACKEND || !vulkan ? [] : bothGroups('webgpu-fast', WEBGPU_SAMPLE)),
        ...(BACKEND || !chromiumPath ? [] : bothGroups('webgl', WEBGL_SAMPLE)),
        // Searches and data sets on several threads; the quick tests have both in the packed library's consumer.
        ...project('threads', { all: ['**'], smoke: ['threads'] }, { testTimeout: 180_000 }),
        // The commands of the examples and benchmarks, which search and train.
        ...project('examples', EVERYTHING, { testTimeout: 180_000 }),
        ...project('browser', EVERYTHING, { testTimeout: 300_000, hookTimeout: 120_000 }),
        ...project(
          'package',
          { all: ['**'], quick: ['bundle', 'consumer', 'manifest'], smoke: ['consumer'] },
          {
            globalSetup: 'test/package/support/global-setup.ts',
            testTimeout: 600_000,
            hookTimeout: 600_000,
          },
        ),
      ],
    },
  };
});
