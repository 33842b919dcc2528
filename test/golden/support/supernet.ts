import * as tf from '@tensorflow/tfjs-core';
import { darts } from '../../../src/spaces';
import { createSupernet, type DartsSupernet, type LabelledBatch } from '../../../src/supernet';
import { loadFixture, type TensorFixture, toTensor } from './fixtures';
import { assign, namedWeights } from './weights';

/** A supernet as the fixtures describe it. */
export interface SupernetFixture {
  readonly config: {
    readonly C: number;
    readonly layers: number;
    readonly num_classes: number;
    readonly steps: number;
    readonly multiplier: number;
    readonly stem_multiplier: number;
    /** Batch, and sides of an image, where the file tells. */
    readonly N?: number;
    readonly hw?: readonly [number, number];
  };
  /** By official state-dict name. */
  readonly weights: Readonly<Record<string, TensorFixture>>;
  readonly alphas_normal: TensorFixture;
  readonly alphas_reduce: TensorFixture;
}

export interface BatchFixture {
  readonly input: TensorFixture;
  readonly target: readonly number[];
}

export interface GoldenSupernet {
  readonly supernet: DartsSupernet;
  /** The weights by official name. */
  readonly named: Readonly<Record<string, tf.Variable>>;
  /** The running statistics by official name. */
  readonly running: Readonly<Record<string, tf.Variable>>;
  /** Gives weights, alphas and running statistics their values of the beginning. */
  reset(): void;
  dispose(): void;
}

/** The fixture's supernet, without noise. */
export function goldenSupernet(
  fixture: SupernetFixture,
  primitives: readonly string[],
  input: TensorFixture,
): GoldenSupernet {
  const { C, layers, num_classes, steps, multiplier, stem_multiplier } = fixture.config;
  const supernet = createSupernet<string>({
    space: { ...darts(), primitives, nodes: steps, multiplier, stemMultiplier: stem_multiplier },
    noise: null,
    channels: C,
    cells: layers,
    classes: num_classes,
    inputShape: input.shape.slice(1),
  });
  const { params, running } = namedWeights(supernet);
  const state = Object.values(running);
  const initial = state.map((variable) => tf.clone(variable));

  const { alphas_normal, alphas_reduce } = fixture;
  const reset = () => {
    assign(params, fixture.weights);
    assign({ ...supernet.alphas }, { normal: alphas_normal, reduce: alphas_reduce });
    for (const [i, variable] of state.entries()) variable.assign(initial[i]!);
  };
  reset();
  return {
    supernet,
    named: params,
    running,
    reset,
    dispose: () => {
      supernet.dispose();
      tf.dispose(initial);
    },
  };
}

interface Networks {
  readonly primitives: readonly string[];
  readonly networks: Readonly<Record<string, SupernetFixture>>;
}

/** The fixture that a reference such as `network.json: networks.c2_l3` names. */
const referred = (reference: string) => loadFixture<Networks>(/^([\w-]+)\.json/.exec(reference)![1]!);

/** The supernet that a reference such as `network.json: networks.c2_l3` names. */
export const referredSupernet = (reference: string): SupernetFixture =>
  referred(reference).networks[/networks\.([\w-]+)/.exec(reference)![1]!]!;

/** The operations of the supernets beside it. */
export const referredPrimitives = (reference = 'network.json'): readonly string[] =>
  referred(reference).primitives;

/** A batch of a fixture. The caller disposes it. */
export function goldenBatch({ input, target }: BatchFixture): LabelledBatch & { dispose(): void } {
  const [x, y] = [toTensor<tf.Rank.R4>(input), tf.tensor1d([...target], 'int32')];
  return { x, y, dispose: () => tf.dispose([x, y]) };
}
