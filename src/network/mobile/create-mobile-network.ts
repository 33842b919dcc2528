import { input, type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { checkOptions, type OptionKeys, requireList, requireObject } from '../../errors';
import { Classifier, ConvBN, type InputShape, InvertedBottleneck, SeparableBottleneck } from '../../layers';
import { allOrNothing } from '../../layers/all-or-nothing';
import type { Seed } from '../../random';
import { describeNetwork } from '../description';
import { FeatureDropout } from '../feature-dropout';
import { checkNetworkSizes } from '../options';
import { type MobileArchitecture, noisyDartsA } from './architecture';

/** Options of {@link createMobileNetwork}. */
export interface MobileNetworkOptions {
  /** Number of classes. Default 1000. */
  readonly classes?: number;
  /** [H, W, C] of an image, or [T, C] of a signal. Default [224, 224, 3]. */
  readonly inputShape?: InputShape;
  /** Rate of dropout before the classifier. Default 0. */
  readonly dropout?: number;
  /** Rate of the drop path on blocks with a way around; `setDropPath` changes it. Default 0. */
  readonly dropPath?: number;
  /** Seed of initial weights, dropout and drop path. Default 0. */
  readonly seed?: Seed;
}

const KEYS = {
  classes: true,
  inputShape: 'list',
  dropout: 'rate',
  dropPath: 'rate',
  seed: 'seed',
} satisfies OptionKeys<MobileNetworkOptions>;

/**
 * A mobile network, images [N, H, W, C] or signals [N, T, C] to logits [N, classes]: a plain `tf.LayersModel` with the layers `stem`,
 * `block_0` ..., `head`, `dropout` and `classifier`. A saved one loads wherever `noisydarts/network` has been imported.
 *
 * @param architecture - Default {@link noisyDartsA}.
 * @param options - Classes, size and seed.
 * @throws RangeError for a bad number of classes, rate or block.
 *
 * Source: official code, verify_se.py.
 */
export function createMobileNetwork(
  architecture: MobileArchitecture = noisyDartsA,
  options: MobileNetworkOptions = {},
): LayersModel {
  const remedy = 'pass what mobileArchitecture() returns';
  requireObject(
    'createMobileNetwork',
    'the architecture',
    architecture,
    remedy,
    'stem',
    'blocks',
    'features',
  );
  requireList('createMobileNetwork', 'blocks', architecture.blocks, remedy);
  const {
    classes = 1000,
    inputShape = [224, 224, 3],
    dropout = 0,
    dropPath = 0,
    seed = 0,
  } = checkOptions('createMobileNetwork', options, KEYS);
  checkNetworkSizes('createMobileNetwork', { classes }, inputShape);
  const seeded = (name: string) => ({ name, seed: `${seed}/${name}` });
  return allOrNothing(() => {
    const images = input({ shape: [...inputShape], name: 'images' });
    const { stem, blocks, features, activation } = architecture;
    const first = new ConvBN({ ...seeded('stem'), filters: stem, stride: 2, activation: 'relu' });
    let x = first.apply(images) as SymbolicTensor;
    let index = 0;
    for (const block of blocks) {
      const { type, filters, kernelSize, stride, expansion, repeat = 1 } = block;
      const { squeezeRatio = architecture.squeezeRatio } = block;
      for (let turn = 0; turn < repeat; turn++) {
        const common = {
          ...seeded(`block_${index++}`),
          filters,
          kernelSize,
          stride: turn === 0 ? stride : 1,
        };
        const layer =
          type === 'separable'
            ? new SeparableBottleneck(common)
            : new InvertedBottleneck({ ...common, expansion, squeezeRatio, activation, dropPath });
        x = layer.apply(x) as SymbolicTensor;
      }
    }
    const head = new ConvBN({ ...seeded('head'), filters: features, kernelSize: 1, activation: 'relu' });
    x = new FeatureDropout({ ...seeded('dropout'), rate: dropout }).apply(head.apply(x)) as SymbolicTensor;
    const logits = new Classifier({ ...seeded('classifier'), classes }).apply(x) as SymbolicTensor;
    return describeNetwork(model({ inputs: images, outputs: logits }), { kind: 'mobile', architecture });
  });
}
