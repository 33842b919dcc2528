/**
 * Searches a network for the digits, trains it, and says how that went: `npm run --silent results:digits`, optionally
 * with the folder to put the two runs in. One line of JSON.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NetworkEvaluation } from 'noisydarts/network';

const runs = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'noisydarts-results-'));

/** Has a program write down, as it ends, how long it computed: apart from the wall clock, other work does not touch it. */
const cpuFile = join(runs, 'cpu.json');
const noteCpu = `data:text/javascript,${encodeURIComponent(
  `import { writeFileSync } from 'node:fs';
   process.on('exit', () => writeFileSync(${JSON.stringify(cpuFile)}, JSON.stringify(process.cpuUsage())));`,
)}`;

const tenths = (seconds: number) => Math.round(10 * seconds) / 10;

/** Runs an example's command to its end; the seconds on the clock and the seconds it computed. */
function timed(...args: string[]): { wall: number; cpu: number } {
  const started = performance.now();
  const command = ['--import', 'tsx', '--import', noteCpu, ...args, '--runs', runs];
  const { status } = spawnSync(process.execPath, command, {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (status !== 0) throw new Error(`results:digits: ${args.join(' ')} ended with ${status}`);
  const { user, system } = JSON.parse(readFileSync(cpuFile, 'utf8')) as NodeJS.CpuUsage;
  return { wall: tenths((performance.now() - started) / 1000), cpu: tenths((user + system) / 1e6) };
}

const searched = timed('examples/search.ts', '--name', 'search');
const trained = timed('examples/train.ts', '--name', 'train');
const { top1, images, best }: NetworkEvaluation & { best: number } = JSON.parse(
  readFileSync(join(runs, 'train', 'test.json'), 'utf8'),
);
console.log(
  JSON.stringify({
    runs,
    search_seconds: searched.wall,
    search_cpu_seconds: searched.cpu,
    train_seconds: trained.wall,
    train_cpu_seconds: trained.cpu,
    seconds: tenths(searched.wall + trained.wall),
    cpu_seconds: tenths(searched.cpu + trained.cpu),
    test_images: images,
    test_accuracy: top1,
    best_epoch: best + 1,
  }),
);
