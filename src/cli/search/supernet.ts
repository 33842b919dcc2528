import {
  createSupernet,
  gaussianNoise,
  type ImageDataset,
  type SearchSpace,
  type SupernetOptions,
  variants,
} from 'noisydarts';
import type { SearchSettings } from './options';
import { strategies } from './spaces';

/** The noise on skip connections: a published setting, Gaussian noise, or none. */
function chooseNoise({ variant = 'a', noise }: SearchSettings) {
  if (noise === undefined) return variants[variant];
  return noise === 0 ? null : gaussianNoise({ std: noise });
}

/** The supernet that a run searches in, for images like these. */
export function makeSupernet(space: SearchSpace, settings: SearchSettings, { classes, shape }: ImageDataset) {
  const { channels, cells, epochs, seed, strategy = 'darts' } = settings;
  const [height, width, depth] = shape;
  return createSupernet({
    space,
    strategy: strategies[strategy](epochs),
    noise: chooseNoise(settings),
    // A mobile space has its sizes in itself.
    ...(space.kind !== 'mobile' && { channels, cells }),
    classes,
    seed,
    inputShape: [height, width, depth],
  } as SupernetOptions);
}
