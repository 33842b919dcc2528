import { basename, join, resolve } from 'node:path';
import { requireOptions, requireText } from '../errors';
import type { FindEvent, SearchedEvent } from '../find';
import { disposeWeights } from '../layers/noisy-darts-layer';
import { type NetworkEvaluation, type TrainingRecord, toStandardLayers, withoutAuxiliary } from '../network';
import type { EpochRecord } from '../search';
import type { AnySpace, SearchSpace } from '../spaces';
import { type FileTexts, keepUpToDate } from './keep-up-to-date';
import { makeFolder } from './make-folder';
import { renderReport } from './report/report';
import { requireEvents } from './require-events';
import { type RecordRunOptions, recordRun } from './run-folder';
import { type ModelMetadata, saveModel } from './saved-model';

/** Options of {@link recordFind}. */
export interface RecordFindOptions extends RecordRunOptions {
  /** What the saved networks say of themselves. Default nothing. */
  readonly metadata?: ModelMetadata;
}

/**
 * Passes the events of `findNetworkEvents` through and keeps its folder up to date: that of the search as `recordRun` keeps it,
 * and besides
 *
 * - `training.json`, the epochs of the training, and `test.json`, the evaluation on the test examples;
 * - `network/`, the found network with its best weights, and `standard/`, the same in stock layers, as `saveModel` writes
 *   them;
 * - `report.html`, search, training and test on one page.
 *
 * An epoch's files that cannot be written are left as they are with a warning, and tried again after the next.
 *
 * @throws as `recordRun`; the system's error if the networks cannot be written.
 */
export async function* recordFind<S extends SearchSpace>(
  events: AsyncIterable<FindEvent<S>>,
  options: RecordFindOptions,
): AsyncGenerator<FindEvent<S>, void, undefined> {
  requireEvents('recordFind', events);
  requireOptions('recordFind', options, 'pass { folder, space, settings }');
  requireText('recordFind', 'folder', options.folder, 'pass its path');
  const { metadata, ...recorded } = options;
  const { folder, space, settings, name = basename(resolve(folder)) } = options;
  const iterator = events[Symbol.asyncIterator]();
  let next: FindEvent<S> | undefined;
  /** The events up to the end of the search. */
  async function* ofSearch(): AsyncGenerator<FindEvent<S> & { stage: 'search' }, void, undefined> {
    for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
      next = step.value;
      if (next.stage !== 'search') return;
      yield next;
    }
    next = undefined;
  }
  const write = (files: FileTexts) => keepUpToDate('recordFind', folder, files);
  let searched: SearchedEvent<S> | undefined;
  let [history, epochs]: [readonly TrainingRecord[], number] = [[], 0];
  const report = (test?: NetworkEvaluation) => {
    const { decision, history: epochsOfSearch, epochs: all, genotype, budget } = searched!;
    return renderReport({
      name,
      space,
      history: epochsOfSearch as readonly EpochRecord<AnySpace>[],
      epochs: all,
      settings,
      decision,
      ...(budget && { genotype, budget }),
      found: { history, epochs, ...(test && { test }) },
    });
  };
  try {
    yield* recordRun(ofSearch() as never, recorded) as AsyncGenerator<FindEvent<S>, void, undefined>;
    for (; next; next = await iterator.next().then(({ done, value }) => (done ? undefined : value))) {
      const event: FindEvent<S> = next;
      if (event.type === 'searched') {
        searched = event;
        await makeFolder(resolve(folder));
      }
      if (event.stage === 'training' && event.type === 'resumed') history = event.history;
      if (event.stage === 'training' && event.type === 'epoch') {
        const { type: _, stage: __, epochs: all, ...record } = event;
        [history, epochs] = [[...history, record], all];
        await write({
          'training.json': () => `${JSON.stringify(history, null, 1)}\n`,
          'report.html': report,
        });
      }
      if (event.type === 'tested') {
        const { network, test, training, search } = event;
        searched = { ...searched!, ...search };
        [history, epochs] = [training.history, Math.max(epochs, training.history.length)];
        const main = withoutAuxiliary(network);
        await saveModel(main, join(folder, 'network'), metadata);
        const standard = toStandardLayers(main);
        await saveModel(standard, join(folder, 'standard'), metadata).finally(() => disposeWeights(standard));
        await write({
          'training.json': () => `${JSON.stringify(history, null, 1)}\n`,
          'test.json': () =>
            `${JSON.stringify({ best: training.best, ...test, ...(search.budget && { budget: search.budget }) }, null, 1)}\n`,
          'report.html': () => report(test),
        });
      }
      yield event;
    }
  } finally {
    await iterator.return?.();
  }
}
