import { createServer, type ServerResponse } from 'node:http';
import { checkOptions, type OptionKeys, rangeError } from '../../errors';
import { listenOn } from '../../node/listen';
import type { RunStore } from '../run-store';
import { type SweepStatus, sweepStatus } from '../status';
import { sweepBody, sweepPage } from './page';

/** Options of {@link serveSweep}. */
export interface ServeSweepOptions {
  /** Port on the loopback address. Default 0, a free one. */
  readonly port?: number;
  /** Milliseconds between two looks at the store while somebody watches. Default 2000. */
  readonly poll?: number;
}

const KEYS = { port: 'whole', poll: 'positive' } satisfies OptionKeys<ServeSweepOptions>;

/** A page that follows a sweep. */
export interface SweepServer {
  readonly url: string;
  /** Ends it, and what is being read. */
  close(): Promise<void>;
}

/**
 * Serves the page of {@link renderSweep} on the loopback address; what changes is sent to it as server-sent events.
 *
 * @throws RangeError if the store holds no sweep; the system's error if the port is taken.
 */
export async function serveSweep(store: RunStore, options: ServeSweepOptions = {}): Promise<SweepServer> {
  const { port = 0, poll = 2000 } = checkOptions('serveSweep', options, KEYS);
  const look = async (): Promise<SweepStatus> => {
    const status = await sweepStatus(store);
    if (!status)
      throw rangeError('serveSweep', `'${store.location}' holds no sweep`, status, 'start the sweep first');
    return status;
  };
  await look();
  const watchers = new Set<ServerResponse>();
  let sent = '';
  const send = async () => {
    if (watchers.size === 0) return;
    const body = sweepBody(await look());
    if (body === sent) return;
    sent = body;
    for (const watcher of watchers) watcher.write(`data: ${JSON.stringify(body)}\n\n`);
  };
  // A store that does not answer for a moment is asked again.
  const timer = setInterval(() => send().catch(() => {}), poll);
  const server = createServer(async ({ url }, response) => {
    if (url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(':\n\n');
      watchers.add(response);
      response.on('close', () => watchers.delete(response));
      sent = '';
      return;
    }
    if (url !== '/') return void response.writeHead(404).end();
    try {
      const page = sweepPage(await look(), true);
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
        .end(page);
    } catch (error) {
      response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end((error as Error).message);
    }
  });
  const { port: taken, close } = await listenOn(server, port);
  return {
    url: `http://127.0.0.1:${taken}/`,
    close() {
      clearInterval(timer);
      return close();
    },
  };
}
