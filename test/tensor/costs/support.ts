import {
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
  model as tfModel,
} from '@tensorflow/tfjs-layers';
import { defineSpace, NoisyMixedOp } from 'noisydarts';
import type { NetworkSizes } from 'noisydarts/costs';
import type { Genotype, MobileGenotype, NasBench201Cell } from 'noisydarts/genotype';
import { createMobileNetwork, createNetwork, mobileArchitecture } from 'noisydarts/network';
import {
  type AnySpace,
  darts,
  darts1d,
  type MobileSpace,
  mobile,
  nasBench201,
  robustDarts,
  type SearchSpace,
  temporal,
} from 'noisydarts/spaces';

const chain = {
  stem: 4,
  first: 4,
  layers: [
    { filters: 4, stride: 1 },
    { filters: 6, stride: 2 },
  ],
  features: 8,
} as const;

/** A space of every kind and maker. */
export const spaces: readonly SearchSpace[] = [
  darts(),
  darts({ none: true }),
  robustDarts('S1'),
  defineSpace({ name: 'own', primitives: ['none', 'skip_connect', 'sep_conv_3x3'], nodes: 2 }),
  darts1d(),
  nasBench201(),
  mobile(chain),
  temporal(chain),
];

const onSignals = ({ primitives }: AnySpace) => !primitives.some((name) => /\dx\d|x1/.test(name));

/** Sizes small enough for the slowest backend. */
export const sizesOf = (space: AnySpace): Required<NetworkSizes> => ({
  channels: 2,
  cells: space.kind === 'nas-bench-201' ? 1 : 3,
  classes: 3,
  inputShape: onSignals(space) ? [12, 2] : [8, 8, 2],
});

/** The network of a genotype, by the library's public ways. */
export function networkOf(space: SearchSpace, genotype: unknown): LayersModel {
  const { channels, cells, classes, inputShape } = sizesOf(space);
  const { stemMultiplier = 3 } = space as { stemMultiplier?: number };
  if (space.kind === 'mobile') {
    const architecture = mobileArchitecture(space as MobileSpace, genotype as MobileGenotype);
    return createMobileNetwork(architecture, { classes, inputShape });
  }
  const sizes = { channels, cells, classes, inputShape };
  return space.kind === 'darts'
    ? createNetwork(genotype as Genotype, { ...sizes, stemMultiplier, auxiliary: false })
    : createNetwork(genotype as NasBench201Cell, { ...sizes, space });
}

/** A model of one's own with two edges. */
export function ownModel(): LayersModel {
  const x = input({ shape: [6, 6, 1] });
  const candidates = ['none', 'skip_connect', 'sep_conv_3x3'];
  const edge = (name: string, stride: number) => new NoisyMixedOp({ name, candidates, seed: name, stride });
  const apply = (layer: layers.Layer, at: SymbolicTensor) => layer.apply(at) as SymbolicTensor;
  const stem = apply(layers.conv2d({ filters: 2, kernelSize: 1 }), x);
  const y = apply(edge('second', 2), apply(edge('first', 1), stem));
  return tfModel({ inputs: x, outputs: apply(layers.dense({ units: 2 }), apply(layers.flatten(), y)) });
}
