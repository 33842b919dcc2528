import type { Command } from 'commander';
import { version } from '../../package.json';
import { createCommand } from './command-line';
import { dashboardCommand } from './dashboard/command';
import { demoCommand } from './demo/command';
import { detectCommand } from './detect/command';
import { experimentCommand } from './experiment/command';
import { exportCommand } from './export/command';
import { findCommand } from './find/command';
import { fromPytorchCommand } from './from-pytorch/command';
import { landscapeCommand } from './landscape/command';
import { measureCommand } from './measure/command';
import { knowCommands } from './options-file';
import { reportCommand } from './report/command';
import { searchCommand } from './search/command';
import { serveCommand } from './serve/command';
import { sweepCommand } from './sweep/command';
import { trainCommand } from './train/command';
import { verifyCommand } from './verify/command';
import { workerCommand } from './worker/command';

const ENDINGS = `
Every command ends with 0, 1 if it failed, 2 if it was asked for what cannot be, 130 if it was stopped and can go on.
noisydarts COMMAND --help lists the options of a command, with examples.
--config FILE takes options from a file of JSON, { "channels": 8, "train": { "epochs": 100 } }: those of all commands, and of one.`;

const commands = (): Command[] => [
  searchCommand(),
  trainCommand(),
  findCommand(),
  detectCommand(),
  experimentCommand(),
  sweepCommand(),
  workerCommand(),
  dashboardCommand(),
  landscapeCommand(),
  measureCommand(),
  fromPytorchCommand(),
  exportCommand(),
  verifyCommand(),
  reportCommand(),
  serveCommand(),
  demoCommand(),
];
knowCommands(commands);

/**
 * The command `noisydarts`: all commands of the package under one name.
 *
 * @returns A command that {@link main} runs.
 */
export function createProgram(): Command {
  const program = createCommand(
    'noisydarts',
    'Differentiable architecture search that noise keeps from collapsing.',
  )
    .version(version)
    .addHelpText('after', ENDINGS);
  for (const command of commands()) program.addCommand(command);
  return program;
}
