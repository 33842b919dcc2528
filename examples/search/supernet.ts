import * as tf from '@tensorflow/tfjs-core';
import { createSupernet, gaussianNoise, type ImageDataset, type SearchSpace, variants } from 'noisydarts';
import type { SearchSettings } from './options';
import { spaces, strategies } from './spaces';

/** Makes the backend of a run the one that tfjs uses. */
export async function useBackend({ backend, fast }: SearchSettings): Promise<void> {
  if (backend === 'cpu') {
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    return;
  }
  await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
  if (fast) {
    const { enableWasmTraining } = await import('noisydarts/wasm');
    await enableWasmTraining();
  }
}

/** The noise on skip connections: a published setting, Gaussian noise, or none. */
function chooseNoise({ variant = 'a', noise }: SearchSettings) {
  if (noise === undefined) return variants[variant];
  return noise === 0 ? null : gaussianNoise({ std: noise });
}

/** The supernet that a run searches in, for images like these. */
export function makeSupernet(settings: SearchSettings, { classes, shape }: ImageDataset) {
  const { channels, cells, epochs, seed, data, space = 'darts', strategy = 'darts' } = settings;
  const [height, width, depth] = shape;
  return createSupernet({
    space: spaces[space](channels, data) as SearchSpace,
    strategy: strategies[strategy](epochs),
    noise: chooseNoise(settings),
    channels,
    cells,
    classes,
    seed,
    inputShape: [height, width, depth],
  });
}
