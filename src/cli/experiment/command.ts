import { basename, join, resolve } from 'node:path';
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import {
  drawExperiment,
  readNasBench201Table,
  renderExperiment,
  stopOnInterrupt,
  writeFileAtomic,
} from 'noisydarts/node';
import { makeFolder } from '../../node/make-folder';
import { howToCall, makeRunFolder, STOPPED, UsageError } from '../command-line';
import { runAll } from './jobs';
import {
  createExperiment,
  type ExperimentRequest,
  type ReportRequest,
  settingsFile,
  storedSettings,
} from './options';
import { type Experiment, type LookedUp, lookedUp, readExperiment, report, results } from './results';
import { type ExperimentSettings, runsOf } from './settings';

async function readTable(settings: readonly ExperimentSettings[]) {
  const file = settings.find(({ table }) => table !== undefined)?.table;
  if (file === undefined) return undefined;
  return readNasBench201Table(file, Object.keys(lookedUp) as LookedUp[]);
}

type Table = Awaited<ReturnType<typeof readTable>>;

async function writeReport(folder: string, experiments: readonly Experiment[], table: Table): Promise<void> {
  const contents = report(basename(folder), experiments, table);
  await writeFileAtomic(
    join(folder, 'results.json'),
    `${JSON.stringify(results(experiments, table), null, 1)}\n`,
  );
  await writeFileAtomic(join(folder, 'curves.svg'), drawExperiment(contents));
  await writeFileAtomic(join(folder, 'report.html'), renderExperiment(contents));
}

/** Runs all searches of an experiment, or the rest of them. */
export async function runExperiment({
  settings,
  runs: parent,
  name: folderName,
  jobs,
  resume,
}: ExperimentRequest): Promise<void> {
  const table = await readTable([settings]).catch((error: Error) => {
    throw new UsageError(`--table: ${error.message}`, { cause: error });
  });
  const folder = resume ? join(parent, folderName) : await makeRunFolder(parent, folderName, folderName);
  if (!resume) await writeFileAtomic(settingsFile(folder), `${JSON.stringify(settings, null, 1)}\n`);
  const before = await readExperiment(folder, settings);
  const finished = new Set(
    before.runs.filter(({ history }) => history.length >= settings.epochs).map(({ name }) => name),
  );
  const runs = runsOf(settings);
  const shares = new Map(runs.map(({ name }) => [name, finished.has(name) ? 1 : 0]));
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage} % | {done} of {runs} runs done | {eta_formatted} left',
    noTTYOutput: true,
    notTTYSchedule: 60_000,
    etaBuffer: 1000,
  });
  const show = () => {
    const all = [...shares.values()];
    bar.update(
      all.reduce((sum, share) => sum + share, 0),
      { done: all.filter((share) => share === 1).length, runs: runs.length },
    );
  };
  const interrupt = stopOnInterrupt({
    onStop: () => console.error('\nStopping all runs after the step each is in.'),
  });
  bar.start(runs.length, 0, { done: finished.size, runs: runs.length });
  show();
  // One report at a time: two runs may finish an epoch at once.
  let writing: Promise<void> = Promise.resolve();
  const update = () => {
    writing = writing
      .then(async () => writeReport(folder, [await readExperiment(folder, settings)], table))
      .catch((error: Error) => {
        console.error(`\n${error.message}: the report is not up to date, the runs go on`);
      });
    return writing;
  };
  try {
    const done = await runAll({
      settings,
      runs: runs.filter(({ name }) => !finished.has(name)),
      jobs,
      folderOf: (one) => join(folder, one.name),
      onProgress: ({ name }, share) => {
        shares.set(name, share);
        show();
      },
      onEpoch: update,
      signal: interrupt.signal,
    });
    await update();
    bar.stop();
    if (!done) {
      console.error(
        `Go on with: ${howToCall('experiment')} ${settings.space} --name ${basename(folder)} --resume`,
      );
      process.exitCode = STOPPED;
    }
    console.log(`Report: ${join(folder, 'report.html')}`);
  } finally {
    bar.stop();
    interrupt.dispose();
  }
}

/** Writes one report of several experiments. */
export async function reportExperiments({ folders, out }: ReportRequest): Promise<void> {
  const experiments = await Promise.all(
    folders.map(async (folder) => readExperiment(folder, await storedSettings(folder))),
  );
  const [first, ...others] = experiments.map(({ settings }) => settings.space);
  const other = others.find((space) => space !== first);
  if (other) throw new UsageError(`one report is of one space, got ${first} and ${other}; name one space's`);
  const table = await readTable(experiments.map(({ settings }) => settings));
  await makeFolder(resolve(out));
  await writeReport(out, experiments, table);
  console.log(`Report: ${join(out, 'report.html')}`);
}

/** `experiment`. */
export function experimentCommand(): Command {
  return createExperiment(runExperiment, reportExperiments);
}
