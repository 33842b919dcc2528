import { input, type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { rangeError, typeError } from '../errors';
import { type Genotype, type NasBench201Cell, validateGenotype } from '../genotype';
import { Classifier, ConvBN, ReluConvBN, Stem } from '../layers';
import { allOrNothing } from '../layers/all-or-nothing';
import { AuxiliaryHead } from './auxiliary-head';
import { describeNetwork } from './description';
import { createNasBench201Network } from './nas-bench-201/create-nas-bench-201-network';
import type { NasBench201NetworkOptions } from './nas-bench-201/options';
import { NetworkCell } from './network-cell';
import { requireOperation } from './operation';
import {
  type NetworkKind,
  type NetworkOptions,
  type ResolvedNetworkOptions,
  resolveNetworkOptions,
} from './options';

/**
 * The network that a genotype stands for: a plain `tf.LayersModel`, ready to train, save and load.
 *
 * Its layers are `stem` (or `stem_0`, `stem_1`, `stem_2`), `cell_0` ..., `classifier` and, unless told otherwise,
 * `auxiliary_head`, whose logits are then the second output; see `withoutAuxiliary`. Genotypes may have any number of
 * nodes and leave states out of the concatenation, as NASNet and AmoebaNet do.
 *
 * With the defaults it is the paper's network for CIFAR-10, 36 channels and 20 cells, or, with `kind: 'imagenet'`, the
 * DARTS network for ImageNet, 48 channels and 14 cells.
 *
 * A cell of NAS-Bench-201 gives the benchmark's network: `stem`, three stages of five `cell_0` ... with a fixed residual block
 * of stride 2 between them, which counts among the cells, `lastact` (batch norm, ReLU) and `classifier`; see
 * {@link NasBench201NetworkOptions}.
 *
 * With an `inputShape` [T, C] it is a network for signals [N, T, C], of operations of one dimension.
 *
 * A saved one loads with `tf.loadLayersModel` wherever `noisydarts/network` has been imported.
 *
 * @param genotype - The two cells, or the cell of NAS-Bench-201.
 * @param options - Kind, size and seed.
 * @throws TypeError or RangeError for a bad genotype, an unknown primitive, a bad size, or images that are too small for
 * the auxiliary head.
 *
 * Source: DARTS, model.py; official code, train.py; Dong and Yang 2020, "NAS-Bench-201", section 2.
 */
export function createNetwork(genotype: Genotype, options?: NetworkOptions): LayersModel;
export function createNetwork(genotype: NasBench201Cell, options?: NasBench201NetworkOptions): LayersModel;
export function createNetwork(
  genotype: Genotype | NasBench201Cell,
  options: NetworkOptions & NasBench201NetworkOptions = {},
): LayersModel {
  if (Array.isArray(genotype)) return createNasBench201Network(genotype, options);
  if ('layers' in Object(genotype)) {
    throw typeError(
      'createNetwork',
      'the genotype must be two cells, normal and reduce',
      genotype,
      'for one of a mobile space use createMobileNetwork(mobileArchitecture(space, genotype))',
    );
  }
  const cells = validateGenotype(genotype);
  const resolved = resolveNetworkOptions(options);
  const { channels, cells: count, classes, inputShape, auxiliary, dropPath, seed } = resolved;
  const reductions = [Math.floor(count / 3), Math.floor((2 * count) / 3)];
  const auxiliaryAt = reductions[1]!;
  // Before anything is made, so that a refusal leaves no variables behind.
  for (const [primitive] of [...cells.normal, ...cells.reduce]) requireOperation(primitive, inputShape);
  if (auxiliary) requireRoom(resolved, new Set(reductions).size);
  const seeded = (name: string) => ({ name, seed: `${seed}/${name}` });
  return allOrNothing(() => {
    const images = input({ shape: [...inputShape], name: 'images' });
    let [s0, s1, reductionPrev] = stems(images, resolved);
    let filters = channels;
    let auxiliaryLogits: SymbolicTensor | undefined;
    for (let index = 0; index < count; index++) {
      const reduction = reductions.includes(index);
      if (reduction) filters *= 2;
      const cell = new NetworkCell({
        ...seeded(`cell_${index}`),
        filters,
        edges: reduction ? cells.reduce : cells.normal,
        concat: reduction ? cells.reduceConcat : cells.normalConcat,
        reduction,
        reductionPrev,
        dropPath,
      });
      // One tensor, not a pair of the same: tfjs counts a repeated input twice and would free it too early.
      const y = cell.apply(s0 === s1 ? s1 : [s0, s1]) as SymbolicTensor;
      [s0, s1, reductionPrev] = [s1, y, reduction];
      if (auxiliary && index === auxiliaryAt) auxiliaryLogits = auxiliaryOutput(y, resolved);
    }
    const logits = new Classifier({ ...seeded('classifier'), classes }).apply(s1) as SymbolicTensor;
    const network = model({ inputs: images, outputs: auxiliaryLogits ? [logits, auxiliaryLogits] : logits });
    return describeNetwork(network, { kind: resolved.kind, genotype: cells, options: resolved });
  });
}

/** The first two states, and whether the younger one is half the older one's size. */
function stems(
  images: SymbolicTensor,
  { kind, channels, stemMultiplier, seed }: ResolvedNetworkOptions,
): [s0: SymbolicTensor, s1: SymbolicTensor, halved: boolean] {
  const seeded = (name: string) => ({ name, seed: `${seed}/${name}` });
  if (kind === 'cifar') {
    const stem = new Stem({ ...seeded('stem'), filters: stemMultiplier * channels });
    const state = stem.apply(images) as SymbolicTensor;
    return [state, state, false];
  }
  const first = new ConvBN({ ...seeded('stem_0'), filters: Math.floor(channels / 2), stride: 2 });
  const halving = { filters: channels, kernels: [[3, 3]], stride: 2 } as const;
  const s0 = new ReluConvBN({ ...seeded('stem_1'), ...halving }).apply(first.apply(images)) as SymbolicTensor;
  return [s0, new ReluConvBN({ ...seeded('stem_2'), ...halving }).apply(s0) as SymbolicTensor, true];
}

const auxiliaryStride = (kind: NetworkKind) => (kind === 'imagenet' ? 2 : 3);

/** Refuses images so small that the maps after all reductions do not fit the auxiliary head. */
function requireRoom({ kind, inputShape }: ResolvedNetworkOptions, reductions: number): void {
  const halvings = reductions + (kind === 'imagenet' ? 3 : 0);
  const sides = inputShape.slice(0, -1).map((side) => Math.ceil(side / 2 ** halvings));
  const least = AuxiliaryHead.leastSide(auxiliaryStride(kind));
  if (Math.min(...sides) >= least) return;
  throw rangeError(
    'createNetwork',
    `the auxiliary head needs maps of ${sides.map(() => least).join('x')}, but images of ${inputShape.join('x')} leave`,
    sides.join('x'),
    'pass auxiliary: false, or larger images',
  );
}

function auxiliaryOutput(
  state: SymbolicTensor,
  { kind, classes, seed }: ResolvedNetworkOptions,
): SymbolicTensor {
  const head = new AuxiliaryHead({
    name: 'auxiliary_head',
    seed: `${seed}/auxiliary_head`,
    classes,
    stride: auxiliaryStride(kind),
    finalNorm: kind === 'cifar',
  });
  return head.apply(state) as SymbolicTensor;
}
