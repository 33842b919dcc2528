import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('examples/mixed-op.ts trains an edge in a model of its own', async () => {
  const { status, output } = await new Promise<{ status: number | null; output: string }>(
    (resolve, reject) => {
      const child = spawn(process.execPath, ['--import', 'tsx', 'examples/mixed-op.ts'], {
        cwd: fileURLToPath(new URL('../../../', import.meta.url)),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.on('data', (chunk) => {
        output += chunk;
      });
      child.on('error', reject);
      child.on('close', (status) => resolve({ status, output }));
    },
  );
  expect(status).toBe(0);
  const epochs = [...output.matchAll(/^epoch \d+: ([\d.]+) % on validation, edge (\w+) \((0\.\d{3})\)$/gm)];
  const accuracies = epochs.map(([, accuracy]) => Number(accuracy));
  expect(accuracies.at(-1)).toBeGreaterThan(85);
  expect(accuracies.at(-1)).toBeGreaterThan(accuracies[0]!);
  // Alpha has left its start, where all four weights are a quarter.
  expect(Number(epochs.at(-1)![3])).toBeGreaterThan(0.28);
});
