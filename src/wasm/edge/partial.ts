import type { Tensor4D, TensorInfo } from '@tensorflow/tfjs-core';
import type { EdgeCall, EdgeGradients, EdgePasses, EdgeSaved, TermFacts } from '../../kernels/edge';
import { sizeOf } from '../../kernels/geometry';
import type { WasmInstance } from '../instance';
import { edgeBackward } from './backward';
import { edgeForward } from './forward';

/** Sizes of an edge that shows its terms one of `share` channels. */
function sizesOf({ x, share = 1, weights, terms }: EdgeCall) {
  const c = x.shape[3] / share;
  const [n, h, w] = x.shape;
  return {
    seen: [n, h, w, c] as const,
    parts: { pixels: sizeOf(x.shape) / x.shape[3], c, share },
    /** Whether the last weight is that of the channels that pass by. */
    weighs: weights.shape[0] > terms.length,
  };
}

/** The weight of the channels that pass by. */
const passing = (module: WasmInstance, weights: TensorInfo, weighs: boolean) =>
  weighs ? module.floats(module.address(weights), weights.shape[0]!).at(-1)! : 1;

/** The edge of the terms alone, and the maps that it reads, which the caller disposes. */
function inner(
  module: WasmInstance,
  call: EdgeCall,
  x: TensorInfo,
): { readonly call: EdgeCall; readonly x: TensorInfo } {
  const { seen, parts } = sizesOf(call);
  const part = module.output(seen);
  module.functions.copyChannels({
    x: module.address(x),
    xStep: 4 * parts.c * parts.share,
    y: module.address(part),
    yStep: 4 * parts.c,
    pixels: parts.pixels,
    c: parts.c,
  });
  return { call: { ...call, x: part as Tensor4D }, x: part };
}

/** `y = shuffle(concat(sum_k weights[k] term_k(x[..C / share]), weight x[C / share..]))`. */
export function partialForward(
  module: WasmInstance,
  call: EdgeCall,
  facts: readonly TermFacts[],
): ReturnType<EdgePasses['forward']> {
  const { parts, weighs } = sizesOf(call);
  const seen = inner(module, call, call.x);
  const { y: mixed, kept } = edgeForward(module, seen.call, facts);
  const y = module.output(call.x.shape);
  module.functions.joinShared({
    part: module.address(mixed),
    x: module.address(call.x),
    pixels: parts.pixels,
    c: parts.c,
    share: parts.share,
    weight: passing(module, call.weights, weighs),
    y: module.address(y),
  });
  for (const map of [seen.x, mixed]) module.dispose(map);
  return { y, kept };
}

/** Gradients of {@link partialForward}. */
export function partialBackward(
  module: WasmInstance,
  call: EdgeCall,
  facts: readonly TermFacts[],
  dOutput: TensorInfo,
  saved: EdgeSaved,
): EdgeGradients {
  const { seen: shape, parts, weighs } = sizesOf(call);
  const { alphaGradients = true } = call;
  const part = module.output(shape);
  const x = module.output(call.x.shape);
  const product = module.functions.splitShared({
    dy: module.address(dOutput),
    x: weighs && alphaGradients ? module.address(saved.x) : 0,
    pixels: parts.pixels,
    c: parts.c,
    share: parts.share,
    weight: passing(module, saved.weights, weighs),
    part: module.address(part),
    dx: module.address(x),
  });
  const seen = inner(module, call, saved.x);
  const gradients = edgeBackward(module, seen.call, facts, part, { ...saved, x: seen.x });
  const ofSeen = gradients.x!;
  module.functions.copyChannels({
    x: module.address(ofSeen),
    xStep: 4 * parts.c,
    y: module.address(x),
    yStep: 4 * parts.c * parts.share,
    pixels: parts.pixels,
    c: parts.c,
  });
  if (weighs && gradients.weights) {
    module.floats(module.address(gradients.weights), call.terms.length + 1)[call.terms.length] = product;
  }
  for (const map of [part, seen.x, ofSeen]) module.dispose(map);
  return { ...gradients, x };
}
