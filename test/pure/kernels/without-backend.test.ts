import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('a kernel without a backend says which one to import', () => {
  const script = fileURLToPath(new URL('support/without-backend.ts', import.meta.url));
  const output = execFileSync(process.execPath, ['--import', 'tsx', script], { encoding: 'utf8' });
  expect(output.trim()).toBe(
    "NoisyDartsDraw: no backend is registered, got none; import one first, for example '@tensorflow/tfjs-backend-wasm', and await tf.ready()",
  );
});
