import * as tf from '@tensorflow/tfjs-core';
import { LayersModel, type layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { checkOptions, type OptionKeys, typeError } from '../errors';
import type { ModelGenotype } from '../genotype';
import { checkModelGenotype } from '../genotype/model';
import { MixedOp, NoisyDartsLayer, NoisyOp } from '../layers';
import { disposeWeights, layersWithin } from '../layers/noisy-darts-layer';
import { edgesByName, spaceOf } from '../supernet/model/edges';
import { rebuild } from './rebuild';

/** Options of {@link deriveModel}. */
export interface DeriveModelOptions {
  /** Operations by edge; edges without get their strongest. Default: the strongest everywhere, never `none`. */
  readonly genotype?: ModelGenotype;
  /**
   * `'inherit'`, the default: copies of the trained weights; an operation is the one of the edge, whose norms have no scale
   * and offset where the edge says `affine: false`, and pools keep the norm behind them. `'fresh'`: initial weights, from the
   * layers' seeds where they have any; named operations are those of a derived network, norms with scale and offset, pools
   * without.
   */
  readonly weights?: 'inherit' | 'fresh';
}

const KEYS = { genotype: true, weights: true } satisfies OptionKeys<DeriveModelOptions>;

/**
 * The model that a search inside `model` found: the same graph, in which every mixed edge is one operation and `NoisyOp` the
 * layer that it wraps.
 *
 * Models and time-distributed wrappers inside it are derived too; layers used several times stay shared. The new model has
 * layers and weights of its own and is not compiled; `model` stays as it is. The output of an edge was a weighted sum, so that
 * inherited weights want training before they are judged.
 *
 * @throws TypeError without a mixed edge, for an edge inside a layer other than those, or weights that cannot be inherited
 * (partial channels); RangeError for a genotype that names what there is not.
 */
export function deriveModel(model: LayersModel, options: DeriveModelOptions = {}): LayersModel {
  checkOptions('deriveModel', options, KEYS);
  const { genotype = {}, weights = 'inherit' } = options;
  const edges = edgesByName('deriveModel', model);
  if (weights !== 'inherit' && weights !== 'fresh')
    throw typeError(
      'deriveModel',
      "weights must be 'inherit' or 'fresh'",
      weights,
      "leave it out for 'inherit'",
    );
  checkModelGenotype('deriveModel', genotype, spaceOf(model.name, edges), false);
  const copies = new Copies(genotype, weights === 'inherit');
  try {
    return tf.tidy(() => copies.graph(model, `${model.name}_derived`) as never) as LayersModel;
  } catch (error) {
    copies.dispose();
    throw error;
  }
}

/** Whether something in a layer is not in the model derived of it. */
const holdsEdges = (layer: layers.Layer): boolean =>
  layersWithin(layer).some((inner) => inner instanceof MixedOp || inner instanceof NoisyOp);

/** The layers of a derived model, each once. */
class Copies {
  readonly #made = new Map<layers.Layer, layers.Layer>();
  readonly #genotype: ModelGenotype;
  readonly #inherit: boolean;

  constructor(genotype: ModelGenotype, inherit: boolean) {
    this.#genotype = genotype;
    this.#inherit = inherit;
  }

  graph(model: LayersModel, name: string): LayersModel {
    return rebuild(model, name, (layer, inputs) => {
      const copy = this.of(layer);
      const outputs = copy.apply(inputs.length === 1 ? inputs[0]! : [...inputs]) as SymbolicTensor;
      if (this.#inherit) this.#copyWeights(layer, copy);
      return outputs;
    });
  }

  of(layer: layers.Layer): layers.Layer {
    const copy = this.#made.get(layer) ?? this.#create(layer, layer.name);
    this.#made.set(layer, copy);
    return copy;
  }

  dispose(): void {
    for (const layer of this.#made.values()) disposeWeights(layer);
  }

  #create(layer: layers.Layer, name: string): layers.Layer {
    if (layer instanceof MixedOp) return this.#create(this.#chosen(layer), name);
    if (layer instanceof NoisyOp) return this.#create(layer.layer, name);
    if (layer instanceof LayersModel) return this.graph(layer, name);
    const config = { ...layer.getConfig(), name };
    const cls = layer.constructor as typeof layers.Layer;
    if (holdsEdges(layer)) {
      const { layer: inner } = layer as { layer?: layers.Layer };
      if (layer instanceof NoisyDartsLayer || !inner)
        throw typeError(
          'deriveModel',
          'a layer of this class cannot be derived',
          layer.getClassName(),
          'use mixed edges as layers of the model',
        );
      return new (cls as unknown as new (options: object) => layers.Layer)({ name, layer: this.of(inner) });
    }
    return (cls as unknown as { fromConfig(cls: unknown, config: object): layers.Layer }).fromConfig(
      cls,
      config,
    );
  }

  /** The layer of an edge's operation. */
  #chosen(edge: MixedOp): layers.Layer {
    const op = this.#genotype[edge.name] ?? edge.decode().op;
    if (!this.#inherit) return edge.derived(op);
    if (edge.channelShare > 1)
      throw typeError(
        'deriveModel',
        `the operations of '${edge.name}' have weights for a share of the channels`,
        "weights: 'inherit'",
        "use 'fresh'",
      );
    return edge.ops[edge.primitives.indexOf(op)]!;
  }

  #source(layer: layers.Layer): layers.Layer {
    if (layer instanceof MixedOp) return this.#source(this.#chosen(layer));
    if (layer instanceof NoisyOp) return this.#source(layer.layer);
    const { layer: inner } = layer as { layer?: layers.Layer };
    return inner && !(layer instanceof NoisyDartsLayer) && holdsEdges(layer) ? this.#source(inner) : layer;
  }

  #copyWeights(layer: layers.Layer, copy: layers.Layer): void {
    // A model's own layers have theirs.
    const source = this.#source(layer);
    if (source instanceof LayersModel) return;
    copy.setWeights(source.getWeights());
  }
}
