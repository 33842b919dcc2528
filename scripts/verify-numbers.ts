/**
 * Writes the numbers that `verifyBackend()` compares with, src/verify/expected.ts: `npm run verify:numbers`. They are those of
 * the generic kernels on tfjs's cpu backend, which the golden fixtures hold to the official code's.
 */
import { writeFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { verificationCases } from '../src/verify/cases';
import { summariesOf } from '../src/verify/verify-backend';

await tf.setBackend('cpu');
const lines: string[] = [];
for (const one of verificationCases) {
  const digits = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(7)) : value;
  lines.push(`  ${JSON.stringify(one.title)}: ${JSON.stringify(await summariesOf(one), digits)},`);
}
await writeFile(
  new URL('../src/verify/expected.ts', import.meta.url),
  `// Written by scripts/verify-numbers.ts.
/** By title of the case: for each of its kernels the summaries of its results. */
export const expected: Readonly<Record<string, readonly (readonly (readonly number[])[])[]>> = {
${lines.join('\n')}
};
`,
);
