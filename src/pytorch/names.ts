import { LayersModel, type layers } from '@tensorflow/tfjs-layers';
import {
  BatchNorm,
  Cell,
  Classifier,
  ConvBN,
  FactorizedReduce,
  type LayerWeight,
  MixedOp,
  type NoisyDartsLayer,
  NoisyOp,
  Pool,
  ReluConvBN,
  SeparableBlock,
  SeparableConv,
  Stem,
} from '../layers';
import { AuxiliaryHead, NetworkCell } from '../network';
import { DartsSupernet } from '../supernet';

type NamedWeight = readonly [weight: LayerWeight, name: string];

/**
 * The names that the official PyTorch code gives to a layer's weights in its state dict.
 *
 * For a candidate operation, a mixed edge, a cell, a supernet of a DARTS space or a network of `createNetwork`, once
 * built:
 * `cells.0._ops.3._ops.4.op.1.weight` is cell 0, edge 3, candidate 4, module 1 of its sequence. Left out are weights that
 * the official state dict does not hold: alphas, and those of layers that are not this library's.
 *
 * The layouts differ; `loadStateDict` and `stateDict` turn them.
 *
 * @param layer - The layer or network.
 * @returns The names, in the order of the official modules.
 *
 * Source: official code, operations.py, model_search.py and model.py.
 */
export function pytorchNames(layer: layers.Layer | LayersModel): Map<LayerWeight, string> {
  if (layer instanceof LayersModel) return new Map(layer.layers.flatMap(namedInNetwork));
  return new Map(named(layer, ''));
}

/** Where the official networks keep the layers of a derived network; the stems for ImageNet are sequences. */
const NETWORK_PATHS: Readonly<Record<string, string>> = {
  stem: 'stem.',
  auxiliary_head: 'auxiliary_head.',
  classifier: 'classifier.',
};

function namedInNetwork(layer: layers.Layer): NamedWeight[] {
  const { name } = layer;
  if (layer instanceof ConvBN && name === 'stem_0') return sequence(layer, layer.norm, 'stem0.', 0);
  if (layer instanceof ReluConvBN && name === 'stem_1') return sequence(layer, layer.norm, 'stem0.', 3);
  if (layer instanceof ReluConvBN && name === 'stem_2') return sequence(layer, layer.norm, 'stem1.', 1);
  const cell = /^cell_(\d+)$/.exec(name);
  return named(layer, cell ? `cells.${cell[1]}.` : (NETWORK_PATHS[name] ?? `${name}.`));
}

/** Every weight below `layer` with its name; `at` is the path to the layer, empty or ending in a dot. */
function named(layer: layers.Layer, at: string): NamedWeight[] {
  if (layer instanceof DartsSupernet) {
    return [
      ...named(layer.stem, `${at}stem.`),
      ...layer.cells.flatMap((cell, i) => named(cell, `${at}cells.${i}.`)),
      ...named(layer.classifier, `${at}classifier.`),
    ];
  }
  if (layer instanceof Cell) {
    return [
      ...named(layer.preprocess0, `${at}preprocess0.`),
      ...named(layer.preprocess1, `${at}preprocess1.`),
      ...layer.edges.flatMap((edge, i) => named(edge, `${at}_ops.${i}.`)),
    ];
  }
  if (layer instanceof NetworkCell) {
    return [
      ...named(layer.preprocess0, `${at}preprocess0.`),
      ...named(layer.preprocess1, `${at}preprocess1.`),
      ...layer.ops.flatMap((op, i) => named(op, `${at}_ops.${i}.`)),
    ];
  }
  if (layer instanceof AuxiliaryHead) {
    const { narrow, wide, classifier } = layer;
    return [
      ...sequence(narrow, narrow.norm, `${at}features.`, 2),
      ...sequence(wide, wide.norm, `${at}features.`, 5),
      ...named(classifier, `${at}classifier.`),
    ];
  }
  if (layer instanceof MixedOp) return mixed(layer, at);
  if (layer instanceof NoisyOp) return named(layer.layer, at);
  if (layer instanceof SeparableConv) {
    return layer.children.flatMap((block, i) => separable(block as SeparableBlock, at, 4 * i));
  }
  if (layer instanceof SeparableBlock) return separable(layer, at, 0);
  if (layer instanceof ReluConvBN) {
    // Several convolutions in a row are a bare sequence, a single one is wrapped in a module.
    const path = layer.kernels.length > 1 ? at : `${at}op.`;
    return [
      ...own(layer, ...layer.kernels.map((_, i) => `${path}${i + 1}.weight`)),
      ...norm(layer.norm, `${path}${layer.kernels.length + 1}.`),
    ];
  }
  if (layer instanceof FactorizedReduce) {
    return [...own(layer, `${at}conv_1.weight`, `${at}conv_2.weight`), ...norm(layer.norm, `${at}bn.`)];
  }
  if (layer instanceof Stem) return sequence(layer, layer.norm, at, 0);
  if (layer instanceof Classifier) return own(layer, `${at}weight`, `${at}bias`);
  if (layer instanceof BatchNorm) return norm(layer, at);
  return [];
}

/** The official edge holds the norms behind its pools itself: `bn1` max pool's, `bn2` average pool's. */
function mixed(edge: MixedOp, at: string): NamedWeight[] {
  return [
    ...edge.ops.flatMap((op, i) => named(op, `${at}_ops.${i}.`)),
    ...(['max', 'avg'] as const).flatMap((kind, i) =>
      edge.ops.flatMap((op) => {
        const inner = op instanceof NoisyOp ? op.layer : op;
        return inner instanceof Pool && inner.kind === kind && inner.norm
          ? norm(inner.norm, `${at}bn${i + 1}.`)
          : [];
      }),
    ),
  ];
}

/** A convolution, then perhaps a norm, after `before` modules of a sequence. */
function sequence(
  layer: NoisyDartsLayer,
  after: BatchNorm | undefined,
  at: string,
  before: number,
): NamedWeight[] {
  return [...own(layer, `${at}${before}.weight`), ...(after ? norm(after, `${at}${before + 1}.`) : [])];
}

/** A block of a sequence, after `before` modules of it. */
function separable(block: SeparableBlock, at: string, before: number): NamedWeight[] {
  return [
    ...own(block, `${at}op.${before + 1}.weight`, `${at}op.${before + 2}.weight`),
    ...norm(block.norm, `${at}op.${before + 3}.`),
  ];
}

function norm(layer: BatchNorm, at: string): NamedWeight[] {
  const affine = layer.affine ? [`${at}weight`, `${at}bias`] : [];
  return own(layer, ...affine, `${at}running_mean`, `${at}running_var`);
}

/** The layer's weights without those of the layers inside it, which come in the order of their creation. */
function own(layer: NoisyDartsLayer, ...names: string[]): NamedWeight[] {
  const inner = new Set(layer.children.flatMap((child) => child.weights));
  return layer.weights.filter((weight) => !inner.has(weight)).map((weight, i) => [weight, names[i]!]);
}
