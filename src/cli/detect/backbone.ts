import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import {
  createMobileNetwork,
  createNetwork,
  type MobileArchitecture,
  type MobileBlock,
} from 'noisydarts/network';
import { loadModel } from 'noisydarts/node';
import { createFoundNetwork, readGenotype } from '../train/genotype';
import type { DetectSettings } from './settings';

const inverted = (filters: number, repeat: number): MobileBlock => ({
  type: 'inverted',
  filters,
  kernelSize: 3,
  stride: 2,
  expansion: 3,
  repeat,
});

/** A network that learns a few hundred pictures by heart in minutes. */
export const smallBackbone: MobileArchitecture = {
  name: 'small',
  stem: 16,
  blocks: [
    { type: 'separable', filters: 16, kernelSize: 3, stride: 1, expansion: 1 },
    inverted(24, 1),
    inverted(32, 2),
    inverted(64, 2),
    inverted(128, 2),
  ],
  features: 16,
  squeezeRatio: 0,
  activation: 'relu',
};

/** Any size that all strides divide: the detector takes pictures of every size. */
const SIDE = 256;
/** What a backbone's own classifier tells apart, which the detector leaves out. */
const CLASSES = 2;

/** Whether `--backbone` names a folder of a saved network. */
export const isSaved = (backbone: string): boolean => existsSync(join(backbone, 'model.json'));

/** The network that `--backbone` names, untrained unless it is a saved one. */
export async function createBackbone({
  backbone,
  channels = 48,
  cells = 14,
  seed,
}: Pick<DetectSettings, 'backbone' | 'channels' | 'cells' | 'seed'>): Promise<LayersModel> {
  const size = { classes: CLASSES, inputShape: [SIDE, SIDE, 3] as const, seed };
  if (backbone === 'mobile') return createMobileNetwork(undefined, size);
  if (backbone === 'small') return createMobileNetwork(smallBackbone, size);
  if (isSaved(backbone)) return (await loadModel(backbone)).model;
  const found = await readGenotype(backbone, '--backbone');
  if (found.kind === 'darts')
    return createNetwork(found.genotype, { ...size, kind: 'imagenet', channels, cells, auxiliary: false });
  return createFoundNetwork(
    found,
    { channels, cells, auxiliary: false, seed },
    { shape: size.inputShape, classes: CLASSES },
  );
}
