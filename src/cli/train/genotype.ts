import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import {
  type Genotype,
  genotypeFromJson,
  genotypeToJson,
  type ImageDataset,
  type MobileGenotype,
  type MobileSpace,
  mobile,
  type NasBench201Cell,
} from 'noisydarts';
import { type PublishedGenotypeName, publishedGenotype, publishedGenotypeNames } from 'noisydarts/catalogue';
import {
  drawGenotype,
  drawMobile,
  drawNasBench201Cell,
  genotypesFromPython,
  nasBench201FromString,
  nasBench201ToString,
} from 'noisydarts/genotype';
import { createMobileNetwork, createNetwork, mobileArchitecture } from 'noisydarts/network';
import { UsageError } from '../command-line';
import { storedSettings } from '../search/options';
import { chooseSpace } from '../search/spaces';

/** What is trained. */
export type FoundGenotype =
  | { readonly kind: 'darts'; readonly genotype: Genotype }
  | { readonly kind: 'nas-bench-201'; readonly genotype: NasBench201Cell }
  | { readonly kind: 'mobile'; readonly genotype: MobileGenotype; readonly space: MobileSpace };

/** Files that a search or a training keeps its genotype in, by the kind of its space. */
const FILES = ['genotype.json', 'genotype.txt'];
const SPACE = 'space.json';

/**
 * Reads a published genotype by its name, or a genotype in any notation from a file or the folder of a run.
 *
 * @param option - The option that names it.
 */
export async function readGenotype(source: string, option = '--genotype'): Promise<FoundGenotype> {
  if ((publishedGenotypeNames as readonly string[]).includes(source))
    return { kind: 'darts', genotype: publishedGenotype(source as PublishedGenotypeName) };
  const file = statSync(source, { throwIfNoEntry: false })?.isDirectory() ? genotypeFile(source) : source;
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(
      `${option}: '${source}' cannot be read, got ${error.message}; name a file, or one of ${publishedGenotypeNames.join(', ')}`,
      { cause: error },
    );
  });
  try {
    return await parseGenotype(text, dirname(file));
  } catch (error) {
    throw new UsageError(`${option}: '${file}': ${(error as Error).message}`, { cause: error });
  }
}

function genotypeFile(folder: string): string {
  const paths = FILES.map((name) => join(folder, name));
  return paths.find((path) => existsSync(path)) ?? paths[0]!;
}

async function parseGenotype(text: string, folder: string): Promise<FoundGenotype> {
  const start = text.trimStart();
  if (start.startsWith('|')) return { kind: 'nas-bench-201', genotype: nasBench201FromString(text.trim()) };
  if (start.startsWith('{')) {
    if (!isMobile(text)) return { kind: 'darts', genotype: genotypeFromJson(text) };
    const genotype = JSON.parse(text) as MobileGenotype;
    const space = await mobileSpace(folder);
    // Refuses what is of another space.
    mobileArchitecture(space, genotype);
    return { kind: 'mobile', genotype, space };
  }
  const found = genotypesFromPython(text);
  const [genotype, ...others] = Object.values(found);
  if (others.length > 0)
    throw new UsageError(`there is more than one genotype, got ${Object.keys(found).join(', ')}; keep one`);
  return { kind: 'darts', genotype: genotype! };
}

function isMobile(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text).layers);
  } catch {
    return false;
  }
}

/** The space that a genotype in this folder is of: kept by a training, or said by a search; else the paper's. */
async function mobileSpace(folder: string): Promise<MobileSpace> {
  const kept = join(folder, SPACE);
  if (existsSync(kept)) return JSON.parse(await readFile(kept, 'utf8')) as MobileSpace;
  if (!existsSync(join(folder, 'settings.json'))) return mobile() as MobileSpace;
  return (await chooseSpace(await storedSettings(folder))) as MobileSpace;
}

/** A genotype as files of a run's folder, which {@link readGenotype} reads. */
export function genotypeFiles(found: FoundGenotype): Readonly<Record<string, string>> {
  if (found.kind === 'darts') return { 'genotype.json': genotypeToJson(found.genotype) };
  if (found.kind === 'nas-bench-201') return { 'genotype.txt': `${nasBench201ToString(found.genotype)}\n` };
  return {
    'genotype.json': `${JSON.stringify(found.genotype, null, 2)}\n`,
    [SPACE]: `${JSON.stringify(found.space, null, 2)}\n`,
  };
}

/** A genotype as an SVG text. */
export function drawFound(found: FoundGenotype): string {
  if (found.kind === 'darts') return drawGenotype(found.genotype);
  if (found.kind === 'nas-bench-201') return drawNasBench201Cell(found.genotype);
  return drawMobile(found.genotype, { space: found.space });
}

/** Size of a network; one of a mobile space has the size that it was searched at. */
interface NetworkSize {
  readonly channels: number;
  readonly cells: number;
  readonly auxiliary: boolean;
  readonly seed: number;
}

/** The network of a genotype, for images like these. */
export function createFoundNetwork(
  found: FoundGenotype,
  { channels, cells, auxiliary, seed }: NetworkSize,
  { shape: inputShape, classes }: Pick<ImageDataset, 'shape' | 'classes'>,
): LayersModel {
  if (found.kind === 'mobile')
    return createMobileNetwork(mobileArchitecture(found.space, found.genotype), {
      classes,
      inputShape,
      seed,
    });
  const size = { channels, cells, classes, inputShape, seed };
  return found.kind === 'darts'
    ? createNetwork(found.genotype, { ...size, auxiliary })
    : createNetwork(found.genotype, size);
}
