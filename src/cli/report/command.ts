import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createCommand, shared, UsageError } from '../command-line';
import { SELECTION_FILE } from '../search/selection';
import { sweepReportCommand } from './sweep';

/** What a run of `search`, `train` or `find` has come to. */
export interface RunSummary {
  readonly folder: string;
  readonly command: 'search' | 'train' | 'find';
  /** Epochs of the search that are recorded, and of all of it; of a training under `training`. */
  readonly search?: Progress;
  readonly training?: Progress;
  /** The genotype so far, as its file writes it. */
  readonly genotype?: unknown;
  /** What selected it, if not alpha, and what waits to be gone on with. */
  readonly selection?: { readonly by?: string; readonly byAlpha?: unknown; readonly waiting?: string };
  /** Evaluation of the best weights on the test images, once there is one. */
  readonly test?: Readonly<Record<string, unknown>>;
  /** Its page, if there is one. */
  readonly report?: string;
}

/** How far a part of a run is. */
interface Progress {
  readonly epochs: number;
  readonly of: number;
  /** The latest epoch's metrics on the data that it was not fitted to. */
  readonly metrics: Readonly<Record<string, number>>;
}

interface Line {
  readonly validAccuracy?: number | null;
  readonly validMetrics?: Readonly<Record<string, number>>;
}

/** What a file of a run holds; undefined if there is none. */
async function read<T>(folder: string, file: string): Promise<T | undefined> {
  const text = await readFile(join(folder, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return (file.endsWith('.json') ? JSON.parse(text) : text.trim()) as T;
  } catch (error) {
    throw new UsageError(
      `'${join(folder, file)}' is damaged, got ${(error as Error).message}; name another run`,
      { cause: error },
    );
  }
}

function progress(lines: unknown, of: unknown): Progress | undefined {
  if (!Array.isArray(lines) || lines.length === 0) return undefined;
  const { validAccuracy, validMetrics } = Object(lines.at(-1)) as Line;
  const metrics = validMetrics ?? (typeof validAccuracy === 'number' ? { accuracy: validAccuracy } : {});
  return { epochs: lines.length, of: Number(of), metrics };
}

/**
 * What the run in a folder has come to.
 *
 * @throws UsageError if there is no run in it.
 */
export async function summarizeRun(folder: string): Promise<RunSummary> {
  const settings = await read<{ command?: Record<string, unknown> } & Record<string, unknown>>(
    folder,
    'settings.json',
  );
  const command = Object(settings?.command ?? settings) as Record<string, unknown>;
  if (typeof command.epochs !== 'number')
    throw new UsageError(
      `'${folder}' holds no run, got no settings.json of one; name the folder of a run of search, train or find`,
    );
  const history = await read<{ epochs?: unknown }>(folder, 'history.json');
  const training = await read(folder, 'training.json');
  const test = await read<Record<string, unknown>>(folder, 'test.json');
  const genotype = (await read(folder, 'genotype.json')) ?? (await read(folder, 'genotype.txt'));
  const selected = await read<{ by: string; byAlpha: unknown }>(folder, SELECTION_FILE);
  const asked = typeof command.selection === 'string' ? command.selection : 'alpha';
  const waiting = history !== undefined && asked !== (selected?.by ?? 'alpha');
  const kind = typeof command.trainEpochs === 'number' ? 'find' : settings?.command ? 'search' : 'train';
  const parts = {
    search: kind === 'train' ? undefined : progress(history?.epochs, command.epochs),
    training: kind === 'train' ? progress(history, command.epochs) : progress(training, command.trainEpochs),
  };
  const report = join(folder, 'report.html');
  return {
    folder,
    command: kind,
    ...(parts.search && { search: parts.search }),
    ...(parts.training && { training: parts.training }),
    ...(genotype !== undefined && { genotype }),
    ...((selected || waiting) && {
      selection: {
        ...(selected && { by: selected.by, byAlpha: selected.byAlpha }),
        ...(waiting && { waiting: asked }),
      },
    }),
    ...(test && { test }),
    ...(existsSync(report) && { report }),
  };
}

function describe({
  folder,
  command,
  search,
  training,
  genotype,
  selection,
  test,
  report,
}: RunSummary): string {
  const line = (what: string, part: Progress | undefined) => {
    if (!part) return [];
    const { epochs, of, metrics } = part;
    const told = Object.entries(metrics).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`);
    return [
      `${what}: ${epochs} of ${of} epochs${told.length > 0 ? `, ${told.join(', ')} on what was held out` : ''}`,
    ];
  };
  const written = (found: unknown) => (typeof found === 'string' ? found : JSON.stringify(found));
  return [
    `${folder}: a run of ${command}`,
    ...line('Search', search),
    ...line('Training', training),
    ...(genotype === undefined ? [] : [`Genotype: ${written(genotype)}`]),
    ...(selection?.by === undefined
      ? []
      : [`Selected by ${selection.by}; by alpha ${written(selection.byAlpha)}`]),
    ...(selection?.waiting === undefined
      ? []
      : [`The selection by ${selection.waiting} waits: go on with search --resume`]),
    ...(typeof test?.top1 === 'number' ? [`Test accuracy ${test.top1.toFixed(2)} %`] : []),
    report === undefined ? 'No report yet: it comes with the first epoch.' : `Report: ${report}`,
  ].join('\n');
}

/** `report`. */
export function reportCommand(): Command {
  return (
    createCommand('report', 'Tells what a run has come to, and where its page is.', [
      ['runs/digits', 'a run of search, train or find, also while it goes on'],
      ['runs/digits --json', 'for programs'],
      ['sweep runs/noise --live', 'a sweep, as a page that follows it'],
    ])
      .addCommand(sweepReportCommand())
      // Or --json of the sweep would be taken for the run's.
      .enablePositionalOptions()
      .argument('<folder>', 'folder of the run, as in runs/digits')
      .addOption(shared.json())
      .action(async (folder: string, { json }: { readonly json: boolean }) => {
        const summary = await summarizeRun(folder);
        console.log(json ? JSON.stringify(summary) : describe(summary));
      })
  );
}
