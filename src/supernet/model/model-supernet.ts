import * as tf from '@tensorflow/tfjs-core';
import { LayersModel, type layers } from '@tensorflow/tfjs-layers';
import { setAside, withoutTrace } from '../../architect/with-values';
import { rangeError, requireObject, typeError } from '../../errors';
import { type ModelGenotype, topGenotypes } from '../../genotype';
import {
  archVariables,
  type CallOptions,
  type MixedOp,
  NoisyDartsLayer,
  NoisyMixedOp,
  stateVariables,
  weightVariables,
} from '../../layers';
import { type FlatModel, flatModel } from '../../layers/flat-model';
import { layersWithin, variableOf } from '../../layers/noisy-darts-layer';
import { unpackOptions } from '../../layers/options';
import type { ModelSpace } from '../../spaces';
import { readerOf } from '../../tasks/activation';
import { type OutputReader, plainTask, taskOf } from '../../tasks/task';
import { Interlude } from '../interlude';
import type { ResolvedNoise } from '../noise-plan';
import type { LabelledBatch, Searchable } from '../searchable';
import { edgesByName, spaceOf } from './edges';

/** Softmax of this is 0 in float32, beside a 0. */
const NEVER = -1e4;

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

/** See {@link modelSupernet}. */
export class ModelSupernet implements Searchable<ModelSpace> {
  readonly subject = 'model';
  readonly space: ModelSpace;
  readonly classes: number;
  readonly outputs: readonly (number | null)[];
  readonly reads: OutputReader | undefined;
  readonly noise: ResolvedNoise;
  readonly #flat: FlatModel;
  readonly #edges: ReadonlyMap<string, MixedOp>;
  readonly #interlude = new Interlude();

  constructor(
    fn: string,
    /** The model itself. */
    readonly model: LayersModel,
  ) {
    this.#edges = edgesByName(fn, model);
    this.#flat = flatModel(fn, model);
    this.outputs = this.#flat.outputs;
    if (this.outputs.length === 0)
      throw typeError(
        fn,
        'the model must give an output [N, ...] for every example',
        model.outputs.map(({ shape }) => shape),
        'end it in a layer that keeps the batch',
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
    this.classes = this.outputs.at(-1)!;
    this.noise = [...this.#edges.values()].map((edge) => [
      edge instanceof NoisyMixedOp ? edge.noise : null,
    ]) as ResolvedNoise;
    this.reads = model.outputs.length === 1 ? readerOf(model) : undefined;
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

  /** The shape of an example, null where the model takes any length; of several inputs the number of all their values. */
  get inputShape(): readonly (number | null)[] {
    return this.#flat.inputShape;
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

  /** Outputs [N, ...outputs] of examples [N, ...inputShape], as the model gives them. */
  forward(x: tf.Tensor, options: CallOptions = {}): tf.Tensor2D {
    const run = () => this.#flat.apply(x, { ...options }) as tf.Tensor2D;
    // Stock norms know no other way.
    return options.training && options.updateStatistics === false ? withoutTrace(this, run) : run();
  }

  loss(batch: LabelledBatch, options: CallOptions): tf.Scalar {
    requireObject('ModelSupernet.loss', 'the batch', batch, 'pass { x, y }', 'x', 'y');
    const { loss } = taskOf(plainTask, 'ModelSupernet.loss', this.reads);
    return tf.tidy(() => loss(this.forward(batch.x, options), batch.y));
  }

  penalty(): undefined {}

  /** Softmax of the alpha of every edge, [1, candidates]. */
  strengths(): Record<string, tf.Tensor2D> {
    return Object.fromEntries(
      [...this.#edges].map(([name, { alpha }]) => [
        name,
        tf.tidy(() => tf.reshape(tf.softmax(alpha!), [1, -1]) as tf.Tensor2D),
      ]),
    );
  }

  async edgeWeights(): Promise<Record<string, number[][]>> {
    const rows = Object.entries(this.strengths()).map(
      async ([name, weights]): Promise<[string, number[][]]> => [
        name,
        await weights.array().finally(() => weights.dispose()),
      ],
    );
    return Object.fromEntries(await Promise.all(rows));
  }

  async readGenotype(): Promise<ModelGenotype> {
    const [best] = topGenotypes(this.space, await this.edgeWeights(), 1, { from: 'weights' });
    return best!.genotype;
  }

  withMixtures<T>(weights: Readonly<Record<string, number[][]>>, body: () => T): T {
    const rows = [...this.#edges].map(([name, { alpha }]) => {
      const row = weights[name]![0]!;
      if (!row.some((weight) => weight > 0))
        throw rangeError('withMixtures', `edge '${name}' must keep a candidate`, row, 'give one a weight');
      return [alpha!, row.map((weight) => (weight > 0 ? Math.log(weight) : NEVER))] as const;
    });
    return this.#interlude.run(() => {
      const putBack = setAside(this.archVariables());
      for (const [alpha, row] of rows) tf.tidy(() => alpha.assign(tf.tensor1d(row)));
      return putBack;
    }, body);
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
 * The model holds mixed edges with alphas of their own anywhere, in models and wrappers inside it too. Its output is what the
 * task takes, such as logits [N, classes], or that behind the softmax or sigmoid which the task's loss applies by itself.
 * Several inputs, or outputs, lie one after the other in an example, or target, [N, values of all]. It is trained in place
 * and need not be compiled; penalties on weights (regularizers) are left to the weight decay of the search.
 *
 * @throws TypeError for what is no such model; RangeError if two edges have one name.
 */
export function modelSupernet(model: LayersModel): ModelSupernet {
  return modelSupernetFor('modelSupernet', model);
}
