import type { layers } from '@tensorflow/tfjs-layers';
import { rangeError } from '../../errors';
import { type LayerShapes, NoisyDartsLayer, type Work } from '../../layers';

type WorkOf = (layer: layers.Layer, shapes: LayerShapes) => Work;
type LayerClass<L> = abstract new (...args: never[]) => L;

const told = new Map<unknown, WorkOf>();

/**
 * Tells {@link countCost} what a layer class that is not this library's computes by itself, without the layers inside it.
 * Classes that extend `NoisyDartsLayer` override `work` instead.
 *
 * @param layerClass - The class; classes derived from it are not covered.
 * @param work - Gives the work for one image, from the layer and its shapes; a layer that only moves or activates values
 * does none, `{}`.
 */
export function defineWork<L extends layers.Layer>(
  layerClass: LayerClass<L>,
  work: (layer: L, shapes: LayerShapes) => Work,
): void {
  told.set(layerClass, work as WorkOf);
}

/** What a layer computes by itself. @throws RangeError for a class that nothing is known about. */
export function workOf(layer: layers.Layer, shapes: LayerShapes): Work {
  const work = told.get(layer.constructor);
  if (work) return work(layer, shapes);
  if (layer instanceof NoisyDartsLayer) return layer.work(shapes);
  throw rangeError(
    'countCost',
    'nothing is known about what this layer computes',
    layer.getClassName(),
    'tell with defineWork()',
  );
}
