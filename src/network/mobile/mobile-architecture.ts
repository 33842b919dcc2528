import { rangeError, requireObject } from '../../errors';
import type { MobileGenotype } from '../../genotype';
import { type MobileSpace, mobileCandidates } from '../../spaces';
import { mobileOperation } from '../../spaces/mobile';
import type { MobileArchitecture, MobileBlock } from './architecture';

/**
 * The architecture that a search in a mobile space has ended in, for `createMobileNetwork`. A skip connection is a layer
 * left out.
 *
 * @param space - The space searched.
 * @param genotype - The operation of every layer.
 * @throws RangeError if the genotype is not of the space.
 */
export function mobileArchitecture<P extends string>(
  space: MobileSpace<P>,
  genotype: MobileGenotype<P>,
): MobileArchitecture {
  const candidates = mobileCandidates(space);
  requireObject('mobileArchitecture', 'the genotype', genotype, 'pass what decodeMobile() returns', 'layers');
  const { layers } = genotype;
  if (layers.length !== candidates.length) {
    throw rangeError(
      'mobileArchitecture',
      `a network of ${space.name} has ${candidates.length} layers`,
      layers.length,
      'pass its own space',
    );
  }
  const blocks = layers.flatMap((primitive, i): MobileBlock[] => {
    if (!candidates[i]!.includes(primitive)) {
      throw rangeError(
        'mobileArchitecture',
        `layer ${i} of ${space.name} must be one of ${candidates[i]!.join(', ')}`,
        primitive,
        'pass its own space',
      );
    }
    if (primitive === 'skip_connect') return [];
    return [{ type: 'inverted', ...space.layers[i]!, ...mobileOperation(primitive) }];
  });
  const first: MobileBlock = {
    type: 'separable',
    filters: space.first,
    kernelSize: 3,
    stride: 1,
    expansion: 1,
  };
  const { name, stem, features, squeezeRatio, activation } = space;
  return { name, stem, blocks: [first, ...blocks], features, squeezeRatio, activation };
}
