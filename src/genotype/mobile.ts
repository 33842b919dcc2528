import { type ByAlpha, type MobileSpace, mobileCandidates } from '../spaces';
import { type AlphaMatrix, alphaRows } from './alpha';
import type { MobileGenotype } from './types';

/**
 * The layers that a search in a mobile space has arrived at: the operation with the largest alpha at every layer; the
 * first wins ties. The softmax keeps the order, so alphas and weights decode alike.
 *
 * @param alphas - [1, candidates] for each layer, by the names `layer_0` and so on.
 * @throws RangeError if a matrix has another shape than the space's or holds a number that is not finite.
 */
export function decodeMobile<P extends string>(
  space: MobileSpace<P>,
  alphas: ByAlpha<MobileSpace<P>, AlphaMatrix>,
): MobileGenotype<P> {
  const layers = mobileCandidates(space).map((candidates, i) => {
    const name = `layer_${i}` as const;
    const [row] = alphaRows('decodeMobile', name, alphas?.[name] ?? [], [1, candidates.length]);
    return candidates[row!.indexOf(Math.max(...row!))]!;
  });
  return { layers };
}
