import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DetectionDataset } from 'noisydarts/detection';
import { type ReadCocoOptions, readCoco } from 'noisydarts/node';
import { asUsage, UsageError } from '../command-line';

/** A part of a data set as COCO comes. */
export type Part = 'train' | 'val';

/** Names of a folder's files; none where it cannot be listed. */
const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

/** The instances file of a part and the folder of its pictures, which has the part's name; undefined if there is none. */
async function findPart(data: string, part: Part): Promise<readonly [string, string] | undefined> {
  for (const folder of [data, join(data, 'annotations')]) {
    const file = (await namesIn(folder)).sort().find((name) => name.startsWith(`instances_${part}`));
    if (file === undefined || !file.endsWith('.json')) continue;
    const name = file.replace(/^instances_(.*)\.json$/, '$1');
    const images = [join(data, name), join(data, 'images', name)];
    return [join(folder, file), images.find((path) => existsSync(path)) ?? images[0]!];
  }
  return undefined;
}

/**
 * A part of `--data`, with the boxes left out that are none, of which COCO's own training part has some.
 *
 * @throws UsageError if it is damaged.
 */
export async function readPart(
  data: string,
  part: Part,
  limits: Pick<ReadCocoOptions, 'short' | 'long' | 'limit'>,
): Promise<DetectionDataset | undefined> {
  const found = await findPart(data, part);
  return found && asUsage(readCoco(...found, { ...limits, badBoxes: 'skip' }));
}

/** @throws UsageError if there is no such part. */
export async function requirePart(...[data, part, limits]: Parameters<typeof readPart>) {
  const dataset = await readPart(data, part, limits);
  if (dataset) return dataset;
  throw new UsageError(
    `--data: '${data}' holds no instances_${part}*.json, nor its folder annotations; name a folder with it and its pictures`,
  );
}
