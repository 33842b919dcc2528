import { expect, it } from 'vitest';
import { runExample } from './support';

it('examples/mixed-op.ts trains an edge in a model of its own', async () => {
  const { status, stdout, stderr } = await runExample('mixed-op.ts', []);
  expect(status, stderr).toBe(0);
  const epochs = [...stdout.matchAll(/^epoch \d+: ([\d.]+) % on validation, edge (\w+) \((0\.\d{3})\)$/gm)];
  const accuracies = epochs.map(([, accuracy]) => Number(accuracy));
  expect(accuracies.at(-1)).toBeGreaterThan(85);
  expect(accuracies.at(-1)).toBeGreaterThan(accuracies[0]!);
  // Alpha has left its start, where all four weights are a quarter.
  expect(Number(epochs.at(-1)![3])).toBeGreaterThan(0.28);
});
