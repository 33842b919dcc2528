/**
 * Compares plain DARTS with NoisyDARTS over several seeds: `npm run experiment -- --help`.
 *
 * `npm run experiment -- nasbench201 --data DIR --table FILE` searches in the NAS-Bench-201 space and looks the found cells
 * up; `s1` to `s4` are the spaces of RobustDARTS. Every run has a folder of its own within the experiment's;
 * `report.html` there compares them. Ctrl-C stops all runs after the step each is in, `--resume` goes on with them.
 */
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import cliProgress from 'cli-progress';
import {
  drawExperiment,
  readNasBench201Table,
  renderExperiment,
  stopOnInterrupt,
  writeFileAtomic,
} from 'noisydarts/node';
import { runAll } from './experiment/jobs';
import {
  type ExperimentCommand,
  readCommand,
  settingsFile,
  storedSettings,
  UsageError,
} from './experiment/options';
import {
  type Experiment,
  type LookedUp,
  lookedUp,
  readExperiment,
  report,
  results,
} from './experiment/results';
import { type ExperimentSettings, runsOf } from './experiment/settings';

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

async function run({ settings, folder, jobs }: ExperimentCommand & { kind: 'run' }): Promise<void> {
  const table = await readTable([settings]).catch((error: Error) => {
    throw new UsageError(`--table: ${error.message}`, { cause: error });
  });
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(settingsFile(folder), `${JSON.stringify(settings, null, 1)}\n`);
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
    writing = writing.then(async () => writeReport(folder, [await readExperiment(folder, settings)], table));
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
        `Go on with: npm run experiment -- ${settings.space} --name ${basename(folder)} --resume`,
      );
      process.exitCode = 130;
    }
    console.log(`Report: ${join(folder, 'report.html')}`);
  } finally {
    bar.stop();
    interrupt.dispose();
  }
}

async function compare({ folders, out }: ExperimentCommand & { kind: 'report' }): Promise<void> {
  const experiments = await Promise.all(
    folders.map(async (folder) => readExperiment(folder, await storedSettings(folder))),
  );
  const [first, ...others] = experiments.map(({ settings }) => settings.space);
  const other = others.find((space) => space !== first);
  if (other) throw new UsageError(`one report is of one space, got ${first} and ${other}; name one space's`);
  await mkdir(out, { recursive: true });
  await writeReport(out, experiments, await readTable(experiments.map(({ settings }) => settings)));
  console.log(`Report: ${join(out, 'report.html')}`);
}

try {
  const command = await readCommand(process.argv.slice(2));
  if (command) await (command.kind === 'run' ? run(command) : compare(command));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
