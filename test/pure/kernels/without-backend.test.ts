import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('kernels, layers and searches without a backend say which one to import', () => {
  const script = fileURLToPath(new URL('support/without-backend.ts', import.meta.url));
  const output = execFileSync(process.execPath, ['--import', 'tsx', script], { encoding: 'utf8' });
  const remedy =
    "no backend is registered, got none; import one first, for example '@tensorflow/tfjs-backend-wasm', and await tf.ready()";
  expect(output.trim().split('\n')).toEqual(
    ['NoisyDartsDraw', 'NoisyDartsSupernet', 'search'].map((fn) =>
      expect.stringMatching(`^\\w*${fn}: ${remedy.replace(/[.()]/g, '\\$&')}$`),
    ),
  );
});
