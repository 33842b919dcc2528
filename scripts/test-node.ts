/**
 * Runs the tests with another version of Node, which npm brings as the package `node` and keeps in its cache:
 * `npm run test:node -- 26 [--mode smoke] [options of vitest]`. Without a mode it is the quick tests.
 */
import { spawnSync } from 'node:child_process';
import { argv, exit, platform } from 'node:process';

const [version, ...options] = argv.slice(2);
if (!version || !/^\d+(\.\d+)*$/.test(version)) {
  console.error(
    `test-node: name a version of Node, got '${version ?? ''}'; for example npm run test:node -- 26`,
  );
  exit(2);
}
const mode = options.includes('--mode') ? [] : ['--mode', 'quick'];
const { status } = spawnSync(
  'npm',
  [
    'exec',
    '--yes',
    `--package=node@${version}`,
    '--',
    'node',
    'node_modules/vitest/vitest.mjs',
    'run',
    ...mode,
    ...options,
  ],
  { stdio: 'inherit', shell: platform === 'win32' },
);
exit(status ?? 1);
