// tfjs-layers keeps every name that it gave to a weight or to the output of a layer, so that none comes twice, until the
// process ends: thousands for a supernet, disposed of or not. Here both are made without its list.
import * as tf from '@tensorflow/tfjs-core';
import { LayerVariable, type layers } from '@tensorflow/tfjs-layers';

let made = 0;

/** A weight of a layer, as tfjs-layers makes it of a value. */
export function unlistedWeight(value: tf.Tensor, originalName: string, trainable: boolean): LayerVariable {
  // No name that tfjs-layers gives has a '#', so that it never gives this one.
  const name = `${originalName}#${made++}`;
  const val = tf.variable(value, trainable, name, 'float32');
  const { shape, dtype, id } = val;
  const parts = { dtype, shape, id, originalName, name, trainable_: trainable, constraint: null, val };
  return Object.assign(Object.create(LayerVariable.prototype), parts);
}

/** Builds a layer as `apply` does to symbols of these shapes: in the scope of the layers that are being built. */
export function buildUnlisted(layer: layers.Layer, shapes: readonly (number | null)[][]): void {
  const forms = shapes.map((shape) => ({ shape, rank: shape.length, dtype: 'float32' }));
  const own = Object.getOwnPropertyDescriptor(layer, 'call');
  // To what is no symbol apply() calls the layer once it is built.
  layer.call = () => ({}) as tf.Tensor;
  try {
    layer.apply((forms.length === 1 ? forms[0] : forms) as unknown as tf.Tensor);
  } finally {
    if (own) Object.defineProperty(layer, 'call', own);
    else Reflect.deleteProperty(layer, 'call');
  }
}
