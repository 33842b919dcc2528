import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { costRange, costTableFromJson, countCosts, type LatencyTable, measureCosts } from 'noisydarts/costs';
import { stopOnInterrupt } from 'noisydarts/node';
import { useBackend } from '../backend';
import {
  createCommand,
  howToCall,
  number,
  STOPPED,
  shared,
  type Telling,
  UsageError,
  whole,
} from '../command-line';
import { describeSettings } from '../dry-run';
import { chooseSpace, searchOptions } from '../search/spaces';

/** What the command line asks for. */
interface MeasureRequest extends Telling {
  readonly backend: 'wasm' | 'cpu';
  readonly space?: string;
  readonly setup?: string;
  readonly channels: number;
  readonly cells: number;
  readonly classes: number;
  readonly side: number;
  readonly colors: number;
  readonly batch: number;
  readonly seconds: number;
  readonly out: string;
  readonly resume?: boolean;
}

/** The table that a stopped measuring has left. */
async function stored(out: string): Promise<LatencyTable> {
  try {
    return costTableFromJson(await readFile(out, 'utf8')) as LatencyTable;
  } catch (error) {
    throw new UsageError(`--resume: ${(error as Error).message}`, { cause: error });
  }
}

/** Measures, and writes the table. */
async function runMeasure({ out, resume, dryRun, json, ...request }: MeasureRequest): Promise<void> {
  const { channels, cells, classes, side, colors, batch, seconds } = request;
  const space = await chooseSpace(request);
  const sizes = {
    ...(space.kind !== 'mobile' && { channels, cells }),
    classes,
    inputShape: [side, side, colors] as const,
  };
  if (dryRun) {
    const settings = { backend: request.backend, space: space.name, ...sizes, batch };
    const told = costRange(countCosts(space, { ...sizes, cost: 'parameters' }));
    return console.log(
      json
        ? JSON.stringify({ settings, parameters: told, seconds, out })
        : [
            ...describeSettings(settings),
            `parameters of the networks: ${told.least} to ${told.most}`,
            `time: ${seconds} seconds at most; ${out} is not written`,
          ].join('\n'),
    );
  }
  const before = resume ? { resume: await stored(out) } : {};
  // As where a network is used, without this library's kernels.
  await useBackend({ backend: request.backend, fast: false });
  const interrupt = stopOnInterrupt({ onStop: () => console.error('\nStopping after this measurement.') });
  try {
    const table = await measureCosts(space, {
      ...sizes,
      batch,
      seconds,
      signal: interrupt.signal,
      onProgress: ({ round, settled, total }) =>
        console.error(`round ${round + 1}: ${settled} of ${total} known`),
      ...before,
    });
    await writeFile(out, `${JSON.stringify(table, null, 2)}\n`);
    if (!table.measured.complete) {
      console.error(`Go on with: ${howToCall('measure')} --resume --out ${out}, and the same options`);
      process.exitCode = STOPPED;
      return;
    }
    const { least, most } = costRange(table);
    console.log(
      json
        ? JSON.stringify({ out, space: space.name, least, most, unit: 'ms' })
        : `${out}: networks of ${space.name} take ${least.toFixed(2)} to ${most.toFixed(2)} ms here`,
    );
  } finally {
    interrupt.dispose();
  }
}

/** `measure`. */
export function measureCommand(): Command {
  return createCommand('measure', 'Measures what the operations of a search space take on this machine.', [
    ['--channels 16 --cells 8', 'the DARTS space on 32x32 images, to latency.json'],
    ['--space nasbench201 --cells 5 --seconds 120', 'NAS-Bench-201, more exactly'],
  ])
    .addOption(shared.backend())
    .addOption(searchOptions.space())
    .addOption(shared.setup())
    .option('--channels <n>', 'channels of the first cell of the network', whole(1), 16)
    .option('--cells <n>', 'cells of the network, in nasbench201 of a stage', whole(1), 8)
    .option('--classes <n>', 'classes', whole(1), 10)
    .option('--side <n>', 'height and width of the images', whole(1), 32)
    .option('--colors <n>', 'channels of the images', whole(1), 3)
    .addOption(shared.batch(' of a run').default(1))
    .option(
      '--seconds <n>',
      'when to stop at the latest',
      number('a number of at least 0', (n) => n >= 0),
      60,
    )
    .option('--out <file>', 'file of the table', 'latency.json')
    .option('--resume', 'go on with the table in that file')
    .addOption(shared.dryRun('measure nothing: settings, parameters of the networks, time at most'))
    .addOption(shared.json())
    .action(async (options: MeasureRequest) => runMeasure(options));
}
