/**
 * Searches a network for the digits, trains it, and says how that went: `npm run --silent results:digits`, optionally
 * with the folder to put the two runs in. One line of JSON.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NetworkEvaluation } from 'noisydarts';

const runs = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'noisydarts-results-'));

/** Runs an example's command to its end; the wall-clock time it took in seconds. */
function timed(...args: string[]): number {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', ...args, '--runs', runs], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (status !== 0) throw new Error(`results:digits: ${args.join(' ')} ended with ${status}`);
  return Math.round((performance.now() - started) / 100) / 10;
}

const searchSeconds = timed('examples/search.ts', '--name', 'search');
const trainSeconds = timed('examples/train.ts', '--run', 'train');
const { top1, images, best }: NetworkEvaluation & { best: number } = JSON.parse(
  readFileSync(join(runs, 'train', 'test.json'), 'utf8'),
);
console.log(
  JSON.stringify({
    runs,
    search_seconds: searchSeconds,
    train_seconds: trainSeconds,
    seconds: searchSeconds + trainSeconds,
    test_images: images,
    test_accuracy: top1,
    best_epoch: best + 1,
  }),
);
