import { createServer } from 'node:http';
import { isIPv6 } from 'node:net';
import { Option } from 'commander';
import sirv from 'sirv';
import { checkOptions, type OptionKeys, requireText } from '../../errors';
import { listenOn } from '../../node/listen';
import { STOPPED, whole } from '../command-line';
import { untilStopped } from '../until-stopped';

/** Where a server listens. */
export interface Listening {
  /** 0 for a free one. */
  readonly port: number;
  readonly host: string;
}

const KEYS = { port: [0, 65_535], host: 'text' } satisfies OptionKeys<Listening>;

/** A folder that is served. */
export interface StaticServer {
  /** Address of its page. */
  readonly url: string;
  /** Ends it, and what is being read. */
  close(): Promise<void>;
}

/** `--port`, with its default, and `--host`. */
export const listenOptions = (port: number): readonly Option[] => [
  new Option('--port <n>', 'port to serve on, 0 for a free one').argParser(whole(0, 65_535)).default(port),
  new Option('--host <address>', 'address to serve on; 0.0.0.0 for phones in the same network').default(
    '127.0.0.1',
  ),
];

/**
 * Serves the files of a folder.
 *
 * @throws TypeError or RangeError for what is no folder, port or host; the system's error if the port is taken.
 */
export async function serveFolder(folder: string, listening: Listening): Promise<StaticServer> {
  requireText('serveFolder', 'the folder', folder, 'pass its path');
  const { port, host } = checkOptions('serveFolder', listening, KEYS, true);
  // Files are looked up as they are asked for: a run may write them anew.
  const server = createServer(sirv(folder, { dev: true }));
  const { port: taken, close } = await listenOn(server, port, host);
  // Nobody can open the address that stands for all of them.
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : isIPv6(host) ? `[${host}]` : host;
  return { url: `http://${name}:${taken}/`, close };
}

/** Serves a folder until Ctrl-C, and says where. */
export async function serveUntilStopped(
  folder: string,
  listening: Listening,
  told: (url: string) => string,
): Promise<void> {
  const server = await serveFolder(folder, listening);
  console.log(told(server.url));
  try {
    await untilStopped();
    process.exitCode = STOPPED;
  } finally {
    await server.close();
  }
}
