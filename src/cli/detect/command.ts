import type { Command } from 'commander';
import { createCommand } from '../command-line';
import { createDetectTest, createDetectTrain, readDetectTrain } from './options';
import { runDetectTest } from './test';
import { runDetectTrain } from './train';

/** `detect`. */
export function detectCommand(): Command {
  return createCommand('detect', 'Trains a detector of objects on the maps of a network, or tests one.', [
    ['train --data coco', 'on COCO; train --help lists all options'],
    ['test runs/detect', 'average precision of a trained one'],
  ])
    .addCommand(
      createDetectTrain().action(async (_, program) => runDetectTrain(await readDetectTrain(program))),
    )
    .addCommand(createDetectTest().action(runDetectTest));
}
