import type { layers } from '@tensorflow/tfjs-layers';
import {
  createSupernet,
  defineSpace,
  gaussianNoise,
  inMemory,
  type NoiseSettings,
  plainDarts,
  type SearchEvent,
  type SearchOptions,
  search,
} from 'noisydarts';
import { type Seed, stream } from 'noisydarts/random';
import type { StrategySettings } from 'noisydarts/strategies';

/** A space small enough to search on the slowest backend. */
export const tinySpace = defineSpace({
  name: 'tiny',
  primitives: ['skip_connect', 'avg_pool_3x3', 'sep_conv_3x3'],
  nodes: 2,
});

/** Images whose class is the brighter half: learnable at once. */
export function halves(name: string, size: number) {
  const draw = stream(3, name).generator();
  const labels = Uint8Array.from({ length: size }, (_, i) => i % 2);
  const images = new Float32Array(size * 36);
  for (let i = 0; i < images.length; i++) {
    const bright = (i % 36 < 18 ? 0 : 1) === labels[Math.floor(i / 36)];
    images[i] = (bright ? 0.6 : 0) + 0.4 * draw.uniform();
  }
  return inMemory({ name, images, labels, shape: [6, 6, 1], classes: 2 });
}

export function tinySupernet(
  seed: Seed = 7,
  strategy: StrategySettings = plainDarts(),
  noise: NoiseSettings | null = gaussianNoise({ std: 0.2 }),
) {
  return createSupernet({
    space: tinySpace,
    strategy,
    noise,
    channels: 2,
    cells: 3,
    classes: 2,
    seed,
    inputShape: [6, 6, 1],
  });
}

export type TinyOptions = Partial<Omit<SearchOptions<typeof tinySpace>, 'supernet'>>;

/** A search of two epochs of three iterations; its events and its supernet, whose values can be read. */
export async function tinySearch(options: TinyOptions = {}, supernet = tinySupernet()) {
  const events: SearchEvent<typeof tinySpace>[] = [];
  const run = search({
    supernet,
    train: halves('train', 12),
    valid: halves('valid', 8),
    epochs: 2,
    batchSize: 4,
    seed: 5,
    ...options,
  });
  for await (const event of run) events.push(event);
  return { events, supernet };
}

/** Every number a supernet holds. */
export function everything(supernet: layers.Layer): number[][] {
  return supernet.getWeights().map((weight) => Array.from(weight.dataSync()));
}
