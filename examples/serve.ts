/**
 * Serves a page that reads drawn digits with a trained network in stock layers: `npm run serve -- --help`.
 *
 * The network is that of the latest training on the digits; if there is none, a small one is trained first, which takes
 * less than a minute. The page is in the run's folder, `runs/NAME/site/`, and any file server can serve it.
 */
import { spawnSync } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { buildSite, serveSite } from './serve/site';

/** The run that is trained where there is none. */
const QUICK = 'serve';
const QUICK_TRAINING = ['--name', 'noisy_darts_a', '--channels', '8', '--cells', '3', '--epochs', '20'];

/** The run on the digits that was trained last; undefined if there is none. */
async function latestDigits(runs: string): Promise<string | undefined> {
  const names = await readdir(runs).catch((): string[] => []);
  const found: { name: string; time: number }[] = [];
  for (const name of names) {
    const trained = await stat(join(runs, name, 'standard', 'model.json')).catch(() => undefined);
    if (!trained) continue;
    const settings = JSON.parse(await readFile(join(runs, name, 'settings.json'), 'utf8'));
    if (settings.data === undefined) found.push({ name, time: trained.mtimeMs });
  }
  return found.sort((a, b) => b.time - a.time)[0]?.name;
}

function trainQuickly(runs: string): string {
  console.error(`'${runs}' holds no training on the digits: a small network is trained first.`);
  const train = fileURLToPath(new URL('train.ts', import.meta.url));
  const command = ['--import', 'tsx', train, ...QUICK_TRAINING, '--runs', runs, '--run', QUICK];
  const { status } = spawnSync(process.execPath, command, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`the training ended with ${status}`);
  return QUICK;
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) {
    throw new InvalidArgumentError('It must be a whole number up to 65535.');
  }
  return value;
}

const program = new Command('npm run serve --')
  .description('Serves a page on which a trained network reads drawn digits.')
  .option('--run <name>', 'run of a training on the digits (default: the latest)')
  .option('--runs <dir>', 'folder that holds the runs', 'runs')
  .option('--port <n>', 'port to serve on, 0 for a free one', port, 5173)
  .option('--host <address>', 'address to serve on; 0.0.0.0 for phones in the same network', '127.0.0.1')
  .option('--build-only', 'build the page and end')
  .parse();

const { run, runs, host, ...options } = program.opts<{
  run?: string;
  runs: string;
  port: number;
  host: string;
  buildOnly?: true;
}>();
try {
  const name = run ?? (await latestDigits(runs)) ?? trainQuickly(runs);
  const site = resolve(runs, name, 'site');
  await buildSite(resolve(runs, name, 'standard'), site);
  console.log(`Page: ${join(runs, name, 'site')}`);
  if (!options.buildOnly) {
    const server = await serveSite(site, { port: options.port, host });
    console.log(`Serving it on ${server.resolvedUrls?.local[0] ?? server.resolvedUrls?.network[0]}`);
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
