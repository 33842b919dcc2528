import type { InputShape } from 'noisydarts/layers';
import { estimateMemory } from 'noisydarts/supernet';
import type { SweepJob } from 'noisydarts/sweep';
import { useBackend } from '../backend';
import type { DataFormat } from '../data/images';
import { createSearch, readSearch } from '../search/options';
import { chooseSpace } from '../search/spaces';
import { makeSupernet } from '../search/supernet';
import { argsOf } from './job';

/** What a process has of Node, tfjs and the digits: a search of 6336 parameters takes 226 MB in all. */
const PROCESS = 220e6;

/** Images as they are read, by the format of their folder: shape, classes, bytes of all. */
const IMAGES: Readonly<Record<DataFormat, readonly [shape: InputShape, classes: number, bytes: number]>> = {
  cifar10: [[32, 32, 3], 10, 184e6],
  cifar100: [[32, 32, 3], 100, 184e6],
  svhn: [[32, 32, 3], 10, 305e6],
  idx: [[28, 28, 1], 10, 55e6],
  images: [[32, 32, 3], 100, 0],
};

/** What is not known before is counted as a process without images: those of a folder stay in it until they are wanted. */
async function estimate(args: readonly string[]): Promise<number> {
  const { settings } = await readSearch(createSearch().parse(args, { from: 'user' }));
  const { format, imageSize, batch, threads } = settings;
  let [shape, classes, bytes] = format ? IMAGES[format] : [[8, 8, 1] as InputShape, 10, 0];
  if (format === 'images' && imageSize !== undefined) shape = [imageSize, imageSize, 3];
  await useBackend({ backend: 'wasm', fast: false });
  const supernet = makeSupernet(await chooseSpace(settings), settings, { classes, shape } as never);
  try {
    const batchSize = Math.ceil(batch / threads);
    return PROCESS + bytes + threads * estimateMemory(supernet, { batchSize, inputShape: shape }).bytes;
  } finally {
    supernet.dispose();
  }
}

/** What changes nothing of a search's size. */
const SIZELESS = ['seed', 'epochs', 'policy', 'diagnostics', 'limit', 'selection', 'tuneSteps'];

/** Tells the bytes that the search of a job takes at its peak; jobs of one size are looked at once. */
export function jobMemory(): (job: SweepJob) => Promise<number> {
  const known = new Map<string, Promise<number>>();
  return ({ search }) => {
    const sizes = Object.fromEntries(Object.entries(search).filter(([key]) => !SIZELESS.includes(key)));
    const args = argsOf(sizes);
    const key = args.join('\n');
    const found = known.get(key) ?? estimate(args);
    known.set(key, found);
    return found;
  };
}
