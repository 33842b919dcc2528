import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import { subset } from 'noisydarts';
import { type LossLandscape, lossLandscape } from 'noisydarts/analysis';
import { type Batch, evaluationBatches } from 'noisydarts/data';
import { drawLandscape, fileStore, stopOnInterrupt, writeFileAtomic } from 'noisydarts/node';
import { restoreSupernet } from 'noisydarts/search';
import { median } from '../../costs/spread';
import { useBackend } from '../backend';
import { howToCall, STOPPED, UsageError } from '../command-line';
import { countParameters, describeHours, describeSettings } from '../dry-run';
import { readData } from '../search/data';
import { storedSettings } from '../search/options';
import { chooseSpace } from '../search/spaces';
import { makeSupernet } from '../search/supernet';
import { createLandscape, type LandscapeRequest, readLandscape } from './options';

async function storedLandscape(path: string): Promise<LossLandscape> {
  try {
    const landscape = JSON.parse(await readFile(path, 'utf8')) as LossLandscape | null;
    if (!Array.isArray(landscape?.loss)) throw new Error('a file of something else');
    return landscape;
  } catch (error) {
    throw new UsageError(`--resume: '${path}' holds no landscape, got ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Seconds that a point takes: the median of a few behind the first, which brings kernels up. */
async function timePoints(events: ReturnType<typeof lossLandscape>): Promise<number> {
  const seconds: number[] = [];
  let before = performance.now();
  for await (const { type } of events) {
    const now = performance.now();
    if (type === 'point') seconds.push((now - before) / 1000);
    before = now;
    if (seconds.length === PROBED) break;
  }
  return median(seconds.slice(1));
}

/** Points that a dry run computes. */
const PROBED = 4;

/** Draws a landscape in the folder of its run. */
export async function runLandscape(command: LandscapeRequest): Promise<void> {
  const { folder, over, points, radius, images, batch: batchSize, seed, dryRun, json } = command;
  const settings = await storedSettings(folder);
  const space = await chooseSpace(settings);
  const store = fileStore(join(folder, 'checkpoint'));
  const checkpoint = await store.load();
  if (!checkpoint) throw new UsageError(`'${store.location}' does not exist; name the folder of a search`);
  const path = join(folder, 'landscape.json');
  const resume = command.resume ? await storedLandscape(path) : undefined;
  const { valid, augment } = await readData(settings);

  await useBackend(settings);
  const supernet = makeSupernet(space, settings, valid);
  const batches: Batch[] = [];
  const interrupt = stopOnInterrupt({ onStop: () => console.error('\nStopping after this point.') });
  const bar = new cliProgress.SingleBar({
    format: '{bar} point {value}/{total}  {eta_formatted} left',
    stream: process.stderr,
    clearOnComplete: true,
    linewrap: true,
    gracefulExit: false,
  });
  try {
    restoreSupernet(supernet, checkpoint);
    const used = subset(valid, { to: Math.min(images, valid.size) });
    const { normalize } = augment;
    for await (const batch of evaluationBatches(used, { batchSize, normalize })) batches.push(batch);
    if (dryRun) {
      const about = { over, points, radius, images: used.size, batch: batchSize, seed };
      const probe = { over, points, radius, seed };
      const told = { settings: about, parameters: countParameters(supernet), points: points * points };
      const secondsPerPoint = await timePoints(lossLandscape(supernet, batches, probe));
      const hours = (secondsPerPoint * told.points) / 3600;
      return console.log(
        json
          ? JSON.stringify({ ...told, secondsPerPoint, hours })
          : [
              ...describeSettings(about),
              `parameters: ${told.parameters}`,
              `points: ${told.points}, ${secondsPerPoint.toFixed(3)} s each: ${describeHours(hours)}`,
            ].join('\n'),
      );
    }
    console.error(`${folder}: ${points * points} points, ${used.size} validation images each`);
    const events = lossLandscape(supernet, batches, {
      over,
      points,
      radius,
      seed,
      signal: interrupt.signal,
      ...(resume && { resume }),
    });
    for await (const { type, done, total, landscape } of events) {
      if (bar.isActive) bar.update(done);
      else bar.start(total, done);
      if (type !== 'point' || done % points === 0) await writeFileAtomic(path, JSON.stringify(landscape));
      if (type === 'stopped') {
        bar.stop();
        console.error(`Go on with: ${howToCall('landscape')} ${folder} --resume, and the same options`);
        process.exitCode = STOPPED;
      }
      if (type === 'done') {
        bar.stop();
        const drawing = join(folder, 'landscape.svg');
        await writeFileAtomic(drawing, drawLandscape(landscape));
        console.log(json ? JSON.stringify({ landscape: path, drawing }) : `Landscape: ${drawing}`);
      }
      // On a backend that never waits for a device, nothing else would let signals through.
      await setImmediate();
    }
  } finally {
    bar.stop();
    interrupt.dispose();
    for (const { x, y } of batches) tf.dispose([x, y]);
    supernet.dispose();
  }
}

/** `landscape`. */
export function landscapeCommand(): Command {
  return createLandscape().action(async (_folder, _options, program) => runLandscape(readLandscape(program)));
}
