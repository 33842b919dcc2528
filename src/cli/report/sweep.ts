import type { Command } from 'commander';
import { writeFileAtomic } from 'noisydarts/node';
import { openRunStore, optunaJournal, renderSweep, serveSweep, sweepStatus } from 'noisydarts/sweep';
import { createCommand, STOPPED, shared, UsageError, whole } from '../command-line';
import { untilStopped } from '../until-stopped';

interface SweepReportOptions {
  readonly name?: string;
  readonly out?: string;
  readonly optuna?: string;
  readonly live: boolean;
  readonly port: number;
  readonly json: boolean;
}

async function run(
  location: string,
  { name, out, optuna, live, port, json }: SweepReportOptions,
): Promise<void> {
  const store = await openRunStore(location, name === undefined ? {} : { sweep: name });
  try {
    const status = await sweepStatus(store);
    if (!status) throw new UsageError(`'${location}' holds no sweep; name the store of one`);
    if (optuna !== undefined) await writeFileAtomic(optuna, optunaJournal(status));
    const counts = { done: 0, failed: 0, running: 0, waiting: 0 };
    for (const job of status.jobs) counts[job.status]++;
    const page = out ?? (live ? undefined : `${status.plan.name}.html`);
    if (page !== undefined) await writeFileAtomic(page, renderSweep(status));
    const told = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
    console.log(
      json
        ? JSON.stringify({ sweep: status.plan.name, ...counts, report: page, optuna })
        : [
            `${status.plan.name}: ${told.join(', ')}`,
            ...(page === undefined ? [] : [`Report: ${page}`]),
          ].join('\n'),
    );
    if (!live) return;
    const server = await serveSweep(store, { port });
    console.log(`${server.url} follows it; Ctrl-C ends it.`);
    await untilStopped();
    await server.close();
    process.exitCode = STOPPED;
  } finally {
    await store.close();
  }
}

/** `report sweep`. */
export function sweepReportCommand(): Command {
  return createCommand('sweep', 'Tells where a sweep stands, on one page.', [])
    .argument('<store>', 'store of the sweep: a folder, s3://BUCKET/PREFIX or redis://HOST')
    .option('--name <sweep>', 'which sweep, of several in one Redis')
    .option('--out <file>', 'file of the page (default: NAME.html, with --live none)')
    .option('--optuna <file>', 'file of a journal, which optuna-dashboard opens')
    .option('--live', 'serve the page on this machine; it follows the sweep', false)
    .option('--port <n>', 'port to serve on, 0 for a free one', whole(0, 65_535), 3001)
    .addOption(shared.json())
    .action((store, options) => run(store, options));
}
