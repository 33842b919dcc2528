/** One run of an experiment, in a process of its own: `search-one.ts SETTINGS RUN FOLDER`, each as JSON. Tells its parent how far it is. */
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { search } from 'noisydarts';
import { describeRun, fileStore, recordRun, stopOnInterrupt } from 'noisydarts/node';
import { prepareSearch, spaceNamed } from './prepare';
import type { ExperimentSettings, Run } from './settings';

/** What a run tells the process that started it. */
export type RunMessage =
  | { readonly kind: 'step'; readonly done: number; readonly total: number }
  | { readonly kind: 'epoch' }
  | { readonly kind: 'end'; readonly stopped: boolean }
  | { readonly kind: 'failed'; readonly message: string };

const tell = (message: RunMessage) => process.send?.(message);

async function run(
  settings: ExperimentSettings,
  one: Pick<Run, 'method' | 'seed'>,
  folder: string,
): Promise<void> {
  const store = fileStore(join(folder, 'checkpoint'));
  const stored = await store.load();
  const interrupt = stopOnInterrupt();
  const options = {
    ...(await prepareSearch(settings, one)),
    checkpoint: { store },
    signal: interrupt.signal,
    ...(stored && { resume: stored }),
  };
  const about = { folder, space: spaceNamed(settings.space), settings: describeRun(options) };
  let stopped = false;
  for await (const event of recordRun(search(options), about)) {
    if (event.type === 'step')
      tell({ kind: 'step', done: event.step + 1, total: event.epochs * event.stepsPerEpoch });
    // On a backend that never waits for a device, nothing else would let signals through.
    await setImmediate();
    if (event.type === 'epoch') tell({ kind: 'epoch' });
    if (event.type === 'stopped') stopped = true;
  }
  interrupt.dispose();
  tell({ kind: 'end', stopped });
}

// Without its parent nobody would know how a run ends.
process.once('disconnect', () => process.kill(process.pid, 'SIGINT'));
try {
  const [settings, one, folder] = process.argv.slice(2).map((text) => JSON.parse(text));
  await run(settings, one, folder);
} catch (error) {
  tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
// The channel to the parent keeps a process alive.
process.removeAllListeners('disconnect');
process.disconnect?.();
