import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { rangeError, requireOptions, requireText, typeError } from '../errors';
import type { EpochRecord, SearchEvent } from '../search';
import type { AnySpace } from '../spaces';
import { writeFileAtomic } from './atomic-write';
import { keepUpToDate } from './keep-up-to-date';
import { makeFolder } from './make-folder';
import { drawAlphaHistory } from './report/alpha-charts';
import { genotypeViews } from './report/genotype-views';
import { renderReport } from './report/report';
import { foundEpoch, type RunReport } from './report/run';
import { cellViews } from './report/space-view';
import { requireEvents } from './require-events';
import type { RunSettings } from './run-settings';

/** Options of {@link recordRun}. */
export interface RecordRunOptions {
  /** Folder to write to; made if it is missing. */
  readonly folder: string;
  /** The space that is searched; `modelSpace(model)` of a model of one's own. */
  readonly space: AnySpace;
  /** What to say about the run's settings, for example `describeRun(options)`. */
  readonly settings: RunSettings;
  /** Name of the run in its report. Default: that of the folder. */
  readonly name?: string;
}

const HISTORY = { format: 'noisydarts-history', version: 1 } as const;

function parseHistory(text: string): Partial<typeof HISTORY & { epochs: EpochRecord<AnySpace>[] }> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** The epochs before a resume, as an earlier process left them, for events that do not begin with them. */
async function readHistory(path: string, before: number): Promise<readonly EpochRecord<AnySpace>[]> {
  if (before === 0) return [];
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const { format, version, epochs } = parseHistory(text);
  if (format !== HISTORY.format || version !== HISTORY.version || !Array.isArray(epochs)) {
    throw rangeError(
      'recordRun',
      `'${path}' must hold the history of a run`,
      { format, version },
      'record in another folder',
    );
  }
  // An epoch that was recorded but not yet stored in a checkpoint is done again.
  return epochs.filter(({ epoch }) => epoch < before);
}

/** What alpha's columns and rows mean, and their softmax after every epoch. */
function alphasJson(space: AnySpace, history: readonly EpochRecord<AnySpace>[]): string {
  const matrices = new Map<string, object[]>();
  for (const { alpha, row: node, column: input, candidates } of cellViews(space).flatMap(
    (cell) => cell.edges,
  )) {
    const place = 'nodes' in space ? { node, input } : {};
    matrices.set(alpha, [...(matrices.get(alpha) ?? []), { ...place, candidates }]);
  }
  const head = { format: 'noisydarts-alphas', version: 1, edges: Object.fromEntries(matrices) };
  const epochs = history.map(({ epoch, alphas }) => `    ${JSON.stringify({ epoch: epoch + 1, ...alphas })}`);
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "epochs": [\n${epochs.join(',\n')}\n  ]\n}\n`;
}

function settingsJson(settings: RunSettings): string {
  try {
    return `${JSON.stringify(settings, null, 2)}\n`;
  } catch (error) {
    throw typeError(
      'recordRun',
      `settings must be plain JSON (${(error as Error).message})`,
      settings,
      'pass what describeRun() returns',
    );
  }
}

function historyJson(history: readonly EpochRecord<AnySpace>[]): string {
  const lines = history.map((record) => `    ${JSON.stringify(record)}`);
  return `${JSON.stringify(HISTORY, null, 2).slice(0, -2)},\n  "epochs": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

/**
 * Passes the events of a search through and keeps its folder up to date, after every epoch:
 *
 * - `genotype.json` and `genotype.py.txt`, the genotype so far, or the one that a policy went back to or a selection has put in its place; `genotype.txt` in NAS-Bench-201;
 * - `normal.svg` and `reduce.svg`, its cells; `cell.svg` in NAS-Bench-201, `layers.svg` in the mobile space, `edges.svg` of a model of one's own;
 * - `alphas.json` and `alphas.svg`, the edge weights of all epochs;
 * - `history.json`, everything else that was measured;
 * - `settings.json`;
 * - `report.html`, all of it on one page that opens without a server.
 *
 * Nothing is written before the run's first event. Every file is replaced atomically; an epoch's that cannot be written are
 * left as they are with a warning, and tried again after the next epoch. After a resume the epochs before it come from the checkpoint, whatever became of
 * `history.json`.
 *
 * @throws TypeError if the settings are no plain JSON; the system's error if the folder or `settings.json` cannot be
 * written.
 */
export async function* recordRun<S extends AnySpace>(
  events: AsyncIterable<SearchEvent<S>>,
  options: RecordRunOptions,
): AsyncGenerator<SearchEvent<S>, void, undefined> {
  requireEvents('recordRun', events);
  requireOptions('recordRun', options, 'pass { folder, space, settings }');
  requireText('recordRun', 'folder', options.folder, 'pass its path');
  const { folder, space, settings, name = basename(resolve(folder)) } = options;
  const settingsText = settingsJson(settings);
  const writeAll = async (
    history: readonly EpochRecord<AnySpace>[],
    epochs: number,
    result: Pick<RunReport, 'decision' | 'genotype' | 'budget' | 'selection'> = {},
  ) => {
    const run = { name, space, history, epochs, settings, ...result };
    const found = foundEpoch('recordRun', run);
    const { texts: notations, drawings } = genotypeViews(space, found);
    const files = {
      'history.json': historyJson(history),
      'alphas.json': alphasJson(space, history),
      'alphas.svg': drawAlphaHistory(space, history, { epochs, genotype: found.genotype }),
      ...Object.fromEntries(notations.map(({ file, text }) => [file, text])),
      ...drawings,
      'report.html': renderReport(run),
    };
    const texts = Object.entries(files).map(([file, text]) => [file, () => text] as const);
    await keepUpToDate('recordRun', folder, Object.fromEntries(texts));
  };
  let history: readonly EpochRecord<AnySpace>[] | undefined;
  let begun = false;
  for await (const event of events) {
    if (!begun) {
      // What is wrong with a run has been said before its first event, and changes nothing of an earlier one.
      await makeFolder(resolve(folder));
      await writeFileAtomic(join(folder, 'settings.json'), settingsText);
      begun = true;
    }
    if (event.type === 'resumed') history = event.history as readonly EpochRecord<AnySpace>[];
    if (event.type === 'epoch') {
      history ??= await readHistory(join(folder, 'history.json'), event.epoch);
      const { type: _, epochs, ...record } = event;
      history = [...history, record as EpochRecord<AnySpace>];
      await writeAll(history, epochs);
    }
    if (event.type === 'done' && event.history.length > 0)
      await writeAll(event.history as readonly EpochRecord<AnySpace>[], event.epochs, {
        decision: event.decision,
        ...((event.budget || event.selection) && { genotype: event.genotype }),
        ...(event.budget && { budget: event.budget }),
        ...(event.selection && { selection: event.selection }),
      });
    yield event;
  }
}
