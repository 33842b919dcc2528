import type { layers } from '@tensorflow/tfjs-layers';
import { termFacts } from '../../kernels/edge';
import { type Shape4, sizeOf } from '../../kernels/geometry';
import { type MapShape, type MixedOp, NoisyDartsLayer, NoisyOp } from '../../layers';
import { START } from '../../layers/call-options';
import { after, type Footprint, footprint, together, unknownFootprint } from '../../layers/footprint';
import { sharedShape } from '../../layers/partial-channels';
import { numbers } from '../../layers/work';
import { held } from './peak';

/** How a strategy computes the edges of a pass. */
export interface EdgePass {
  /** One of this many channels goes through the candidates. */
  readonly channelShare: number;
  /** Whether edges are weighed against each other. */
  readonly weighsEdges: boolean;
  /** Whether one candidate of each edge is computed. */
  readonly choosesOne: boolean;
}

/** What the memory of an edge depends on beside its candidates. */
export interface EdgeMemory extends EdgePass {
  /** Whether the skip connection is weighed a second time, without noise. */
  readonly skipsTwice: boolean;
}

/** What a layer holds that the kernel of an edge computes, without the gradient of its input; undefined if none does. */
function fusedFootprint(layer: layers.Layer, input: MapShape): Footprint | undefined {
  const fused = layer instanceof NoisyDartsLayer ? layer.fused(START) : undefined;
  if (!fused) return undefined;
  const sizes = termFacts(fused, [1, ...input.slice(1)] as Shape4).maps.map(({ shape }) => sizeOf(shape));
  const kept = sizes.reduce((sum, size) => sum + size, 0);
  // The gradients of all maps but the last.
  return footprint({ kept, back: kept - (sizes.at(-1) ?? 0) });
}

/** What a layer outside edges holds, with its output. */
export function layerParts(layer: NoisyDartsLayer, shape: MapShape): Footprint[] {
  const fused = fusedFootprint(layer, shape);
  const own = fused ? footprint({ ...fused, back: fused.back + numbers(shape) }) : layer.footprint(shape);
  return [own, footprint({ kept: numbers(after(layer, shape)) })];
}

/** One candidate, by itself or in the kernel of its edge. */
function candidateFootprint(op: layers.Layer, input: MapShape): Footprint {
  const fused = fusedFootprint(op, input);
  if (fused) return fused;
  const output = numbers(after(op, input));
  const noisy = op instanceof NoisyOp;
  const layer = noisy ? op.layer : op;
  return together([
    layer instanceof NoisyDartsLayer ? layer.footprint(input) : unknownFootprint(layer, [input]),
    // What the kernel is given, and its gradient; noise keeps what it disturbs.
    footprint({ kept: noisy ? 2 * output : output, back: output }),
  ]);
}

/**
 * What a mixed edge holds with the training kernels. Which candidate of an edge is chosen is not known before: the one that
 * holds the most counts.
 */
export function edgeFootprint(edge: MixedOp, input: MapShape, pass: EdgeMemory): Footprint {
  const seen = sharedShape('estimateMemory', input, pass.channelShare);
  const skip = pass.skipsTwice ? edge.ops[edge.primitives.indexOf('skip_connect')] : undefined;
  const again = skip ? [skip instanceof NoisyOp ? skip.layer : skip] : [];
  const all = [...edge.ops, ...again].map((op) => candidateFootprint(op, seen));
  const computed = pass.choosesOne ? [all.reduce((a, b) => (held(b) > held(a) ? b : a))] : all;
  const mixture = together([...computed, footprint({ back: numbers(seen) })]);
  if (pass.channelShare === 1) return mixture;
  return isOneKernel(edge)
    ? together([...computed, footprint({ back: 3 * numbers(seen) + numbers(input) })])
    : together([mixture, passingBy(edge, input, pass)]);
}

/** Whether the kernel of a mixed edge computes all of its partial channels. */
const isOneKernel = (edge: MixedOp) =>
  edge.stride === 1 && edge.ops.every((op) => op instanceof NoisyDartsLayer && op.fused(START));

/** The channels that pass by, and what puts them together with the others. */
function passingBy(edge: MixedOp, input: MapShape, { channelShare, weighsEdges }: EdgePass): Footprint {
  const output = numbers(after(edge, input));
  const rest = 1 - 1 / channelShare;
  const pooled = edge.stride > 1 ? rest * numbers(input) : 0;
  const weighed = weighsEdges ? rest * output : 0;
  return footprint({
    // What the candidates, the weight and the pool were given.
    kept: numbers(input) / channelShare + pooled + weighed,
    // Of the input, and before and after the shuffle and the concatenation.
    back: numbers(input) + pooled + weighed + 2 * output,
  });
}
