/** Runs searches beside the page, so that the page stays alive. One at a time; the last request wins. */
import type { DartsSpace, EpochRecord } from 'noisydarts';
import type { AlphaWeights } from 'noisydarts/search';
import type { Report, Request, RunState } from '../protocol';
import { checkTable, describeTable, measureDevice, measureFound } from './device';
import { drawCells, drawHistory, drawLook } from './figures';
import { zipModel } from './model';
import { readPictures } from './pictures';
import { runSearch, space, type Trained } from './run';
import { RunStore } from './store';

/** The worker's own global scope; TypeScript's DOM library knows the page's only. */
const scope = self as unknown as {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(message: Report, transfer?: Transferable[]): void;
};
const report = (message: Report) => scope.postMessage(message);
const announce = (state: RunState, note = '') =>
  report({ type: 'state', state, note, model: trained !== undefined });

let running: { readonly controller: AbortController; readonly ended: Promise<void> } | undefined;
let trained: Trained | undefined;
let store: Promise<RunStore> | undefined;

/** The browser's storage, for this tab alone: two tabs would overwrite each other's run. */
function ownStore(): Promise<RunStore> {
  store ??= new Promise<void>((resolve, reject) => {
    // After a reload, the worker of the page before may take a moment to let go.
    const signal = AbortSignal.timeout(5000);
    navigator.locks
      .request('noisydarts', { signal }, () => {
        resolve();
        // Held for as long as this worker lives.
        return new Promise(() => {});
      })
      .catch(() =>
        reject(new Error('A search is open in another tab. Close that tab, then reload this one.')),
      );
  }).then(() => RunStore.open());
  return store;
}

async function stop(): Promise<void> {
  running?.controller.abort();
  await running?.ended;
}

function forget(): void {
  trained?.supernet.dispose();
  trained = undefined;
}

/** Goes on with the stored run. */
async function go(): Promise<void> {
  if (running) return;
  forget();
  const controller = new AbortController();
  const work = async () => {
    announce('preparing', 'Loading the library and the images');
    try {
      const { done, ...rest } = await runSearch(await ownStore(), report, controller.signal);
      trained = rest;
      if (done) await compare();
      announce(done ? 'done' : 'paused');
    } catch (error) {
      await fail(error);
    }
  };
  running = {
    controller,
    ended: work().finally(() => {
      running = undefined;
    }),
  };
}

/** Measures what the searches have found, if it is known what operations take here. */
async function compare(): Promise<void> {
  const kept = await ownStore();
  const [table, found = []] = [await kept.get('table'), await kept.get('found')];
  if (!table || found.length === 0) return;
  announce('preparing', 'Measuring the network found');
  report({ type: 'devices', rows: await measureFound(table, found) });
}

/** Measures the device, then the networks that were found before. */
async function measure({ request }: Extract<Request, { type: 'measure' }>): Promise<void> {
  if (running) return;
  announce('preparing', 'Loading the library');
  const controller = new AbortController();
  const work = async () => {
    const kept = await ownStore();
    try {
      const table = await measureDevice(request, report, controller.signal);
      if (table.measured.complete) {
        await kept.setTable(table);
        report(describeTable(table));
        await compare();
      } else report({ type: 'error', message: 'The measuring was stopped before it was through.' });
    } catch (error) {
      report({ type: 'error', message: error instanceof Error ? error.message : String(error) });
    }
    const settings = await kept.get('settings');
    announce(!settings ? 'idle' : trained ? 'done' : 'paused');
  };
  running = {
    controller,
    ended: work().finally(() => {
      running = undefined;
    }),
  };
}

async function start({ settings, files }: Extract<Request, { type: 'start' }>): Promise<void> {
  announce('preparing', 'Preparing');
  await stop();
  forget();
  const kept = await ownStore();
  if (settings.limit !== null) checkTable(await kept.get('table'), settings);
  if (settings.data === 'digits') {
    await kept.begin(settings, undefined, false);
    return go();
  }
  // Restarting on the same folder needs no files: its pictures are stored.
  const before = files.length === 0 ? await kept.get('pictures') : undefined;
  if (before) {
    await kept.begin(settings, before, false);
    return go();
  }
  const { pictures, unreadable } = await readPictures(files, settings.side, (read, of) =>
    announce('preparing', `Reading pictures: ${read} of ${of}`),
  );
  if (unreadable.length > 0) {
    report({
      type: 'error',
      message: `${unreadable.length} of the files could not be read as pictures and were left out, such as ${unreadable[0]}.`,
    });
  }
  await kept.begin(settings, pictures, true);
  return go();
}

/** Shows the stored run, if there is one, as it was left. */
async function restore(): Promise<void> {
  report(drawLook(space));
  const kept = await ownStore();
  const settings = await kept.get('settings');
  const table = await kept.get('table');
  if (table) report(describeTable(table));
  if (!settings) return announce('idle');
  const history: readonly EpochRecord[] = (await kept.get('history')) ?? [];
  report({ type: 'run', settings, images: '', backend: '' });
  const last = history.at(-1);
  if (last) {
    report(drawHistory(space, history, settings));
    report(drawCells(space, last.alphas as AlphaWeights<DartsSpace>));
  }
  // A finished run has no step left to take: this only brings its supernet back.
  if (history.length === settings.epochs) return go();
  announce('paused', 'A search from before is waiting.');
}

async function fail(error: unknown): Promise<void> {
  report({ type: 'error', message: error instanceof Error ? error.message : String(error) });
  // What was stored is intact, and can be gone on with.
  const settings = await ownStore().then(
    (kept) => kept.get('settings'),
    () => undefined,
  );
  announce(settings ? 'paused' : 'idle');
}

async function handle(request: Request): Promise<void> {
  switch (request.type) {
    case 'restore':
      return restore();
    case 'start':
      return start(request);
    case 'measure':
      return measure(request);
    case 'pause':
      if (running) announce('pausing');
      return stop();
    case 'resume':
      return go();
    case 'model': {
      if (!trained) return;
      const content = await zipModel(trained.supernet, trained.data);
      report({ type: 'model', download: { name: 'supernet.zip', type: 'application/zip', content } });
    }
  }
}

scope.onmessage = ({ data }) => {
  handle(data).catch(fail);
};
