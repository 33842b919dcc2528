import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Option } from 'commander';
import { fileStore, withProgress, writeFileAtomic } from 'noisydarts/node';
import type { DoneEvent, SearchEvent } from 'noisydarts/search';
import {
  type PerturbationOptions,
  type Selection,
  selectByPerturbation,
  selectByProgressiveShrink,
} from 'noisydarts/selection';
import { UsageError, whole } from '../command-line';

/** Selections by their names on the command line; that by alpha is the search's own. */
const selections = { perturbation: selectByPerturbation, shrink: selectByProgressiveShrink };
export type SelectionName = keyof typeof selections | 'alpha';

/** What the command line says of the selection. */
export interface SelectionSettings {
  /** Default `'alpha'`. */
  readonly selection?: SelectionName;
  /** Steps between two rounds of the selection. */
  readonly tuneSteps?: number;
}

/** The options of {@link SelectionSettings}. */
export const selectionOptions = (): readonly Option[] => [
  new Option(
    '--selection <name>',
    'what reads the genotype out of the searched supernet (default: alpha); also with --resume of a search that is done',
  ).choices(['alpha', ...Object.keys(selections)]),
  new Option(
    '--tune-steps <n>',
    'steps of tuning between two rounds of --selection (default: five epochs of perturbation, one of shrink)',
  ).argParser(whole(0)),
];

/** @throws UsageError for what a selection cannot go with. */
export function checkSelection(settings: SelectionSettings & { readonly latency?: string }): void {
  const { selection, tuneSteps, latency } = settings;
  // Beside --selection alpha they are let be, for grids that have both.
  if (selection === undefined && tuneSteps !== undefined)
    throw new UsageError('--tune-steps is of --selection perturbation or shrink; add one');
  if (selection !== undefined && selection !== 'alpha' && latency !== undefined)
    throw new UsageError(
      `--selection ${selection} keeps to no --latency-limit; leave it out, or select by alpha`,
    );
}

/** The settings that a run is gone on with: steps of tuning are those of the selection they were said of. */
export function goOnWith<T extends SelectionSettings>(stored: T, given: SelectionSettings): T {
  const { tuneSteps: _, ...others } = stored;
  const another = given.selection !== undefined && given.selection !== stored.selection;
  return { ...(another ? (others as T) : stored), ...given };
}

/** What a selection needs to know of its run. */
export type SelectionData = Pick<
  PerturbationOptions,
  'supernet' | 'train' | 'valid' | 'batchSize' | 'seed' | 'augment' | 'alpha' | 'signal'
> & { readonly folder: string };

/** Of a run that was selected from otherwise than by alpha: what selected, and all its evaluations. */
export const SELECTION_FILE = 'selection.json';

/**
 * The events of a search; at its end the selection goes on from there, and the last event has what it comes to. It is stored in
 * the folder, stopped and gone on with as the search is; where it is stopped there is no last event.
 */
export async function* withSelection(
  events: AsyncIterable<SearchEvent>,
  { selection = 'alpha', tuneSteps }: SelectionSettings,
  data: SelectionData,
): AsyncGenerator<SearchEvent, void, undefined> {
  for await (const event of events) {
    if (event.type !== 'done') yield event;
    else if (selection === 'alpha') {
      yield event;
      await rm(join(data.folder, SELECTION_FILE), { force: true });
    } else {
      const own = { ...data, ...(tuneSteps !== undefined && { tuneSteps }) };
      const end = await selected(selection, event, own);
      if (end) yield end;
    }
  }
}

async function selected(
  by: keyof typeof selections,
  done: DoneEvent,
  { folder, ...data }: SelectionData & { readonly tuneSteps?: number },
): Promise<SearchEvent | undefined> {
  const store = fileStore(join(folder, `selection-${by}`));
  const resume = await store.load();
  const epoch = done.history.length - 1;
  const select = selections[by] as Selection;
  const events = select({ ...data, epoch, checkpoint: { store }, ...(resume && { resume }) });
  for await (const event of withProgress(events)) {
    if (event.type === 'stopped') return undefined;
    if (event.type !== 'done') continue;
    const { genotype, byAlpha, decisions } = event;
    const text = JSON.stringify({ by, genotype, byAlpha, decisions }, null, 2);
    await writeFileAtomic(join(folder, SELECTION_FILE), `${text}\n`);
    return { ...done, genotype, selection: { by, decoded: byAlpha } };
  }
  throw new Error(`selection by ${by}: ended without an end`);
}
