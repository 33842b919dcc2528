import { createServer } from 'node:http';
import type { Command } from 'commander';
import { sweepDashboard } from 'noisydarts/sweep';
import { listenOn } from '../../node/listen';
import { createCommand, whole } from '../command-line';
import { needQueue } from '../sweep/places';
import { untilStopped } from '../until-stopped';

async function run({ queue, port }: { readonly queue: string; readonly port: number }): Promise<void> {
  const dashboard = await sweepDashboard(queue);
  const server = await listenOn(createServer(dashboard.handler), port);
  console.log(`http://127.0.0.1:${server.port}: ${dashboard.sweeps.join(', ')}; Ctrl-C ends it.`);
  await untilStopped();
  await server.close();
  await dashboard.close();
}

/** `dashboard`. */
export function dashboardCommand(): Command {
  return createCommand('dashboard', 'Shows the queues of all sweeps in a Redis, on a page of this machine.', [
    ['--queue redis://HOST', 'with the optional package @bull-board/express'],
    ['--queue redis://HOST --port 8080', 'on another port'],
  ])
    .option('--queue <url>', 'Redis of the queues')
    .option('--port <n>', 'port of the page; 0 for a free one', whole(0, 65_535), 3000)
    .action(({ queue, port }) => run({ queue: needQueue(queue), port }));
}
