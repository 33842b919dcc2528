import * as tf from '@tensorflow/tfjs-core';
import { mixedEdges } from '../layers';
import type { AnySpace } from '../spaces';
import { type Searchable, Supernet } from '../supernet';
import type { ModelSupernet } from '../supernet/model/model-supernet';
import type { CandidateMask } from './plan';

/** Softmax and sigmoid of this are 0 in float32, and weight decay does not bring it back within a run. */
const NEVER = -1e4;

/** The alphas by the name of their cell, layer or edge. */
function alphasOf(supernet: Searchable<AnySpace>): Readonly<Record<string, tf.Variable>> {
  if (supernet instanceof Supernet) return { ...supernet.alphas };
  const { model } = supernet as unknown as ModelSupernet;
  return Object.fromEntries(mixedEdges(model).map(({ name, alpha }) => [name, alpha!]));
}

/** Sets the alphas of all candidates that are not left so low that they get no weight. */
export async function dropCandidates(supernet: Searchable<AnySpace>, left: CandidateMask): Promise<void> {
  for (const [name, alpha] of Object.entries(alphasOf(supernet))) {
    const kept = left[name]!.flat();
    const values = Float32Array.from(await alpha.data(), (value, i) => (kept[i] ? value : NEVER));
    tf.tidy(() => alpha.assign(tf.tensor(values, alpha.shape)));
  }
}
