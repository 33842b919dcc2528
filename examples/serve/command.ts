import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { createCommand, shared, UsageError, whole } from 'noisydarts/cli';
import { buildSite, serveSite } from './site';

/** The run that is trained where there is none. */
const QUICK = 'serve';
const QUICK_TRAINING = ['--genotype', 'noisy_darts_a', '--channels', '8', '--cells', '3', '--epochs', '20'];

/** The run on the digits that was trained last; undefined if there is none. */
async function latestDigits(runs: string): Promise<string | undefined> {
  const names = await readdir(runs).catch((): string[] => []);
  const found: { name: string; time: number }[] = [];
  for (const name of names) {
    const trained = await stat(join(runs, name, 'standard', 'model.json')).catch(() => undefined);
    if (!trained) continue;
    const settings = await readFile(join(runs, name, 'settings.json'), 'utf8')
      .then(JSON.parse)
      .catch(() => null);
    const { data } = settings?.command ?? settings ?? { data: 'unknown' };
    if (data === undefined) found.push({ name, time: trained.mtimeMs });
  }
  return found.sort((a, b) => b.time - a.time)[0]?.name;
}

function trainQuickly(runs: string): string {
  console.error(`'${runs}' holds no training on the digits: a small network is trained first.`);
  const train = fileURLToPath(new URL('../train.ts', import.meta.url));
  const command = ['--import', 'tsx', train, ...QUICK_TRAINING, '--runs', runs, '--name', QUICK];
  const { status } = spawnSync(process.execPath, command, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`the training ended with ${status}`);
  return QUICK;
}

interface ServeRequest {
  readonly name?: string;
  readonly runs: string;
  readonly port: number;
  readonly host: string;
  readonly buildOnly?: true;
}

/** Builds the page of a trained network and serves it. */
export async function runServe({ runs, port, host, buildOnly, ...given }: ServeRequest): Promise<void> {
  const name = given.name ?? (await latestDigits(runs)) ?? trainQuickly(runs);
  const site = resolve(runs, name, 'site');
  const model = resolve(runs, name, 'standard');
  if (given.name !== undefined && !existsSync(join(model, 'model.json')))
    throw new UsageError(
      `--name: '${join(runs, name)}' holds no trained network, got no standard/model.json; name a run that npm run train has finished`,
    );
  await buildSite(model, site);
  console.log(`Page: ${join(runs, name, 'site')}`);
  if (buildOnly) return;
  const server = await serveSite(site, { port, host });
  console.log(`Serving it on ${server.resolvedUrls?.local[0] ?? server.resolvedUrls?.network[0]}`);
}

/** `serve`. */
export function serveCommand(): Command {
  return createCommand('serve', 'Serves a page on which a trained network reads drawn digits.')
    .addOption(shared.name('the latest training on the digits'))
    .addOption(shared.runs())
    .option('--port <n>', 'port to serve on, 0 for a free one', whole(0, 65_535), 5173)
    .option('--host <address>', 'address to serve on; 0.0.0.0 for phones in the same network', '127.0.0.1')
    .option('--build-only', 'build the page and end')
    .action((request: ServeRequest) => runServe(request));
}
