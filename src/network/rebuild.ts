import {
  input,
  type LayersModel,
  type layers,
  type SymbolicTensor,
  model as tfModel,
} from '@tensorflow/tfjs-layers';
import { functional } from '../layers/functional';

/** One use of a layer in a model's graph, as tfjs keeps it. */
interface GraphNode {
  readonly outboundLayer: layers.Layer;
  readonly inputTensors: readonly SymbolicTensor[];
  readonly outputTensors: readonly SymbolicTensor[];
}

type Graph = LayersModel & { readonly nodesByDepth: Readonly<Record<number, readonly GraphNode[]>> };

/** The layers that a model's graph uses more than once. */
export function sharedLayers(model: LayersModel): ReadonlySet<layers.Layer> {
  const used = Object.values((functional(model) as Graph).nodesByDepth)
    .flat()
    .map(({ outboundLayer }) => outboundLayer);
  return new Set(used.filter((layer, i) => used.indexOf(layer) !== i));
}

/**
 * The graph of a model anew, with other layers.
 *
 * @param use - What stands in place of a layer's use; layers used several times are asked for several times.
 */
export function rebuild(
  source: LayersModel,
  name: string,
  use: (layer: layers.Layer, inputs: readonly SymbolicTensor[]) => SymbolicTensor | SymbolicTensor[],
): LayersModel {
  const graph = functional(source) as Graph;
  const made = new Map<number, SymbolicTensor>();
  for (const { shape: batchShape, dtype, id, sourceLayer } of graph.inputs)
    made.set(id, input({ batchShape, dtype, name: sourceLayer.name } as Parameters<typeof input>[0]));
  const depths = Object.keys(graph.nodesByDepth)
    .map(Number)
    .sort((a, b) => b - a);
  for (const node of depths.flatMap((depth) => graph.nodesByDepth[depth]!)) {
    if (node.inputTensors.every(({ id }, i) => id === node.outputTensors[i]?.id)) continue;
    const outputs = use(
      node.outboundLayer,
      node.inputTensors.map(({ id }) => made.get(id)!),
    );
    for (const [i, output] of [outputs].flat().entries()) made.set(node.outputTensors[i]!.id, output);
  }
  return tfModel({
    inputs: graph.inputs.map(({ id }) => made.get(id)!),
    outputs: graph.outputs.map(({ id }) => made.get(id)!),
    name,
  });
}
