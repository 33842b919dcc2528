import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { typeError } from '../errors';
import { MixedOp } from './mixed-op';
import { layersWithin, NoisyDartsLayer, variableOf } from './noisy-darts-layer';

/** Anything made of layers: a layer, a model, or a list of them. */
export type LayerTree = layers.Layer | LayersModel | readonly (layers.Layer | LayersModel)[];

/** The roots of a tree of layers; refuses what is none. */
function rootsOf(fn: string, x: LayerTree): (layers.Layer | LayersModel)[] {
  const roots = (Array.isArray(x) ? x : [x]) as (layers.Layer | LayersModel)[];
  for (const root of roots)
    if (typeof root?.countParams !== 'function')
      throw typeError(fn, 'there must be layers or models', root, 'pass a layer, a model or a list of them');
  return roots;
}

const unique = (variables: tf.Variable[]): tf.Variable[] => [...new Set(variables)];

/**
 * The architecture parameters (alphas) of a layer or model: what the architect trains.
 *
 * Disjoint from {@link weightVariables}. Models and wrappers inside models are searched too.
 */
export function archVariables(x: LayerTree): tf.Variable[] {
  const roots = rootsOf('archVariables', x);
  const own = (layer: layers.Layer) => (layer instanceof NoisyDartsLayer ? layer.archVariables() : []);
  return unique(roots.flatMap(layersWithin).flatMap(own));
}

/** The mixed edges of a layer or model, wherever they stand in it, each once. @throws TypeError for what is neither. */
export function mixedEdges(x: LayerTree): MixedOp[] {
  const within = rootsOf('mixedEdges', x).flatMap(layersWithin);
  return [...new Set(within)].filter((layer) => layer instanceof MixedOp);
}

/**
 * The trainable weights of a layer or model without its alphas: what the weight optimizer trains.
 *
 * Disjoint from {@link archVariables}.
 */
export function weightVariables(x: LayerTree): tf.Variable[] {
  const roots = rootsOf('weightVariables', x);
  return unique(roots.flatMap((root) => root.trainableWeights.map(variableOf)));
}

/** What is neither trained by the weight optimizer nor by the architect: running statistics and frozen weights. */
export function stateVariables(x: LayerTree): tf.Variable[] {
  const roots = rootsOf('stateVariables', x);
  const alphas = new Set(archVariables(x));
  return unique(roots.flatMap((root) => root.nonTrainableWeights.map(variableOf))).filter(
    (variable) => !alphas.has(variable),
  );
}
