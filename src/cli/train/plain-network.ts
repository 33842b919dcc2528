import { input, type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { Classifier, type InputShape, ReluConvBN, Stem } from 'noisydarts/layers';
import { checkOptions, type OptionKeys } from '../../errors';
import { checkNetworkSizes } from '../../network/options';

/** Blocks of each of the three stages; the first of a later stage halves the map and doubles the channels. */
const BLOCKS = 2;
const STAGES = 3;

/** Options of {@link plainNetwork}. */
export interface PlainNetworkOptions {
  /** Parameters to come as close to as whole channels allow. */
  readonly parameters: number;
  readonly classes: number;
  readonly inputShape: InputShape;
  readonly seed: number;
}

const KEYS = {
  parameters: [1, 2 ** 28],
  classes: true,
  inputShape: 'list',
  seed: 'seed',
} satisfies OptionKeys<PlainNetworkOptions>;

/**
 * The network that nobody searched for, to compare with: 3x3 convolutions (of 3 points on signals) one after the other, batch norm and ReLU, six of
 * them in three stages behind the stem, as wide as the number of parameters allows.
 */
export function plainNetwork(options: PlainNetworkOptions): LayersModel {
  const { parameters, classes, inputShape, seed } = checkOptions('plainNetwork', options, KEYS, true);
  checkNetworkSizes('plainNetwork', { classes }, inputShape);
  const depth = inputShape.at(-1)!;
  const taps = inputShape.length === 3 ? 9 : 3;
  const width = Math.max(
    1,
    closest(parameters, (channels) => parametersOf(channels, { depth, taps, classes })),
  );
  const images = input({ shape: [...inputShape], name: 'images' });
  const seeded = (name: string) => ({ name, seed: `${seed}/${name}` });
  let y = new Stem({ ...seeded('stem'), filters: width }).apply(images) as SymbolicTensor;
  for (let stage = 0; stage < STAGES; stage++) {
    for (let block = 0; block < BLOCKS; block++) {
      const layer = new ReluConvBN({
        ...seeded(`conv_${stage}_${block}`),
        filters: width * 2 ** stage,
        kernels: [[3, 3]],
        stride: stage > 0 && block === 0 ? 2 : 1,
      });
      y = layer.apply(y) as SymbolicTensor;
    }
  }
  const logits = new Classifier({ ...seeded('classifier'), classes }).apply(y) as SymbolicTensor;
  return model({ inputs: images, outputs: logits });
}

interface Sizes {
  readonly depth: number;
  readonly taps: number;
  readonly classes: number;
}

function parametersOf(width: number, { depth, taps, classes }: Sizes): number {
  let count = taps * depth * width + 2 * width;
  let before = width;
  for (let stage = 0; stage < STAGES; stage++) {
    for (let block = 0; block < BLOCKS; block++) {
      const filters = width * 2 ** stage;
      count += taps * before * filters + 2 * filters;
      before = filters;
    }
  }
  return count + before * classes + classes;
}

/** The whole number whose value, by a growing function, comes closest to a target. */
function closest(target: number, sizeOf: (x: number) => number): number {
  let x = 1;
  while (sizeOf(x + 1) <= target) x++;
  return target - sizeOf(x) <= sizeOf(x + 1) - target ? x : x + 1;
}
