import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { type SearchSpace, search } from 'noisydarts';
import { describeRun, fileStore, recordRun, threadedEngine, withProgress } from 'noisydarts/node';
import type { SelectionVerdict } from 'noisydarts/search';
import { useBackend } from '../backend';
import {
  asUsage,
  howToCall,
  makeRunFolder,
  removeIfEmpty,
  STOPPED,
  stopAfterStep,
  UsageError,
} from '../command-line';
import { countParameters, describeDryRun, dryRun, estimatedMb } from '../dry-run';
import { readData } from './data';
import { budgetLines, measuredHere, readBudget, withMeasured } from './latency';
import { createSearch, policies, readSearch, type SearchRequest, type SearchSettings } from './options';
import { withSelection } from './selection';
import { chooseSpace, genotypeText, setupModules } from './spaces';
import { makeSupernet } from './supernet';

/** What to measure, and the rule that may stop the run. */
function watch({ diagnostics, policy }: SearchSettings, space: SearchSpace) {
  const gap = diagnostics ? { gap: { images: 1024 } } : {};
  return {
    ...((diagnostics || policy === 'eigenvalue') && { diagnostics: { eigenvalue: true, ...gap } }),
    ...(policy && { policy: policies[policy](space) }),
  };
}

/** What alpha would have said of a genotype that was selected otherwise. */
const selectionLine = (selection: SelectionVerdict | undefined): string =>
  selection ? `Selected by ${selection.by}; by alpha ${genotypeText(selection.decoded)}\n` : '';

/** Searches, and leaves everything in a folder. */
export async function runSearch({
  settings,
  runs,
  name,
  resume,
  dryRun: dry,
  json,
}: SearchRequest): Promise<void> {
  const space = await chooseSpace(settings);
  const limited = await readBudget(settings);
  const { train, valid, augment, alphaRate } = await asUsage(readData(settings));
  const stored = resume === undefined ? undefined : await fileStore(join(resume, 'checkpoint')).load();
  if (resume !== undefined && !stored)
    throw new UsageError(`--resume: '${join(resume, 'checkpoint')}' does not exist; start the run anew`);

  const used = await useBackend(settings);
  const { epochs, batch, seed, threads, fast } = settings;
  const setup = setupModules(settings.setup);
  const supernet = makeSupernet(space, settings, train);
  const folder = dry ? undefined : (resume ?? (await makeRunFolder(runs, name, settings.format ?? 'digits')));
  const engine =
    threads > 1
      ? await threadedEngine(supernet, { threads, fast, setup, inputShape: train.shape })
      : undefined;
  const interrupt = stopAfterStep();
  const options = {
    supernet,
    train,
    valid,
    epochs,
    batchSize: batch,
    seed,
    augment,
    alpha: { learningRate: alphaRate },
    ...(folder !== undefined && { checkpoint: { store: fileStore(join(folder, 'checkpoint')) } }),
    signal: interrupt.signal,
    ...watch(settings, space),
    ...(limited && { budget: limited.budget }),
    ...(engine && { engine }),
    ...(stored && { resume: stored }),
  };
  try {
    if (folder === undefined) {
      const memory = estimatedMb(supernet, { batchSize: batch, inputShape: train.shape });
      const about = { settings, parameters: countParameters(supernet), ...memory };
      return console.log(describeDryRun(await dryRun(search(options), about), json));
    }
    console.error(`${folder}: ${train.size} images for the weights, ${valid.size} for alpha`);
    const searched = limited
      ? withMeasured(search(options), measuredHere(limited.table, used))
      : withSelection(search(options), settings, {
          supernet,
          train,
          valid,
          batchSize: batch,
          seed,
          augment,
          alpha: { learningRate: alphaRate },
          signal: interrupt.signal,
          folder,
        });
    const events = recordRun(searched, {
      folder,
      space,
      settings: { ...describeRun(options), command: { ...used } },
    });
    let done = false;
    for await (const event of withProgress(events)) {
      if (event.type === 'done') {
        done = true;
        const { genotype, budget, selection } = event;
        const report = join(folder, 'report.html');
        console.log(
          json
            ? JSON.stringify({
                folder,
                genotype,
                report,
                ...(budget && { budget }),
                ...(selection && { selection }),
              })
            : `${genotypeText(genotype)}\n${budgetLines(budget).join('')}${selectionLine(selection)}Report: ${report}`,
        );
      }
    }
    if (!done) {
      console.error(`Go on with: ${howToCall('search')} --resume ${basename(folder)}`);
      process.exitCode = STOPPED;
    }
  } finally {
    interrupt.dispose();
    await engine?.dispose();
    supernet.dispose();
    if (folder !== undefined) await removeIfEmpty(folder);
  }
}

/** `search`. */
export function searchCommand(): Command {
  return createSearch().action(async (_, program) => runSearch(await readSearch(program)));
}
