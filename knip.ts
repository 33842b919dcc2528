import type { KnipConfig } from 'knip';
import { entries } from './scripts/entries';

export default {
  entry: [
    ...Object.values(entries),
    'examples/*.ts',
    'examples/serve/main.ts',
    'examples/audio/page/main.ts',
    'examples/detect/page/main.ts',
    'examples/browser/vite.config.ts',
    'examples/browser/src/main.ts',
    'examples/browser/src/worker/worker.ts',
    'scripts/*.ts',
    'typedoc.config.ts',
    'test/golden/support/files.browser.ts',
    'test/golden/support/fixtures.ts',
    'test/package/consumer/*.ts',
    'test/pure/kernels/contracts.ts',
  ],
  project: [
    'src/**/*.ts',
    '!src/wasm/assembly/**',
    'test/**/*.ts',
    'examples/**/*.ts',
    'bench/**/*.ts',
    'scripts/**/*.ts',
  ],
  ignoreDependencies: ['@arethetypeswrong/cli'],
  ignoreBinaries: ['redis-server', 'unshare'],
  ignoreExportsUsedInFile: true,
} satisfies KnipConfig;
