/** Prints the sum of the runs of the tests whose JSON reports a folder holds: `tsx scripts/tally.ts FOLDER STEPS-FAILED`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

const [folder, steps] = argv.slice(2);
let passed = 0;
let failed = 0;
for (const file of readdirSync(folder!)) {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(
    readFileSync(join(folder!, file), 'utf8'),
  ) as Report;
  passed += numPassedTests;
  // A file that cannot even be loaded has no test to fail.
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  failed += numFailedTests + broken.length;
}
// So has a step that ended before its report was written, or that is no run of tests.
console.log(`${passed} passed, ${Math.max(failed, Number(steps))} failed`);
