import { LayersModel, type layers } from '@tensorflow/tfjs-layers';
import { typeError } from '../errors';
import type { Genotype, GenotypeOf, MobileGenotype, ModelGenotype, NasBench201Cell } from '../genotype';
import { choicesOf, type Pick } from '../genotype/choices';
import { InvertedBottleneck, type MapShape } from '../layers';
import { candidateNamed } from '../layers/candidates';
import { layerFrom, layerReference } from '../layers/layer-reference';
import { disposeWeights } from '../layers/noisy-darts-layer';
import {
  createMobileNetwork,
  createNetwork,
  DenseNetworkCell,
  deriveModel,
  mobileArchitecture,
  NetworkCell,
} from '../network';
import { knownShapes } from '../network/known-shapes';
import {
  type AnySpace,
  alphaCandidates,
  type DartsSpace,
  edgeEnds,
  type MobileSpace,
  type ModelSpace,
  mobileCandidates,
  type NasBench201Space,
  nodeEdges,
} from '../spaces';
import { requireSpace } from '../spaces/edges';
import { mobileOperation } from '../spaces/mobile';
import { edgesByName, spaceOf } from '../supernet/model/edges';
import type { NetworkSizes } from './sizes';

/** What is searched: a space, or a model of one's own that holds mixed edges. */
export type Costed = AnySpace | LayersModel;

/** A place in a network where an operation of an edge stands. */
export interface Site {
  /** Name of the cell, layer or edge. */
  readonly alpha: string;
  /** The edge. */
  readonly row: number;
  /** Shape of what goes in, null for the batch. */
  readonly input: MapShape;
  /** What else tells its operations from those of another place: equal sites have equal operations. */
  readonly key: string;
  /** A new layer of an operation. */
  operation(primitive: string): layers.Layer;
}

/** The networks of a space, of certain sizes. */
export interface Blueprint {
  readonly space: AnySpace;
  readonly sites: readonly Site[];
  /** The network of a genotype with initial weights and no auxiliary head. */
  network(genotype: unknown): LayersModel;
}

/** The place of an operation that is known by name. */
function named(alpha: string, row: number, shape: MapShape, filters: number, stride: number): Site {
  return {
    alpha,
    row,
    input: shape,
    key: `${shape.slice(1).join('x')}/${filters}/${stride}`,
    operation: (primitive) =>
      candidateNamed(primitive).create({
        name: primitive,
        seed: 0,
        filters,
        stride,
        affine: true,
        mixed: false,
      }),
  };
}

/** What a network says of itself before it is freed. */
function lookedAt<T>(network: LayersModel, look: (network: LayersModel) => T): T {
  try {
    return look(network);
  } finally {
    disposeWeights(network);
  }
}

function dartsBlueprint(space: DartsSpace, sizes: NetworkSizes): Blueprint {
  const network = (genotype: unknown) =>
    createNetwork(genotype as Genotype, {
      ...sizes,
      stemMultiplier: space.stemMultiplier,
      auxiliary: false,
    });
  const rows = alphaCandidates(space);
  const sites = lookedAt(network(cheapest('blueprintOf', space)), ({ layers: all }) =>
    all
      .filter((layer) => layer instanceof NetworkCell)
      .flatMap((cell) => {
        const alpha = cell.reduction ? 'reduce' : 'normal';
        const { output: before } = knownShapes(cell.preprocess1)!;
        const { output: whole } = knownShapes(cell)!;
        const inside = [...whole.slice(0, -1), cell.filters] as unknown as MapShape;
        return rows[alpha].map((_, row) =>
          edgeEnds(row).input < 2
            ? named(alpha, row, before as MapShape, cell.filters, cell.reduction ? 2 : 1)
            : named(alpha, row, inside, cell.filters, 1),
        );
      }),
  );
  return { space, sites, network };
}

function denseBlueprint(space: NasBench201Space, sizes: NetworkSizes): Blueprint {
  const network = (genotype: unknown) => createNetwork(genotype as NasBench201Cell, { ...sizes, space });
  const rows = alphaCandidates(space).cell;
  const sites = lookedAt(network(cheapest('blueprintOf', space)), ({ layers: all }) =>
    all
      .filter((layer) => layer instanceof DenseNetworkCell)
      .flatMap((cell) => rows.map((_, row) => named('cell', row, knownShapes(cell)!.input, cell.filters, 1))),
  );
  return { space, sites, network };
}

function mobileBlueprint(space: MobileSpace, { channels: _, cells: __, ...sizes }: NetworkSizes): Blueprint {
  const network = (genotype: unknown) =>
    createMobileNetwork(mobileArchitecture(space, genotype as MobileGenotype), sizes);
  const { squeezeRatio, activation } = space;
  const blocks = { layers: mobileCandidates(space).map(([...names]) => names.find(isBlock)!) };
  const sites = lookedAt(network(blocks), ({ layers: all }) =>
    all
      .filter((layer) => layer instanceof InvertedBottleneck)
      .map((layer, i): Site => {
        const { filters, stride } = space.layers[i]!;
        const { input: shape } = knownShapes(layer)!;
        return {
          alpha: `layer_${i}`,
          row: 0,
          input: shape,
          key: `${shape.slice(1).join('x')}/${filters}/${stride}`,
          operation: (primitive) =>
            isBlock(primitive)
              ? new InvertedBottleneck({
                  name: primitive,
                  seed: 0,
                  filters,
                  stride,
                  squeezeRatio,
                  ...mobileOperation(primitive),
                  activation,
                })
              : named('', 0, shape, filters, stride).operation(primitive),
        };
      }),
  );
  return { space, sites, network };
}

const isBlock = (primitive: string) => primitive !== 'skip_connect';

/** A layer anew: those of the user's own stand in the model itself. */
const copyOf = (layer: layers.Layer) => layerFrom('measureCosts', layerReference(layer));

function modelBlueprint(fn: string, model: LayersModel): Blueprint {
  const edges = edgesByName(fn, model);
  const sites = [...edges].map(([alpha, edge]): Site => {
    const shape = knownShapes(edge)!.input;
    return {
      alpha,
      row: 0,
      input: shape,
      key: alpha,
      operation: (primitive) => copyOf(edge.derived(primitive)),
    };
  });
  const network = (genotype: unknown) =>
    deriveModel(model, { genotype: genotype as ModelGenotype, weights: 'fresh' });
  return { space: spaceOf(model.name, edges), sites, network };
}

const kinds: {
  readonly [kind in Exclude<AnySpace['kind'], 'model'>]: (space: never, sizes: NetworkSizes) => Blueprint;
} = {
  darts: dartsBlueprint,
  'nas-bench-201': denseBlueprint,
  mobile: mobileBlueprint,
};

/** The networks of a space or a model. @throws TypeError or RangeError for what is neither, or sizes that cannot be. */
export function blueprintOf(fn: string, given: Costed, sizes: NetworkSizes): Blueprint {
  if (given instanceof LayersModel) return modelBlueprint(fn, given);
  if ((given as ModelSpace | undefined)?.kind === 'model')
    throw typeError(fn, 'a model must be given itself', given, 'pass the model in place of its modelSpace()');
  requireSpace(fn, given, ...Object.keys(kinds));
  const make = kinds[given.kind as keyof typeof kinds];
  return make(given as never, sizes);
}

/** Operations in the order in which the reference network takes them: what costs little first. */
const CHEAP = ['skip_connect', 'max_pool_3x3', 'avg_pool_3x3', 'max_pool_3', 'avg_pool_3', 'nor_conv_1x1'];

/**
 * The genotype of the reference network, from which is known what all networks have: every decision falls for what costs
 * little.
 */
export function cheapest<S extends AnySpace>(fn: string, space: S): GenotypeOf<S> {
  const { decisions, assemble } = choicesOf(fn, space);
  // In a dense cell one chain through all nodes, without a sum: two equal terms would cost a copy more than others.
  const chain =
    space.kind === 'nas-bench-201'
      ? Array.from({ length: space.nodes }, (_, node) => nodeEdges(node, 1)[1] - 1)
      : undefined;
  const rank = ({ primitive, row }: Pick) => {
    if (chain && primitive === 'none' && !chain.includes(row)) return -1;
    const at = CHEAP.indexOf(primitive);
    return at >= 0 ? at : primitive === 'none' ? CHEAP.length + 1 : CHEAP.length;
  };
  return assemble(
    decisions.map(({ take, picks }) => {
      const [first, ...others] = [...picks].sort((a, b) => rank(a) - rank(b));
      return take === 1 ? [first!] : [first!, others.find(({ row }) => row !== first!.row)!];
    }),
  );
}
