import * as tf from '@tensorflow/tfjs-core';
import { createSupernet, darts, gaussianNoise, type ImageDataset, variants } from 'noisydarts';
import type { SearchSettings } from './options';

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
  const { channels, cells, seed } = settings;
  const [height, width, depth] = shape;
  return createSupernet({
    space: darts(),
    noise: chooseNoise(settings),
    channels,
    cells,
    classes,
    seed,
    inputShape: [height, width, depth],
  });
}
