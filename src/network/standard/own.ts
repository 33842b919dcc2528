import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { typeError } from '../../errors';

/** Where a layer is written in stock layers. */
export interface StandardUse {
  /** What it is applied to. */
  readonly inputs: readonly SymbolicTensor[];
  /** Name of the layer that stands in its place; those of several begin with it. */
  readonly name: string;
  /** Writes a layer inside it. */
  write(layer: layers.Layer, name: string, inputs: readonly SymbolicTensor[]): SymbolicTensor;
}

type Form<L> = (layer: L, use: StandardUse) => SymbolicTensor;
type LayerClass<L> = abstract new (...args: never[]) => L;

const told = new Map<unknown, Form<layers.Layer>>();

/**
 * Tells {@link toStandardLayers} how a layer class of one's own is written in stock layers of tfjs.
 *
 * ```ts
 * defineStandard(Twice, (layer, { name, inputs: [x] }) =>
 *   tf.layers.rescaling({ name, scale: 2 }).apply(x) as tf.SymbolicTensor);
 * ```
 *
 * @param layerClass - The class; classes derived from it are not covered.
 * @param form - Applies stock layers, with their weights, to the inputs and returns the output. Tensors that it makes on the
 * way are disposed.
 * @throws TypeError for what is no class or no function.
 */
export function defineStandard<L extends layers.Layer>(
  layerClass: LayerClass<L>,
  form: (layer: L, use: StandardUse) => SymbolicTensor,
): void {
  for (const [what, value] of Object.entries({ layerClass, form }))
    if (typeof value !== 'function')
      throw typeError('defineStandard', `${what} must be a function`, value, 'pass a class and its form');
  told.set(layerClass, form as Form<layers.Layer>);
}

/** The form of a class that {@link defineStandard} was told; undefined if there is none. */
export const ownForm = (layer: layers.Layer): Form<layers.Layer> | undefined => told.get(layer.constructor);
