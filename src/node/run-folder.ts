import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { rangeError, requireOptions, requireText } from '../errors';
import type { EpochRecord, SearchEvent, StopDecision } from '../search';
import type { SearchSpace } from '../spaces';
import { writeFileAtomic } from './atomic-write';
import { makeFolder } from './make-folder';
import { drawAlphaHistory } from './report/alpha-charts';
import { genotypeViews } from './report/genotype-views';
import { renderReport } from './report/report';
import { foundEpoch } from './report/run';
import { cellViews } from './report/space-view';
import { requireEvents } from './require-events';
import type { RunSettings } from './run-settings';

/** Options of {@link recordRun}. */
export interface RecordRunOptions {
  /** Folder to write to; made if it is missing. */
  readonly folder: string;
  /** The space that is searched. */
  readonly space: SearchSpace;
  /** What to say about the run's settings, for example `describeRun(options)`. */
  readonly settings: RunSettings;
  /** Name of the run in its report. Default: that of the folder. */
  readonly name?: string;
}

const HISTORY = { format: 'noisydarts-history', version: 1 } as const;

function parseHistory(text: string): Partial<typeof HISTORY & { epochs: EpochRecord[] }> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** The epochs before a resume, as an earlier process left them, for events that do not begin with them. */
async function readHistory(path: string, before: number): Promise<readonly EpochRecord[]> {
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
function alphasJson(space: SearchSpace, history: readonly EpochRecord[]): string {
  const matrices = new Map<string, object[]>();
  for (const { alpha, row: node, column: input, candidates } of cellViews(space).flatMap(
    (cell) => cell.edges,
  )) {
    const place = space.kind === 'mobile' ? {} : { node, input };
    matrices.set(alpha, [...(matrices.get(alpha) ?? []), { ...place, candidates }]);
  }
  const head = { format: 'noisydarts-alphas', version: 1, edges: Object.fromEntries(matrices) };
  const epochs = history.map(({ epoch, alphas }) => `    ${JSON.stringify({ epoch: epoch + 1, ...alphas })}`);
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "epochs": [\n${epochs.join(',\n')}\n  ]\n}\n`;
}

function historyJson(history: readonly EpochRecord[]): string {
  const lines = history.map((record) => `    ${JSON.stringify(record)}`);
  return `${JSON.stringify(HISTORY, null, 2).slice(0, -2)},\n  "epochs": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

/**
 * Passes the events of a search through and keeps its folder up to date, after every epoch:
 *
 * - `genotype.json` and `genotype.py.txt`, the genotype so far, or the one that a policy went back to; `genotype.txt` in NAS-Bench-201;
 * - `normal.svg` and `reduce.svg`, its cells; `cell.svg` in NAS-Bench-201, `layers.svg` in the mobile space;
 * - `alphas.json` and `alphas.svg`, the edge weights of all epochs;
 * - `history.json`, everything else that was measured;
 * - `settings.json`;
 * - `report.html`, all of it on one page that opens without a server.
 *
 * Every file is replaced atomically. After a resume the epochs before it come from the checkpoint, whatever became of
 * `history.json`.
 */
export async function* recordRun<S extends SearchSpace>(
  events: AsyncIterable<SearchEvent<S>>,
  options: RecordRunOptions,
): AsyncGenerator<SearchEvent<S>, void, undefined> {
  requireEvents('recordRun', events);
  requireOptions('recordRun', options, 'pass { folder, space, settings }');
  requireText('recordRun', 'folder', options.folder, 'pass its path');
  const { folder, space, settings, name = basename(resolve(folder)) } = options;
  await makeFolder(resolve(folder));
  const write = (file: string, text: string) => writeFileAtomic(join(folder, file), text);
  const writeAll = async (
    history: readonly EpochRecord[],
    epochs: number,
    decision: StopDecision | null = null,
  ) => {
    const run = { name, space, history, epochs, settings, decision };
    const found = foundEpoch(run);
    const { texts, drawings } = genotypeViews(space, found);
    await write('history.json', historyJson(history));
    await write('alphas.json', alphasJson(space, history));
    await write('alphas.svg', drawAlphaHistory(space, history, { epochs, genotype: found.genotype }));
    for (const { file, text } of texts) await write(file, text);
    for (const [file, svg] of Object.entries(drawings)) await write(file, svg);
    await write('report.html', renderReport(run));
  };
  await write('settings.json', `${JSON.stringify(settings, null, 2)}\n`);
  let history: readonly EpochRecord[] | undefined;
  for await (const event of events) {
    if (event.type === 'resumed') history = event.history as readonly EpochRecord[];
    if (event.type === 'epoch') {
      history ??= await readHistory(join(folder, 'history.json'), event.epoch);
      const { type: _, epochs, ...record } = event;
      history = [...history, record as EpochRecord];
      await writeAll(history, epochs);
    }
    if (event.type === 'done' && event.history.length > 0)
      await writeAll(event.history as readonly EpochRecord[], event.epochs, event.decision);
    yield event;
  }
}
