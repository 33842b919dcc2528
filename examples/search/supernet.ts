import { createSupernet, gaussianNoise, type ImageDataset, type SearchSpace, variants } from 'noisydarts';
import type { SearchSettings } from './options';
import { spaces, strategies } from './spaces';

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
