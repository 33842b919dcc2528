import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that has begun to listen. */
export interface ListeningServer {
  readonly port: number;
  /** Ends it, and what is being read. */
  close(): Promise<void>;
}

/**
 * Begins to listen; port 0 takes a free one.
 *
 * @throws the system's error if the port is taken.
 */
export async function listenOn(server: Server, port: number, host = '127.0.0.1'): Promise<ListeningServer> {
  await new Promise<void>((begun, failed) => {
    server.once('error', failed).listen(port, host, begun);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
