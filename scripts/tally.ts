/**
 * Prints which tests failed, each with the start of its message, and the sum of the runs whose JSON reports a folder holds:
 * `tsx scripts/tally.ts FOLDER STEPS-FAILED`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { argv } from 'node:process';
import { stripVTControlCharacters } from 'node:util';

interface Test {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

interface TestFile {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly Test[];
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly TestFile[];
}

/** Lines of a message that are shown; the whole of it stands further up, where the test ran. */
const LINES = 6;

function show(file: TestFile, name: string, message: string): void {
  const start = stripVTControlCharacters(message).split('\n').slice(0, LINES);
  console.log(
    `FAILED ${relative('.', file.name)} > ${name}\n${start.map((line) => `  ${line.slice(0, 300)}`).join('\n')}`,
  );
}

const [folder, steps] = argv.slice(2);
let passed = 0;
let failed = 0;
for (const report of readdirSync(folder!)) {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(
    readFileSync(join(folder!, report), 'utf8'),
  ) as Report;
  passed += numPassedTests;
  failed += numFailedTests;
  for (const file of testResults) {
    for (const test of file.assertionResults) {
      if (test.status === 'failed') show(file, test.fullName, test.failureMessages.join('\n'));
    }
    // A file that cannot even be loaded has no test to fail.
    if (file.status === 'failed' && file.assertionResults.length === 0) {
      failed++;
      show(file, '(the file)', file.message);
    }
  }
}
// So has a step that ended before its report was written, or that is no run of tests.
console.log(`${passed} passed, ${Math.max(failed, Number(steps))} failed`);
