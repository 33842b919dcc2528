import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { fixtureNames, goldenExists, goldenFolder } from '../golden/support/files.ts';
import { chromiumOptions } from './chromium.ts';

/** What a page cannot run: files and threads, kernels of other backends, and docs whose code Node is given. */
const NODE_ONLY = ['node', 'docs', 'wasm', 'webgpu', 'kernels/fast', 'layers/fused-edge'].map(
  (path) => `test/tensor/${path}{/**,.test.ts}`,
);

/** What a project of the tests needs to run its files in pages of the installed Chromium, on a WebGL device in software. */
export const inChromium = () => ({
  project: {
    server: { fs: { allow: ['.', goldenFolder] } },
    // All that the tests import, bundled before the first of them: a package found later would reload the page.
    optimizeDeps: {
      noDiscovery: true,
      include: [
        '@tensorflow/tfjs-backend-cpu',
        '@tensorflow/tfjs-backend-webgl',
        '@tensorflow/tfjs-core',
        '@tensorflow/tfjs-layers',
        'd3-contour',
        'd3-scale',
        'd3-shape',
        'fast-check',
        'seedrandom',
      ],
    },
  },
  alias: [
    {
      find: './files',
      replacement: fileURLToPath(new URL('../golden/support/files.browser.ts', import.meta.url)),
    },
  ],
  exclude: NODE_ONLY,
  env: {
    GOLDEN: goldenFolder,
    GOLDEN_EXISTS: goldenExists ? '1' : '0',
    GOLDEN_FILES: JSON.stringify(fixtureNames),
    PROPERTY_SEED: process.env.PROPERTY_SEED ?? '10',
  },
  test: {
    testTimeout: 600_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: chromiumOptions({ webgl: true }) }),
      instances: [{ browser: 'chromium' as const }],
    },
  },
});
