import type { Command } from 'commander';
import { createCommand, shared, withOptions } from '../command-line';
import { packageFile } from '../package-file';
import { type Listening, listenOptions, serveUntilStopped } from '../serve/static-server';

interface DemoRequest extends Listening {
  readonly json: boolean;
}

/** `demo`. */
export function demoCommand(): Command {
  const command = createCommand('demo', 'Serves a page that searches in the browser.', [
    ['', 'on this machine'],
    ['--port 8080 --host 0.0.0.0', 'for others in the same network'],
  ]);
  return withOptions(command, listenOptions(4173))
    .addOption(shared.json())
    .action(({ json, ...listening }: DemoRequest) =>
      serveUntilStopped(packageFile('dist/pages/demo'), listening, (url) =>
        json ? JSON.stringify({ url }) : `The search in the browser: ${url}`,
      ),
    );
}
