import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { checkOptions, rangeError, requireList } from '../errors';
import { archVariables, type LayerWeight } from '../layers';
import { variableOf } from '../layers/noisy-darts-layer';
import type { NamedTensor } from '../optimizers';
import { axesOf, inverse, permuted, permutedShape, pytorchShape } from './layout';
import { weightNames } from './names';
import { unwrapped } from './prefix';

/** Options of {@link loadStateDict}. */
export interface LoadStateDictOptions {
  /**
   * Whether the names must agree exactly. If false, weights that the state dict lacks keep their values, and tensors
   * that the target lacks are left aside; shapes must agree all the same. Default true.
   */
  readonly strict?: boolean;
}

/** What {@link loadStateDict} could not match. */
export interface LoadStateDictResult {
  /** Weights of the target that the state dict lacks; they keep their values. */
  readonly missing: readonly string[];
  /** Tensors of the state dict that the target lacks, by the names it gives them. */
  readonly unknown: readonly string[];
}

/** PyTorch counts the batches that a batch norm has seen; this library has no use for it. */
const UNUSED = /(^|\.)num_batches_tracked$/;

/** Every weight by its name in a state dict, alphas last. */
function targets(fn: string, target: layers.Layer | LayersModel): Map<string, LayerWeight> {
  const alphas = new Set(archVariables(target));
  const all = [...weightNames(fn, target)].map(([weight, name]) => [name, weight] as const);
  const isAlpha = ([, weight]: (typeof all)[number]) => alphas.has(variableOf(weight));
  return new Map([...all.filter((entry) => !isAlpha(entry)), ...all.filter(isAlpha)]);
}

/**
 * All weights and running statistics of a network or layer under the names and in the layouts of PyTorch, ready for
 * {@link encodeSafetensors} and PyTorch's `load_state_dict`. The names are those of the official code where there is one;
 * see {@link pytorchNames}.
 *
 * Dense filters turn from HWIO to OIHW, depthwise ones from HWCM to (CM)1HW, matrices from IO to OI. Alphas, and what
 * PC-DARTS weighs edges by, come last; the official state dicts leave them out.
 *
 * @param target - A layer, supernet or model, built.
 * @throws RangeError for what is not built yet, or naming weights that cannot be told apart by name.
 *
 * Source: official code, model.py and model_search.py.
 */
export async function stateDict(target: layers.Layer | LayersModel): Promise<NamedTensor[]> {
  return Promise.all(
    [...targets('stateDict', target)].map(async ([name, weight]) => {
      const data = (await variableOf(weight).data()) as Float32Array;
      const axes = inverse(axesOf(weight));
      return { name, shape: pytorchShape(weight), data: permuted(data, weight.shape as number[], axes) };
    }),
  );
}

/**
 * Gives a network or layer the weights of a PyTorch state dict: with that of the official code the same logits come out.
 *
 * Everything is checked before anything changes. `num_batches_tracked` is left aside, and so are the prefixes that wrappers
 * put before all names, such as `module.` of DataParallel and `_orig_mod.` of `torch.compile`, where names match without
 * them. Alphas are taken if the state dict holds them.
 *
 * @param target - A layer, supernet or model, built.
 * @param tensors - The state dict, as {@link decodeSafetensors} reads it.
 * @returns The names that did not match: with `strict` none but alphas that the state dict lacks.
 * @throws RangeError naming the weights that are missing, unknown, not finite or of another shape; also without `strict` if
 * no name matches at all.
 */
export function loadStateDict(
  target: layers.Layer | LayersModel,
  tensors: readonly NamedTensor[],
  options: LoadStateDictOptions = {},
): LoadStateDictResult {
  checkOptions('loadStateDict', options, { strict: 'flag' });
  const { strict = true } = options;
  const wanted = targets('loadStateDict', target);
  requireList('loadStateDict', 'tensors', tensors, 'pass those of a state dict, [{ name, shape, data }]');
  const used = tensors.filter(({ name }) => !UNUSED.test(name));
  const names = unwrapped(
    used.map(({ name }) => name),
    new Set(wanted.keys()),
  );
  const given = new Map(used.map((tensor) => [names.get(tensor.name)!, tensor]));
  const missing = [...wanted.keys()].filter((name) => !given.has(name));
  const unknown = [...given].filter(([name]) => !wanted.has(name)).map(([, { name }]) => name);
  const matching = given.size - unknown.length;
  if (matching === 0 && wanted.size + given.size > 0) {
    throw rangeError(
      'loadStateDict',
      wanted.size === 0
        ? 'the target has no weights'
        : `none of the ${wanted.size} weights of the target, such as '${[...wanted.keys()][0]}', is in the state dict`,
      [...given.values()].map(({ name }) => name),
      'give the tensors the names that stateDict() of the target gives them',
    );
  }
  if (strict) {
    const alphas = new Set(archVariables(target));
    requireNone(
      'the state dict must hold every weight of the target, it lacks some',
      missing.filter((name) => !alphas.has(variableOf(wanted.get(name)!))),
      matching,
    );
    requireNone('the state dict must hold nothing that the target lacks', unknown, matching);
  }
  const changes = [...wanted].flatMap(([name, weight]) => {
    const tensor = given.get(name);
    return tensor ? [{ weight, values: turned(name, tensor, weight) }] : [];
  });
  for (const { weight, values } of changes) {
    tf.tidy(() => variableOf(weight).assign(tf.tensor(values, weight.shape as number[], 'float32')));
  }
  return { missing, unknown };
}

function requireNone(fault: string, names: readonly string[], matching: number): void {
  if (names.length === 0) return;
  throw rangeError(
    'loadStateDict',
    fault,
    names,
    `create the target with the same genotype and sizes, or pass strict: false to load the ${matching} that match`,
  );
}

/** A tensor's values in the layout of a weight. */
function turned(name: string, { shape, data }: NamedTensor, weight: LayerWeight): Float32Array {
  const expected = pytorchShape(weight);
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
  const axes = axesOf(weight);
  return permuted(data, permutedShape(weight.shape as number[], inverse(axes)), axes);
}
