import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { rangeError } from '../errors';
import { type LayerWeight, variableOf } from '../layers';
import type { NamedTensor } from '../optimizers';
import { Supernet } from '../supernet';
import { axesOf, inverse, permuted, permutedShape } from './layout';
import { pytorchNames } from './names';

/** Options of {@link loadStateDict}. */
export interface LoadStateDictOptions {
  /**
   * Whether the names must agree exactly. If false, weights that the state dict lacks keep their values, and tensors
   * that the target lacks are left aside; shapes must agree all the same. Default true.
   */
  readonly strict?: boolean;
}

/** PyTorch counts the batches that a batch norm has seen; this library has no use for it. */
const UNUSED = /(^|\.)num_batches_tracked$/;
/** What PyTorch's DataParallel puts before every name. */
const PARALLEL = /^module\./;

const ALPHAS = /(^|\/)(alphas_\w+)$/;

/** Every weight under its official name; a supernet's alphas are `alphas_normal` and `alphas_reduce`. */
function targets(target: layers.Layer | LayersModel): Map<string, LayerWeight> {
  const result = new Map([...pytorchNames(target)].map(([weight, name]) => [name, weight]));
  if (target instanceof Supernet) {
    for (const weight of target.weights) {
      const alphas = ALPHAS.exec(weight.originalName)?.[2];
      if (alphas) result.set(alphas, weight);
    }
  }
  return result;
}

/**
 * The weights and running statistics of a network or layer under the names and in the layouts of the official PyTorch
 * code, ready for {@link encodeSafetensors} and PyTorch's `load_state_dict`.
 *
 * Dense filters turn from HWIO to OIHW, depthwise ones from HWCM to (CM)1HW, matrices from IO to OI. A supernet's alphas
 * come last, as `alphas_normal` and `alphas_reduce`; the official state dict leaves them out.
 *
 * @param target - A built layer, supernet or network of `createNetwork`.
 *
 * Source: official code, model.py and model_search.py.
 */
export function stateDict(target: layers.Layer | LayersModel): Promise<NamedTensor[]> {
  return Promise.all(
    [...targets(target)].map(async ([name, weight]) => {
      const data = (await variableOf(weight).data()) as Float32Array;
      const shape = weight.shape as number[];
      const axes = inverse(axesOf(weight));
      return { name, shape: permutedShape(shape, axes), data: permuted(data, shape, axes) };
    }),
  );
}

/**
 * Gives a network or layer the weights of a PyTorch state dict of the official code: the same logits come out.
 *
 * Everything is checked before anything changes. `num_batches_tracked` is left aside, and so is the `module.` that
 * DataParallel puts before names. Alphas of a supernet are taken if the state dict holds them.
 *
 * @param target - A built layer, supernet or network of `createNetwork`.
 * @param tensors - The state dict, as {@link decodeSafetensors} reads it.
 * @throws RangeError naming the weights that are missing, unknown, not finite or of another shape.
 */
export function loadStateDict(
  target: layers.Layer | LayersModel,
  tensors: readonly NamedTensor[],
  { strict = true }: LoadStateDictOptions = {},
): void {
  const given = new Map(
    tensors
      .filter(({ name }) => !UNUSED.test(name))
      .map((tensor) => [tensor.name.replace(PARALLEL, ''), tensor]),
  );
  const wanted = targets(target);
  if (strict) {
    requireNone(
      'the state dict must hold every weight of the target, it lacks some',
      [...wanted.keys()].filter((name) => !given.has(name) && !ALPHAS.test(name)),
    );
    requireNone(
      'the state dict must hold nothing that the target lacks',
      [...given.keys()].filter((name) => !wanted.has(name)),
    );
  }
  const changes = [...wanted].flatMap(([name, weight]) => {
    const tensor = given.get(name);
    return tensor ? [{ weight, values: turned(name, tensor, weight) }] : [];
  });
  for (const { weight, values } of changes) {
    tf.tidy(() => variableOf(weight).assign(tf.tensor(values, weight.shape as number[], 'float32')));
  }
}

function requireNone(fault: string, names: readonly string[]): void {
  if (names.length === 0) return;
  throw rangeError(
    'loadStateDict',
    fault,
    names,
    'create the target with the same genotype and sizes, or pass strict: false',
  );
}

/** A tensor's values in the layout of a weight. */
function turned(name: string, { shape, data }: NamedTensor, weight: LayerWeight): Float32Array {
  const axes = axesOf(weight);
  const expected = permutedShape(weight.shape as number[], inverse(axes));
  if (!tf.util.arraysEqual([...shape], expected)) {
    throw rangeError(
      'loadStateDict',
      `the tensor '${name}' must be [${expected}]`,
      shape,
      'create the target with the same genotype and sizes',
    );
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw rangeError(
      'loadStateDict',
      `the tensor '${name}' must hold finite numbers, at ${bad}`,
      data[bad],
      'save the weights of a run that did not diverge',
    );
  }
  return permuted(data, shape, axes);
}
