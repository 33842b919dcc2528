import { serialization } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { requireObject, typeError } from '../errors';

/** A layer inside another layer's options: its class and configuration, plain JSON. */
export interface LayerReference {
  readonly className: string;
  readonly config: serialization.ConfigDict;
}

/** Describes a layer so that {@link layerFrom} can make its equal. */
export function layerReference(layer: layers.Layer): LayerReference {
  return { className: layer.getClassName(), config: layer.getConfig() };
}

/** A layer from a layer (itself) or from its description. */
export function layerFrom(fn: string, source: layers.Layer | LayerReference): layers.Layer {
  if (source instanceof layers.Layer) return source;
  const known = serialization.SerializationMap.getMap().classNameMap[source?.className];
  if (!known) {
    throw typeError(
      fn,
      'a layer or the description of a registered layer class is needed',
      source,
      'pass a tf.layers.Layer, or register its class with tf.serialization.registerClass before loading',
    );
  }
  const [cls, fromConfig] = known;
  requireObject(fn, `the configuration of ${source.className}`, source.config, 'save the model again');
  return fromConfig(cls as never, source.config) as layers.Layer;
}
