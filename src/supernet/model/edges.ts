import { LayersModel } from '@tensorflow/tfjs-layers';
import { rangeError, typeError } from '../../errors';
import { type MixedOp, mixedEdges } from '../../layers';
import type { ModelSpace } from '../../spaces';

/** The mixed edges of a model by the names of their layers. @throws TypeError without any; RangeError if two have one name. */
export function edgesByName(fn: string, model: LayersModel): ReadonlyMap<string, MixedOp> {
  if (!(model instanceof LayersModel))
    throw typeError(
      fn,
      'a tf.LayersModel is needed',
      model,
      'pass a tf.model or a tf.sequential, or a supernet as supernet',
    );
  const edges = mixedEdges(model);
  if (edges.length === 0)
    throw typeError(
      fn,
      'the model must hold a mixed edge',
      model.layers.map((layer) => layer.getClassName()),
      'put a MixedOp or NoisyMixedOp into it',
    );
  const byName = new Map(edges.map((edge) => [edge.name, edge]));
  const twin = edges.find((edge) => byName.get(edge.name) !== edge);
  if (twin) throw rangeError(fn, 'two edges have one name', twin.name, 'give every edge a name of its own');
  return byName;
}

/** The space of a model, from its edges. */
export function spaceOf(name: string, edges: ReadonlyMap<string, MixedOp>): ModelSpace {
  const candidates = [...edges].map(([edge, { primitives }]) => [edge, primitives] as const);
  return {
    kind: 'model',
    name,
    primitives: [...new Set(candidates.flatMap(([, primitives]) => primitives))],
    edges: Object.fromEntries(candidates),
  };
}

/**
 * The mixed edges of a model of one's own as a space: plain JSON, for reports, policies, `topGenotypes` and
 * `randomGenotype`.
 *
 * @throws TypeError without a mixed edge; RangeError if two have one name.
 */
export function modelSpace(model: LayersModel): ModelSpace {
  return spaceOf(model?.name, edgesByName('modelSpace', model));
}
