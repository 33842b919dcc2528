import { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { rangeError } from '../errors';
import { archVariables, ConvBN, type LayerWeight, NoisyDartsLayer, ReluConvBN } from '../layers';
import { variableOf } from '../layers/noisy-darts-layer';
import { networkDescription } from '../network/description';

type Target = layers.Layer | LayersModel;
type NamedWeight = readonly [weight: LayerWeight, name: string];

/**
 * The names that a layer's weights have in a PyTorch state dict: those of the official code where there is one, for
 * candidate operations, mixed edges, cells, supernets of DARTS spaces and of NAS-Bench-201, networks of `createNetwork`
 * and NoisyDARTS-A; the path of layers otherwise, in PyTorch's words (`weight`, `bias`, `running_mean` ...).
 *
 * Those of a NAS-Bench-201 network are TinyNetwork's: `stem.0`, `cells.0.layers.5.op.1.weight` for edge 5 of cell 0, the
 * residual blocks counted among the cells (`cells.5.conv_a`), `lastact.0`, `classifier`.
 *
 * `cells.0._ops.3._ops.4.op.1.weight` is cell 0, edge 3, candidate 4, module 1 of its sequence. A layer without a name of
 * its own goes by its number among its siblings. Left out are alphas, which the official state dicts do not hold.
 *
 * The layouts differ; `loadStateDict` and `stateDict` turn them.
 *
 * @param layer - The layer or model, built.
 * @throws RangeError for what is not built yet, or weights that would share a name.
 *
 * Source: official code, operations.py, model_search.py and model.py; timm's EfficientNet, which verify_se.py is made of;
 * Dong and Yang 2020, the code of NAS-Bench-201.
 */
export function pytorchNames(layer: layers.Layer | LayersModel): Map<LayerWeight, string> {
  const alphas = new Set(archVariables(layer));
  return new Map(
    [...weightNames('pytorchNames', layer)].filter(([weight]) => !alphas.has(variableOf(weight))),
  );
}

/** Every weight of a layer or model with its name in a state dict, alphas included. */
export function weightNames(fn: string, target: Target): Map<LayerWeight, string> {
  requireBuilt(fn, target);
  const names = new Map(named(target));
  const owners = (faulty: (weight: LayerWeight) => boolean) =>
    target.weights.filter(faulty).map(({ originalName }) => originalName);
  const uses = new Map<string, number>();
  for (const name of names.values()) uses.set(name, (uses.get(name) ?? 0) + 1);
  const lost = owners((weight) => !names.has(weight));
  if (lost.length > 0) {
    throw rangeError(
      fn,
      'some weights belong to no layer that can be named',
      lost,
      'list them among the weights of their layer',
    );
  }
  const shared = owners((weight) => uses.get(names.get(weight)!)! > 1);
  if (shared.length > 0) {
    throw rangeError(
      fn,
      'some weights would share a name',
      shared,
      'give the layers that hold them names of their own',
    );
  }
  return names;
}

function requireBuilt(fn: string, target: Target): void {
  // A sequential model with an input shape has built layers, and does not count as built itself until it is called.
  const inside = (layer: Target): Target[] =>
    layer instanceof LayersModel && layer.layers.length > 0 ? layer.layers.flatMap(inside) : [layer];
  const unbuilt = inside(target).find(({ built }) => !built);
  if (!unbuilt) return;
  throw rangeError(
    fn,
    'all layers must be built, so that they have weights',
    unbuilt.name,
    'apply it to an input first, or create it with an inputShape',
  );
}

/** Every weight below a layer; of several names of a weight the last counts. */
function named(layer: Target): NamedWeight[] {
  if (layer instanceof LayersModel) return modelNames(layer);
  if (!(layer instanceof NoisyDartsLayer)) return ownNames(layer.weights);
  const official = Object.entries(layer.officialNames()).filter(([, part]) => part !== undefined);
  const placed = new Set(official.map(([, part]) => part));
  const children = layer.children.filter((child) => !placed.has(child));
  return [
    ...ownNames(layer.ownWeights.filter((weight) => !placed.has(weight))),
    ...children.flatMap((child) => below(`${keyOf(child, layer.children.indexOf(child))}.`, named(child))),
    ...official.flatMap(([path, part]) =>
      part instanceof layers.Layer ? below(path, named(part)) : [[part!, path] as const],
    ),
  ];
}

const below = (path: string, weights: readonly NamedWeight[]): NamedWeight[] =>
  weights.map(([weight, name]) => [weight, path + name]);

function modelNames(model: LayersModel): NamedWeight[] {
  const mobile = networkDescription(model)?.kind === 'mobile';
  return model.layers
    .filter((layer) => layer.getClassName() !== 'InputLayer')
    .flatMap((layer, i) => {
      const convolution = (mobile ? MOBILE_CONVOLUTIONS : IMAGENET_STEMS).get(layer.name);
      const isConvolution = layer instanceof ConvBN || layer instanceof ReluConvBN;
      if (convolution && isConvolution && layer.ownWeights.length === 1) {
        const [kernel, norm] = convolution;
        return [
          [layer.ownWeights[0]!, `${kernel}.weight`] as const,
          ...(layer.norm ? below(`${norm}.`, named(layer.norm)) : []),
        ];
      }
      return below(`${pathOf(layer, i, mobile)}.`, named(layer));
    });
}

/** Where the official networks keep the convolution and the norm of a layer of `createNetwork` for ImageNet. */
const IMAGENET_STEMS: ReadonlyMap<string, readonly [convolution: string, norm: string]> = new Map([
  ['stem_0', ['stem0.0', 'stem0.1']],
  ['stem_1', ['stem0.3', 'stem0.4']],
  ['stem_2', ['stem1.1', 'stem1.2']],
]);

/** The same of a mobile network. */
const MOBILE_CONVOLUTIONS: typeof IMAGENET_STEMS = new Map([
  ['stem', ['conv_stem', 'bn1']],
  ['head', ['conv_head', 'bn2']],
]);

/** The blocks of a mobile network by the stages that verify_se.py lists for NoisyDARTS-A. */
const MOBILE_BLOCKS = [1, 1, 1, 4, 8, 5].flatMap((length, stage) =>
  Array.from({ length }, (_, i) => `blocks.${stage}.${i}`),
);

/** What stands among the cells of an official network, by name: the classes would bring all operations along. */
const CELLS = ['NoisyDartsNetworkCell', 'NoisyDartsDenseNetworkCell', 'NoisyDartsResidualBlock'];

/** A layer's path in a model: the official one of cells and mobile blocks. */
function pathOf(layer: layers.Layer, index: number, mobile: boolean): string {
  const [, kind, digits] = /^(cell|block)_(\d+)$/.exec(layer.name) ?? [];
  if (kind === 'cell' && CELLS.includes(layer.getClassName())) return `cells.${digits}`;
  return (mobile && kind === 'block' && MOBILE_BLOCKS[Number(digits)]) || keyOf(layer, index);
}

/** A layer's own name, or its number if tfjs made the name up, which is another one in every program. */
function keyOf(layer: layers.Layer, index: number): string {
  const { name } = layer;
  if (layer instanceof LayersModel) return /^(model|sequential_)\d+(_|$)/.test(name) ? `${index}` : name;
  return new RegExp(`_${layer.getClassName()}\\d+$`).test(name) ? `${index}` : name;
}

/** PyTorch's words for those of tfjs. */
const WORDS: Readonly<Record<string, string>> = {
  kernel: 'weight',
  embeddings: 'weight',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/** The weights of one layer in PyTorch's words; a layer with several kernels keeps them apart. */
function ownNames(weights: readonly LayerWeight[]): NamedWeight[] {
  const short = weights.map(({ originalName }) => originalName.slice(originalName.lastIndexOf('/') + 1));
  const kernels = short.filter((name) => name.endsWith('kernel')).length;
  const names = short.map((name) => {
    if (kernels === 1 && name.endsWith('kernel')) return 'weight';
    return Object.hasOwn(WORDS, name)
      ? WORDS[name]!
      : name.replace(/_kernel$/, '.weight').replace(/_bias$/, '.bias');
  });
  return weights.map((weight, i) => {
    const twins = names.filter((name) => name === names[i]).length;
    return [
      weight,
      twins > 1 ? `${names.slice(0, i).filter((name) => name === names[i]).length}.${names[i]}` : names[i]!,
    ];
  });
}
