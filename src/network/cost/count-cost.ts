import { LayersModel, type layers } from '@tensorflow/tfjs-layers';
import { rangeError, requireObject } from '../../errors';
import { type LayerShapes, NoisyDartsLayer } from '../../layers';
import { variableOf } from '../../layers/noisy-darts-layer';
import { AuxiliaryHead } from '../auxiliary-head';
import { networkDescription } from '../description';
import { knownShapes } from '../known-shapes';
import { addCosts, type Cost, costOf, nothing } from './cost';
import { workOf } from './work';

/** The cost of one layer of a model, the layers inside it included. */
export interface LayerCost extends Cost {
  readonly name: string;
  readonly className: string;
  /** Shape of its output; null for the batch. */
  readonly outputShape: readonly (number | null)[];
}

/** What {@link countCost} returns. */
export interface CostReport {
  /** Layer by layer, in the model's order. */
  readonly layers: readonly LayerCost[];
  /** What the network costs after training: all layers but the auxiliary head, which only training needs. */
  readonly total: Cost;
  /** The auxiliary head; zeros if there is none. */
  readonly auxiliary: Cost;
}

const shapesOf = (layer: layers.Layer): LayerShapes => {
  const shapes = knownShapes(layer);
  if (!shapes) {
    throw rangeError(
      'countCost',
      'the layer must have been applied to a symbolic input',
      layer.name,
      'put it into a model, or give the supernet an inputShape',
    );
  }
  const { input, output } = shapes;
  if ([...input.slice(1), ...output.slice(1)].some((side) => side === null)) {
    throw rangeError(
      'countCost',
      'all sides of all maps must be known',
      input,
      'give the model an inputShape',
    );
  }
  return shapes;
};

/** Weights of a layer or model that are neither running statistics nor alphas, those of layers inside it included. */
export function parametersOf(layer: LayersModel | layers.Layer): number {
  const alphas = new Set(layer instanceof NoisyDartsLayer ? layer.archVariables() : []);
  return layer.weights
    .filter((weight) => !/\/moving_(mean|variance)$/.test(weight.originalName))
    .filter((weight) => !alphas.has(variableOf(weight)))
    .reduce((sum, weight) => sum + volumeOf(weight.shape), 0);
}

const volumeOf = (shape: readonly (number | null)[]) => shape.reduce<number>((all, side) => all * side!, 1);

function workBelow(layer: layers.Layer, byWindow: boolean): Cost {
  const own = costOf(0, workOf(layer, shapesOf(layer)), byWindow);
  const children = layer instanceof NoisyDartsLayer ? layer.children : [];
  return children.map((child) => workBelow(child, byWindow)).reduce(addCosts, own);
}

/**
 * Counts parameters and multiply-adds, layer by layer, for one image in evaluation.
 *
 * Only convolutions, linear maps, batch norms and average pools count; activations, sums, max pools and concatenations
 * do not, as in thop.
 *
 * @param model - A model or a layer made of this library's layers, for images of a known size. Other layer classes: see
 * {@link defineWork}.
 * @throws RangeError for a layer that nothing is known about, or a map of unknown size.
 */
export function countCost(model: LayersModel | layers.Layer): CostReport {
  const isModel = model instanceof LayersModel;
  if (!isModel)
    requireObject(
      'countCost',
      'what is counted',
      model,
      'pass a model or a layer',
      'getClassName',
      'weights',
    );
  const byWindow = isModel && networkDescription(model)?.kind === 'imagenet';
  const all = isModel ? model.layers : [model];
  let total = nothing;
  let auxiliary = nothing;
  const rows: LayerCost[] = [];
  for (const layer of all) {
    if (layer.getClassName() === 'InputLayer') continue;
    const cost = { ...workBelow(layer, byWindow), parameters: parametersOf(layer) };
    if (layer instanceof AuxiliaryHead) auxiliary = addCosts(auxiliary, cost);
    else total = addCosts(total, cost);
    rows.push({
      name: layer.name,
      className: layer.getClassName(),
      outputShape: shapesOf(layer).output,
      ...cost,
    });
  }
  return { layers: rows, total, auxiliary };
}
