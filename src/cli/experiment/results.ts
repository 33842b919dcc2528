import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EpochRecord, type NasBench201Cell, nasBench201, skipShare } from 'noisydarts';
import { keptOperations, type NasBench201Table, nasBench201ToString } from 'noisydarts/genotype';
import type { ExperimentReport } from 'noisydarts/node';
import { alphaCandidates, robustDarts } from 'noisydarts/spaces';
import { methodTitle } from './options';
import { type ExperimentSettings, type Run, runFolder, runsOf } from './settings';

/** The columns of the table that are looked up, with their headings. */
export const lookedUp = {
  c10_test: 'CIFAR-10, test %',
  c100_test: 'CIFAR-100, test %',
  in16_test: 'ImageNet16-120, test %',
} as const;
export type LookedUp = keyof typeof lookedUp;

/** An experiment's folder with what its runs have done so far. */
export interface Experiment {
  readonly folder: string;
  readonly settings: ExperimentSettings;
  readonly runs: readonly (Run & { readonly history: readonly EpochRecord[] })[];
}

/** Reads what the runs of an experiment have done so far. */
export async function readExperiment(folder: string, settings: ExperimentSettings): Promise<Experiment> {
  const runs = await Promise.all(
    runsOf(settings).map(async (run) => ({ ...run, history: await readHistory(runFolder(folder, run)) })),
  );
  return { folder, settings, runs };
}

/** A file that is damaged counts as one that is missing: its run goes on from the checkpoint, which has it all. */
async function readHistory(folder: string): Promise<EpochRecord[]> {
  const path = join(folder, 'history.json');
  try {
    const { epochs } = JSON.parse(await readFile(path, 'utf8'));
    if (!Array.isArray(epochs)) throw new SyntaxError('it holds no epochs');
    return epochs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    console.error(`'${path}' cannot be read (${error.message}); it is left out`);
    return [];
  }
}

/** Mean share of the mixture weights that falls on skip connections, percent. */
function skipWeight(space: ExperimentSettings['space'], { alphas }: EpochRecord): number {
  const candidates = alphaCandidates(
    space === 'nasbench201' ? nasBench201() : robustDarts(space.toUpperCase() as 'S1'),
  ) as Readonly<Record<string, readonly (readonly string[])[]>>;
  const weights = alphas as Readonly<Record<string, number[][]>>;
  const names = Object.keys(candidates);
  return (
    (100 * names.reduce((sum, name) => sum + skipShare(weights[name]!, candidates[name]!), 0)) / names.length
  );
}

const count = ({ genotype }: EpochRecord, operation: string) =>
  Object.values(keptOperations(genotype))
    .flat()
    .filter((kept) => kept === operation).length;

/** The largest eigenvalue of the Hessian of the validation loss over alpha, where it was measured. */
const eigenvalue = ({ diagnostics }: EpochRecord) => diagnostics?.eigenvalue?.max ?? null;

/** What a report shows of experiments in one space. */
export function report(
  name: string,
  experiments: readonly Experiment[],
  table: NasBench201Table<LookedUp> | undefined,
): ExperimentReport {
  const { space, epochs } = experiments[0]!.settings;
  const groups = experiments.flatMap(({ folder, settings, runs }) =>
    settings.method.map((method) => ({
      method: methodTitle(method, settings, folder, experiments.length > 1),
      runs: runs.filter((run) => run.method === method),
    })),
  );
  const over = (value: (record: EpochRecord) => number | null) =>
    groups.map(({ runs }) => runs.map(({ history }) => history.map(value)));
  const atEnd = (value: (record: EpochRecord) => number | null) =>
    groups.map(({ runs }) => runs.map(({ history }) => (history.length > 0 ? value(history.at(-1)!) : null)));
  const accuracy = (record: EpochRecord, column: LookedUp) =>
    table!.lookup(record.genotype as NasBench201Cell, column).value;
  const columns = Object.keys(lookedUp) as LookedUp[];
  const all = groups.flatMap(({ runs }) => runs);
  const measured = all.some(({ history }) => history.some((record) => eigenvalue(record) !== null));
  const done = all.filter(({ history }) => history.length >= epochs).length;
  return {
    name,
    summary: `${groups.map(({ method }) => method).join(' against ')} in the space ${space}, ${epochs} epochs each: ${done} of ${all.length} runs done.`,
    methods: groups.map(({ method }) => method),
    runs: groups.map(({ runs }) => runs.map((run) => run.name)),
    epochs: Math.max(...experiments.map(({ settings }) => settings.epochs)),
    measures: [
      ...(table
        ? columns.map((column) => ({
            heading: `Decoded cell: ${lookedUp[column]}`,
            curves: over((record) => accuracy(record, column)),
          }))
        : []),
      { heading: 'Skip weight, %', curves: over((record) => skipWeight(space, record)) },
      { heading: 'Skips kept', curves: over((record) => count(record, 'skip_connect')) },
      { heading: 'Supernet, valid %', curves: over(({ validAccuracy }) => validAccuracy) },
      ...(measured ? [{ heading: 'Dominant eigenvalue', curves: over(eigenvalue) }] : []),
    ],
    columns: [
      ...(table
        ? columns.map((column) => ({
            heading: lookedUp[column],
            values: atEnd((record) => accuracy(record, column)),
          }))
        : []),
      { heading: 'Skips kept', values: atEnd((record) => count(record, 'skip_connect')), decimals: 0 },
      { heading: 'None kept', values: atEnd((record) => count(record, 'none')), decimals: 0 },
      { heading: 'Skip weight, %', values: atEnd((record) => skipWeight(space, record)), decimals: 1 },
      { heading: 'Supernet, valid %', values: atEnd(({ validAccuracy }) => validAccuracy), decimals: 1 },
      ...(measured ? [{ heading: 'Dominant eigenvalue', values: atEnd(eigenvalue), decimals: 3 }] : []),
      {
        heading: 'Minutes',
        values: groups.map(({ runs }) =>
          runs.map(({ history }) => history.reduce((sum, { seconds }) => sum + seconds, 0) / 60),
        ),
        decimals: 1,
      },
    ],
    ...(table && {
      references: [
        { label: 'published: DARTS, collapsed to skips', values: [54.3, 15.61, 16.32] },
        { label: 'published: NoisyDARTS', values: [93.49, 71.55, 42.34] },
      ],
    }),
    settings: Object.fromEntries(experiments.map(({ folder, settings }) => [folder, { ...settings }])),
  };
}

/** What was found, run by run: plain JSON. */
export function results(experiments: readonly Experiment[], table: NasBench201Table<LookedUp> | undefined) {
  return experiments.map(({ settings, runs }) => ({
    settings,
    runs: runs.map(({ method, seed, history }) => {
      const last = history.at(-1);
      const cell = settings.space === 'nasbench201' ? (last?.genotype as NasBench201Cell) : undefined;
      return {
        method,
        seed,
        epochs: history.length,
        genotype: cell ? nasBench201ToString(cell) : (last?.genotype ?? null),
        ...(settings.eigenvalue !== undefined && { eigenvalues: history.map(eigenvalue) }),
        ...(cell &&
          table && {
            table: Object.fromEntries(table.columns.map((column) => [column, table.lookup(cell, column)])),
          }),
      };
    }),
  }));
}
