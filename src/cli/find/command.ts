import { basename, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Command } from 'commander';
import { gaussianNoise } from 'noisydarts';
import { measureNormalization } from 'noisydarts/data';
import { findNetworkEvents } from 'noisydarts/find';
import { fileStore, recordFind, withProgress } from 'noisydarts/node';
import { useBackend } from '../backend';
import { asUsage, howToCall, makeRunFolder, removeIfEmpty, STOPPED, stopAfterStep } from '../command-line';
import { readExampleDigits } from '../data/digits';
import { readImages } from '../data/images';
import { budgetLines, measuredHere, readBudget } from '../search/latency';
import { chooseSpace, genotypeText, strategies } from '../search/spaces';
import { describeFind } from './dry-run';
import { CHECKPOINT, createFind, type FindRequest, type FindSettings, readFind } from './options';

/** The images of `--data`, or the digits, with the changes to them that suit them. */
async function readData({ data, ...settings }: FindSettings) {
  if (data !== undefined) {
    const images = await readImages({ ...settings, data });
    return { ...images, test: await images.test(), alphaRate: 3e-4 };
  }
  const { train, test } = await readExampleDigits(settings.limit);
  const normalize = await measureNormalization(train);
  // A run on the digits takes a fiftieth of the paper's steps, so alpha takes larger ones.
  return {
    train,
    test,
    searchAugment: { normalize },
    trainAugment: { crop: { padding: 1 }, normalize },
    alphaRate: 0.01,
  };
}

/** Searches, trains and tests, and leaves everything in a folder. */
export async function runFind(request: FindRequest): Promise<void> {
  const { settings, runs, name, resume, dryRun, json } = request;
  const space = await chooseSpace(settings);
  const limited = await readBudget(settings);
  const data = await asUsage(readData(settings));
  const used = await useBackend(settings);
  const { channels, cells, epochs, trainChannels, trainCells, trainEpochs, batch, seed, noise } = settings;
  const { train, test } = data;
  const parts = {
    supernet: {
      strategy: strategies[settings.strategy ?? 'darts'](epochs),
      ...(noise !== undefined && { noise: noise === 0 ? null : gaussianNoise({ std: noise }) }),
      ...(space.kind !== 'mobile' && { channels, cells }),
    },
    search: {
      epochs,
      batchSize: batch,
      augment: data.searchAugment,
      alpha: { learningRate: data.alphaRate },
      ...(limited && { budget: limited.budget }),
    },
    network: {
      ...(space.kind !== 'mobile' && { channels: trainChannels, cells: trainCells }),
      // The digits are too small for an auxiliary head.
      ...(space.kind === 'darts' && { auxiliary: settings.data !== undefined }),
    },
    training: { epochs: trainEpochs, batchSize: batch, augment: data.trainAugment },
  };
  if (dryRun) return console.log(await describeFind({ space, settings, train, parts }, json));
  const folder = resume ?? (await makeRunFolder(runs, name, `find-${settings.format ?? 'digits'}`));
  const interrupt = stopAfterStep();
  console.error(`${folder}: ${train.size} images to learn from, ${test.size} to test on`);
  try {
    const store = fileStore(join(folder, CHECKPOINT));
    const measure = limited && measuredHere(limited.table, used);
    const events = findNetworkEvents({
      space,
      train,
      test,
      seed,
      ...parts,
      ...(measure && { measure: (_, genotype) => measure(genotype) }),
      store,
      signal: interrupt.signal,
    });
    const recorded = recordFind(events, {
      folder,
      space,
      // Without what a budget computes.
      settings: { ...(JSON.parse(JSON.stringify(parts)) as typeof parts), command: { ...used } },
      metadata: {
        ...(data.trainAugment.normalize && { normalize: data.trainAugment.normalize }),
        ...('classNames' in train && { classNames: train.classNames as string[] }),
        task: { kind: 'classification' },
      },
    });
    for await (const event of withProgress(recorded)) {
      if (event.type === 'stopped') {
        console.error(`Go on with: ${howToCall('find')} --resume ${basename(folder)}`);
        process.exitCode = STOPPED;
      }
      if (event.type === 'tested') {
        const { genotype, test, search } = event;
        const { budget } = search;
        const report = join(folder, 'report.html');
        console.log(
          json
            ? JSON.stringify({ folder, genotype, ...test, report, ...(budget && { budget }) })
            : `${genotypeText(genotype)}\n${budgetLines(budget).join('')}Test accuracy ${test.top1.toFixed(2)} %\nReport: ${report}`,
        );
        tf.dispose(event.network.weights.map((weight) => weight.read()));
      }
    }
  } finally {
    interrupt.dispose();
    await removeIfEmpty(folder);
  }
}

/** `find`. */
export function findCommand(): Command {
  return createFind().action(async (_, program) => runFind(await readFind(program)));
}
