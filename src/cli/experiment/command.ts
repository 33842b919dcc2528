import { basename, join, resolve } from 'node:path';
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import { search } from 'noisydarts';
import type { InputShape } from 'noisydarts/layers';
import {
  drawExperiment,
  readNasBench201Table,
  renderExperiment,
  stopOnInterrupt,
  writeFileAtomic,
} from 'noisydarts/node';
import type { Supernet } from 'noisydarts/supernet';
import { folderRunStore, runSweep } from 'noisydarts/sweep';
import { makeFolder } from '../../node/make-folder';
import { howToCall, makeRunFolder, STOPPED, UsageError } from '../command-line';
import { countParameters, describeDryRun, describeHours, dryRun, estimatedMb } from '../dry-run';
import {
  createExperiment,
  type ExperimentRequest,
  type ReportRequest,
  settingsFile,
  storedSettings,
} from './options';
import { prepareSearch } from './prepare';
import { type Experiment, type LookedUp, lookedUp, readExperiment, report, results } from './results';
import { runOne } from './run-job';
import { type ExperimentSettings, planOf, runsOf } from './settings';

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

/** What the searches of an experiment would take, by a few steps of one. */
async function describeExperiment({ settings, jobs, json }: ExperimentRequest): Promise<string> {
  const runs = runsOf(settings);
  const options = await prepareSearch(settings, runs[0]!);
  const supernet = options.supernet as Supernet;
  try {
    const parameters = countParameters(supernet);
    const memory = estimatedMb(supernet, {
      batchSize: settings.batch,
      inputShape: options.train.shape as InputShape,
    });
    const one = await dryRun(search(options), { settings, parameters, ...memory });
    const hours = (one.hours * runs.length) / Math.min(jobs, runs.length);
    if (json) return JSON.stringify({ runs: runs.map(({ name }) => name), jobs, hours, one });
    return `${describeDryRun(one, false)}\nsearches: ${runs.length}, ${jobs} at a time: ${describeHours(hours)} in all, if the machine has cores for that`;
  } finally {
    supernet.dispose();
  }
}

/** Runs all searches of an experiment, or the rest of them: a sweep. */
export async function runExperiment(request: ExperimentRequest): Promise<void> {
  const { settings, runs: parent, name: folderName, jobs, resume, json } = request;
  const table = await readTable([settings]).catch((error: Error) => {
    throw new UsageError(`--table: ${error.message}`, { cause: error });
  });
  if (request.dryRun) return console.log(await describeExperiment(request));
  const folder = resume ? join(parent, folderName) : await makeRunFolder(parent, folderName, folderName);
  if (!resume) await writeFileAtomic(settingsFile(folder), `${JSON.stringify(settings, null, 1)}\n`);
  const runs = new Map(runsOf(settings).map((run) => [run.job.name, run]));
  const shares = new Map<string, number>();
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage} % | {done} of {runs} runs done | {eta_formatted} left',
    noTTYOutput: true,
    notTTYSchedule: 60_000,
    etaBuffer: 1000,
  });
  let done = 0;
  const show = () => {
    const underWay = [...shares.values()].reduce((sum, share) => sum + share, 0);
    bar.update(done + underWay, { done, runs: runs.size });
  };
  const interrupt = stopOnInterrupt({
    onStop: () => console.error('\nStopping all runs after the step each is in.'),
  });
  bar.start(runs.size, 0, { done, runs: runs.size });
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
    const results = await runSweep(planOf(settings), {
      store: folderRunStore(folder),
      jobs,
      retryFailed: resume,
      signal: interrupt.signal,
      run: async (job, place) => {
        const run = runs.get(job.name)!;
        const onProgress = (share: number) => {
          shares.set(job.name, share);
          show();
        };
        await runOne(settings, run, { ...place, onProgress, onEpoch: update }).finally(() =>
          shares.delete(job.name),
        );
        return { epochs: settings.epochs };
      },
      onProgress: ({ finished }) => {
        done = finished;
        show();
      },
    });
    await update();
    bar.stop();
    if (!results) {
      console.error(
        `Go on with: ${howToCall('experiment')} ${settings.space} --name ${basename(folder)} --resume`,
      );
      process.exitCode = STOPPED;
    }
    const failed = (results ?? []).filter(({ status }) => status === 'failed');
    for (const { job, error } of failed) console.error(`${runs.get(job.name)!.name}: ${error}`);
    if (failed.length > 0) process.exitCode = 1;
    tellReport(folder, json);
  } finally {
    bar.stop();
    interrupt.dispose();
  }
}

/** Says where the report of an experiment is. */
function tellReport(folder: string, json: boolean): void {
  const [report, results] = [join(folder, 'report.html'), join(folder, 'results.json')];
  console.log(json ? JSON.stringify({ folder, report, results }) : `Report: ${report}`);
}

/** Writes one report of several experiments. */
export async function reportExperiments({ folders, out, json }: ReportRequest): Promise<void> {
  const experiments = await Promise.all(
    folders.map(async (folder) => readExperiment(folder, await storedSettings(folder))),
  );
  const [first, ...others] = experiments.map(({ settings }) => settings.space);
  const other = others.find((space) => space !== first);
  if (other) throw new UsageError(`one report is of one space, got ${first} and ${other}; name one space's`);
  const table = await readTable(experiments.map(({ settings }) => settings));
  await makeFolder(resolve(out));
  await writeReport(out, experiments, table);
  tellReport(out, json);
}

/** `experiment`. */
export function experimentCommand(): Command {
  return createExperiment(runExperiment, reportExperiments);
}
