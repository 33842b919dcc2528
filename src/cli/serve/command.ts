import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { createCommand, shared, UsageError, withOptions } from '../command-line';
import { packageFile } from '../package-file';
import { runTrain } from '../train/command';
import { createTrain, readTrain } from '../train/options';
import { makeSite } from './site';
import { type Listening, listenOptions, serveUntilStopped } from './static-server';

/** The run that is trained where there is none. */
const QUICK = 'serve';
const QUICK_TRAINING = ['--genotype', 'noisy_darts_a', '--channels', '8', '--cells', '3', '--epochs', '20'];

interface ServeRequest extends Listening {
  readonly name?: string;
  readonly runs: string;
  readonly buildOnly?: true;
  readonly json: boolean;
}

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

/** Trains a small network; undefined if that was stopped. */
async function trainQuickly(runs: string): Promise<string | undefined> {
  console.error(`'${runs}' holds no training on the digits: a small network is trained first.`);
  const command = createTrain().parse([...QUICK_TRAINING, '--runs', runs, '--name', QUICK], { from: 'user' });
  await runTrain(await readTrain(command), console.error);
  return existsSync(join(runs, QUICK, 'standard', 'model.json')) ? QUICK : undefined;
}

/** Makes the page of a trained network and serves it. */
export async function runServe({ runs, buildOnly, json, ...given }: ServeRequest): Promise<void> {
  if (given.name !== undefined && !existsSync(join(runs, given.name, 'standard', 'model.json')))
    throw new UsageError(
      `--name: '${join(runs, given.name)}' holds no trained network, got no standard/model.json; name a run that the command train has finished`,
    );
  const name = given.name ?? (await latestDigits(runs)) ?? (await trainQuickly(runs));
  if (name === undefined) return;
  const site = join(runs, name, 'site');
  await makeSite(packageFile('dist/pages/serve'), join(runs, name, 'standard'), resolve(site));
  if (!json) console.log(`Page: ${site}`);
  if (buildOnly) {
    if (json) console.log(JSON.stringify({ site }));
    return;
  }
  await serveUntilStopped(site, given, (url) =>
    json ? JSON.stringify({ site, url }) : `Serving it on ${url}`,
  );
}

/** `serve`. */
export function serveCommand(): Command {
  const command = createCommand('serve', 'Serves a page on which a trained network reads drawn digits.', [
    ['', 'the network that was trained last on the digits; a small one is trained if there is none'],
    ['--name train-digits --host 0.0.0.0', 'that of a run, for phones in the same network'],
    ['--build-only', 'the page alone, for any file server'],
  ])
    .addOption(shared.name('the latest training on the digits'))
    .addOption(shared.runs());
  return withOptions(command, listenOptions(5173))
    .option('--build-only', 'make the page and end')
    .addOption(shared.json())
    .action((request: ServeRequest) => runServe(request));
}
