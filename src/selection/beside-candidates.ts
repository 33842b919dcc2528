import * as tf from '@tensorflow/tfjs-core';
import { passes } from '../architect';
import type { AnySpace } from '../spaces';
import { strategyOf } from '../strategies/strategy';
import { type Searchable, Supernet } from '../supernet';
import { edgeWeight } from './edge-weight';
import type { MixtureWeights, SelectionStart } from './plan';

/**
 * What adds, to weights of the candidates, those of what passes by them in the search: the channels of partial channels, with the
 * weight of the edge, and the auxiliary skip connection of `dartsMinus()`, with that of the epoch. By an edge of zeros nothing
 * passes.
 */
export async function besideCandidates(
  supernet: Searchable<AnySpace>,
  { weights: own, epoch }: Pick<SelectionStart<AnySpace>, 'weights'> & { readonly epoch: number },
): Promise<(weights: MixtureWeights) => MixtureWeights> {
  if (!(supernet instanceof Supernet)) return (weights) => weights;
  const strategy = strategyOf(supernet.strategy);
  const moment = { epoch, step: 0, pass: passes.analysis };
  const beside: Record<string, number[][]> = {};
  for (const [name, alpha] of Object.entries<tf.Variable>({ ...supernet.alphas })) {
    const made = tf.tidy(() =>
      strategy.weights(alpha as unknown as tf.Tensor2D, supernet.strategyPass(name, true, moment)),
    );
    const rows = await made.array().finally(() => made.dispose());
    beside[name] = rows.map((row, edge) => [
      ...row.slice(alpha.shape[1]),
      ...(supernet.edgePass.channelShare > 1 ? [edgeWeight((own as MixtureWeights)[name]![edge]!)] : []),
    ]);
  }
  return (weights) =>
    Object.fromEntries(
      Object.entries(weights).map(([name, rows]) => [
        name,
        rows.map((row, edge) => [
          ...row,
          ...beside[name]![edge]!.map((weight) => (row.some((value) => value > 0) ? weight : 0)),
        ]),
      ]),
    );
}
