/**
 * Searches for an architecture with NoisyDARTS: `npm run search -- --help`.
 *
 * Everything the run finds is in its folder, `runs/NAME/`; open `report.html` there. Ctrl-C stops the run after the step in
 * progress, `npm run search -- --resume` goes on with it.
 */
import { basename, join } from 'node:path';
import { SearchError, type SearchSpace, search } from 'noisydarts';
import {
  describeRun,
  fileStore,
  recordRun,
  stopOnInterrupt,
  threadedEngine,
  withProgress,
} from 'noisydarts/node';
import { useBackend } from './backend';
import { readData } from './search/data';
import { policies, readCommand, type SearchCommand, type SearchSettings, UsageError } from './search/options';
import { genotypeText } from './search/spaces';
import { makeSupernet } from './search/supernet';

/** What to measure, and the rule that may stop the run. */
function watch({ diagnostics, policy }: SearchSettings, space: SearchSpace) {
  const gap = diagnostics ? { gap: { images: 1024 } } : {};
  return {
    ...((diagnostics || policy === 'eigenvalue') && { diagnostics: { eigenvalue: true, ...gap } }),
    ...(policy && { policy: policies[policy](space) }),
  };
}

async function run({ settings, folder, resume }: SearchCommand): Promise<void> {
  const { train, valid, augment, alphaRate } = await readData(settings).catch((error: Error) => {
    throw new UsageError(error.message, { cause: error });
  });
  const store = fileStore(join(folder, 'checkpoint'));
  const stored = resume ? await store.load() : undefined;
  if (resume && !stored)
    throw new UsageError(`--resume: '${store.location}' does not exist; start the run anew`);

  await useBackend(settings);
  const { epochs, batch, seed, threads, fast } = settings;
  const supernet = makeSupernet(settings, train);
  const { space } = supernet;
  const engine =
    threads > 1 ? await threadedEngine(supernet, { threads, fast, inputShape: train.shape }) : undefined;
  const interrupt = stopOnInterrupt({
    onStop: () => console.error('\nStopping after this step; Ctrl-C again ends at once, without saving.'),
  });
  const options = {
    supernet,
    train,
    valid,
    epochs,
    batchSize: batch,
    seed,
    augment,
    alpha: { learningRate: alphaRate },
    checkpoint: { store },
    signal: interrupt.signal,
    ...watch(settings, space),
    ...(engine && { engine }),
    ...(stored && { resume: stored }),
  };
  console.error(`${folder}: ${train.size} images for the weights, ${valid.size} for alpha`);
  try {
    const events = recordRun(search(options), {
      folder,
      space,
      settings: { ...describeRun(options), command: { ...settings } },
    });
    for await (const event of withProgress(events)) {
      if (event.type === 'stopped') {
        console.error(`Go on with: npm run search -- --resume ${basename(folder)}`);
        process.exitCode = 130;
      }
      if (event.type === 'done') {
        console.log(genotypeText(event.genotype));
        console.log(`Report: ${join(folder, 'report.html')}`);
      }
    }
  } finally {
    interrupt.dispose();
    await engine?.dispose();
    supernet.dispose();
  }
}

try {
  const command = await readCommand(process.argv.slice(2));
  if (command) await run(command);
} catch (error) {
  // The message says it all, and a stack would hide it; a RangeError is the library's word on a bad setting.
  const misuse = error instanceof UsageError || error instanceof RangeError;
  console.error(misuse || error instanceof SearchError ? error.message : error);
  process.exitCode = misuse ? 2 : 1;
}
