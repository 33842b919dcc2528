import * as tf from '@tensorflow/tfjs-core';
import { LayersModel, type layers } from '@tensorflow/tfjs-layers';
import { functional } from '../../architect/compiled-loss';
import { setAside, withoutTrace } from '../../architect/with-values';
import { requireObject, typeError } from '../../errors';
import { type ModelGenotype, topGenotypes } from '../../genotype';
import { crossEntropy } from '../../kernels';
import {
  archVariables,
  type CallOptions,
  type MixedOp,
  NoisyDartsLayer,
  NoisyMixedOp,
  stateVariables,
  weightVariables,
} from '../../layers';
import { layersWithin, variableOf } from '../../layers/noisy-darts-layer';
import { unpackOptions } from '../../layers/options';
import type { ModelSpace } from '../../spaces';
import type { ResolvedNoise } from '../noise-plan';
import type { LabelledBatch, Searchable } from '../searchable';
import { edgesByName, spaceOf } from './edges';

/** Softmax of this is 0 in float32, beside a 0. */
const NEVER = -1e4;

/** Probabilities below it count as this, as in tfjs's own losses. */
const LEAST = 1e-7;

/** Layers whose draws nobody can repeat, by the options that switch them on. */
const DRAWS: Readonly<Record<string, string>> = {
  AlphaDropout: 'rate',
  Dropout: 'rate',
  GaussianDropout: 'rate',
  GaussianNoise: 'stddev',
  SpatialDropout1D: 'rate',
};

/** A layer's options without names, which tfjs numbers within a process; the layers inside it stand for themselves. */
function optionsOf(layer: layers.Layer): unknown {
  if (layer instanceof LayersModel) return undefined;
  const config = layer.getConfig();
  const own = layer instanceof NoisyDartsLayer ? unpackOptions(config.options) : config;
  return JSON.parse(JSON.stringify(own, (key, value) => (key === 'name' ? undefined : value)));
}

/** Whether a model's output went through a softmax. */
function givesProbabilities({ outputs }: LayersModel): boolean {
  const last = outputs[0]!.sourceLayer;
  if (last instanceof LayersModel) return givesProbabilities(functional(last));
  return last.getClassName() === 'Softmax' || last.getConfig().activation === 'softmax';
}

/** See {@link modelSupernet}. */
export class ModelSupernet implements Searchable<ModelSpace> {
  readonly subject = 'model';
  readonly space: ModelSpace;
  readonly classes: number;
  readonly outputs: readonly (number | null)[];
  readonly noise: ResolvedNoise;
  readonly #graph: LayersModel;
  readonly #probabilities: boolean;
  readonly #edges: ReadonlyMap<string, MixedOp>;
  /** Whether the mixtures are those of an asynchronous body that goes on. */
  #awaitsMixtures = false;

  constructor(
    fn: string,
    /** The model itself. */
    readonly model: LayersModel,
  ) {
    this.#edges = edgesByName(fn, model);
    this.#graph = functional(model);
    const { inputs, outputs } = this.#graph;
    if (inputs.length !== 1 || outputs.length !== 1 || outputs[0]!.shape.length < 2)
      throw typeError(
        fn,
        'the model must have one input, and one output [N, ...]',
        [...inputs, ...outputs].map(({ shape }) => shape),
        'search in others with architectCallback() and fit()',
      );
    const alphas = new Set([...this.#edges.values()].map(({ alpha }) => alpha));
    const bare = [...this.#edges].find(([, { alpha }]) => !alpha)?.[0];
    const other = archVariables(model).find((alpha) => !alphas.has(alpha));
    if (bare !== undefined || other)
      throw typeError(
        fn,
        'every edge must have an alpha, and every alpha an edge',
        bare ?? other!.name,
        'use mixed edges as layers of the model, and createSupernet() for cells',
      );
    this.space = spaceOf(model.name, this.#edges);
    this.outputs = outputs[0]!.shape.slice(1);
    this.classes = this.outputs.at(-1)!;
    this.noise = [...this.#edges.values()].map((edge) => [
      edge instanceof NoisyMixedOp ? edge.noise : null,
    ]) as ResolvedNoise;
    this.#probabilities = this.outputs.length === 1 && givesProbabilities(this.#graph);
  }

  get description(): Readonly<Record<string, unknown>> {
    return {
      edges: this.space.edges,
      layers: layersWithin(this.model).map((layer) => [
        layer.getClassName(),
        layer.trainable,
        optionsOf(layer) ?? null,
      ]),
    };
  }

  /** The shape of an example, null where the model takes any length. */
  get inputShape(): readonly (number | null)[] {
    return this.#graph.inputs[0]!.shape.slice(1);
  }

  /** A layer whose random draws a resumed run could not repeat, if there is one. */
  get unrepeatable(): layers.Layer | undefined {
    return layersWithin(this.model).find((layer) => {
      const { [DRAWS[layer.getClassName()] ?? '']: amount, dropout, recurrentDropout } = layer.getConfig();
      return [amount, dropout, recurrentDropout].some((rate) => typeof rate === 'number' && rate > 0);
    });
  }

  archVariables(): tf.Variable[] {
    return archVariables(this.model);
  }

  weightVariables(): tf.Variable[] {
    return weightVariables(this.model);
  }

  /** Running statistics, and weights that do not train. */
  stateVariables(): tf.Variable[] {
    return stateVariables(this.model);
  }

  namedVariables(): ReadonlyMap<string, tf.Variable> {
    const variables = [...new Set(this.model.weights)].map((weight, i) => {
      // By their place: tfjs numbers layers without a name, and layers in models inside the model may share one.
      const name = `${i}/${weight.originalName.split('/').at(-1)}`;
      return [name, variableOf(weight)] as const;
    });
    return new Map(variables);
  }

  async prepare(): Promise<void> {}

  /** Logits [N, classes] of examples; of a model that ends in a softmax the logarithms of its outputs. */
  forward(x: tf.Tensor, options: CallOptions = {}): tf.Tensor2D {
    const run = () =>
      tf.tidy(() => {
        const y = this.#graph.apply(x, { ...options }) as tf.Tensor2D;
        return this.#probabilities ? tf.log(tf.maximum<tf.Tensor2D>(y, LEAST)) : y;
      });
    // Stock norms know no other way.
    return options.training && options.updateStatistics === false ? withoutTrace(this, run) : run();
  }

  loss(batch: LabelledBatch, options: CallOptions): tf.Scalar {
    requireObject('ModelSupernet.loss', 'the batch', batch, 'pass { x, y }', 'x', 'y');
    return tf.tidy(() => crossEntropy(this.forward(batch.x, options), batch.y));
  }

  penalty(): undefined {}

  async edgeWeights(): Promise<Record<string, number[][]>> {
    const rows = [...this.#edges].map(async ([name, { alpha }]): Promise<[string, number[][]]> => {
      const weights = tf.softmax(alpha!);
      return [name, [[...(await weights.data().finally(() => weights.dispose()))]]];
    });
    return Object.fromEntries(await Promise.all(rows));
  }

  async readGenotype(): Promise<ModelGenotype> {
    const [best] = topGenotypes(this.space, await this.edgeWeights(), 1, { from: 'weights' });
    return best!.genotype;
  }

  withMixtures<T>(weights: Readonly<Record<string, number[][]>>, body: () => T): T {
    if (this.#awaitsMixtures)
      throw new Error(
        'withMixtures: one asynchronous body at a time, got another before the first has ended; await the first',
      );
    const putBack = setAside(this.archVariables());
    let result: T;
    try {
      for (const [name, { alpha }] of this.#edges) {
        const row = weights[name]![0]!.map((weight) => (weight > 0 ? Math.log(weight) : NEVER));
        tf.tidy(() => alpha!.assign(tf.tensor1d(row)));
      }
      result = body();
    } catch (error) {
      putBack();
      throw error;
    }
    if (!(result instanceof Promise)) {
      putBack();
      return result;
    }
    this.#awaitsMixtures = true;
    return result.finally(() => {
      this.#awaitsMixtures = false;
      putBack();
    }) as T;
  }
}

const known = new WeakMap<LayersModel, ModelSupernet>();

/** {@link modelSupernet} on behalf of a function. */
export function modelSupernetFor(fn: string, model: LayersModel): ModelSupernet {
  let supernet = known.get(model);
  if (!supernet) {
    supernet = new ModelSupernet(fn, model);
    known.set(model, supernet);
  }
  return supernet;
}

/**
 * A model of one's own as what searches, evaluations and threads take: `search({ model })` makes it by itself, and the same
 * model always gives the same one.
 *
 * The model holds mixed edges with alphas of their own anywhere, in models and wrappers inside it too; it has one input and
 * one output, logits [N, classes] or, behind a softmax, probabilities. It is trained in place and need not be compiled;
 * penalties on weights (regularizers) are left to the weight decay of the search.
 *
 * @throws TypeError for what is no such model; RangeError if two edges have one name.
 */
export function modelSupernet(model: LayersModel): ModelSupernet {
  return modelSupernetFor('modelSupernet', model);
}
