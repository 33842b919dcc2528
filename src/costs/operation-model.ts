import {
  input,
  type LayersModel,
  type layers,
  type SymbolicTensor,
  model as tfModel,
} from '@tensorflow/tfjs-layers';
import { disposeWeights } from '../layers/noisy-darts-layer';
import { toStandardLayers } from '../network';
import type { Site } from './blueprint';

/**
 * Equal operations of a place as a model in stock layers, which is how a network runs: behind each other where the map keeps
 * its shape, else beside each other on one input, with an output each. Null for an operation that is no layer there.
 *
 * @param copies - How many; each has weights of its own, as in a network.
 */
export function operationModel(site: Site, primitive: string, copies: number): LayersModel | null {
  if (primitive === 'none') return null;
  const x = input({ batchShape: [...site.input] });
  const made: layers.Layer[] = [];
  const put = (on: SymbolicTensor, i: number) => {
    const layer = site.operation(primitive);
    layer.name = `${primitive}_${i}`;
    made.push(layer);
    return layer.apply(on) as SymbolicTensor;
  };
  try {
    const outputs = [put(x, 0)];
    const chain = String(outputs[0]!.shape) === String(site.input);
    for (let i = 1; i < copies; i++) {
      if (chain) outputs[0] = put(outputs[0]!, i);
      else outputs.push(put(x, i));
    }
    const standard = toStandardLayers(tfModel({ inputs: x, outputs }));
    if (standard.layers.length > 1) return standard;
    standard.dispose();
    return null;
  } finally {
    for (const layer of made) disposeWeights(layer);
  }
}
