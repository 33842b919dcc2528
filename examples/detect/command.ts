import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { createCommand, type Listening, makeSite, serveFolder, UsageError, whole } from 'noisydarts/cli';
// The layers of a detector are known from here on.
import 'noisydarts/detection';
import { buildPage } from '../../scripts/build-pages';

interface PageRequest extends Listening {
  readonly buildOnly?: true;
}

/** Builds the page of a trained detector and serves it. */
async function runPage(folder: string, { port, host, buildOnly }: PageRequest): Promise<void> {
  const model = resolve(folder, 'model');
  if (!existsSync(join(model, 'model.json')))
    throw new UsageError(
      `'${folder}' holds no detector, got no model/model.json; name the folder of a run that detect train has finished`,
    );
  const site = resolve(folder, 'site');
  await buildPage('detect', site);
  await makeSite(site, model, site);
  console.log(`Page: ${join(folder, 'site')}`);
  if (buildOnly) return;
  console.log(`Serving it on ${(await serveFolder(site, { port, host })).url}`);
}

/** `detect page`. */
export function detectPageCommand(): Command {
  return createCommand('detect page', 'Serves a page on which a trained detector finds objects in pictures.')
    .name('page')
    .argument('<folder>', 'folder of the run, as in runs/detect')
    .option('--port <n>', 'port to serve on, 0 for a free one', whole(0, 65_535), 5173)
    .option('--host <address>', 'address to serve on; 0.0.0.0 for phones in the same network', '127.0.0.1')
    .option('--build-only', 'build the page and end')
    .action(runPage);
}
