import type { layers } from '@tensorflow/tfjs-layers';
import type { LayerShapes, MapShape } from '../layers';
import { shapesInside } from '../layers/noisy-darts-layer';

/** The shapes of a layer inside another one, or of one that was applied to a symbol. */
export function knownShapes(layer: layers.Layer): LayerShapes | undefined {
  const [node] = layer.inboundNodes as unknown as { inputShapes: MapShape[]; outputShapes: MapShape[] }[];
  return shapesInside(layer) ?? (node && { input: node.inputShapes.at(-1)!, output: node.outputShapes[0]! });
}
