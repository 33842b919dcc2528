import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { EdgeCall, TermFacts } from '../../kernels/edge';
import { sizeOf } from '../../kernels/geometry';
import type { WasmInstance } from '../instance';
import { partsOf, weightsOf, withMixture } from './mixture';
import { updateRunning } from './norm';
import { keptBy } from './place';

/** `y = sum_k weights[k] term_k(x)`. */
export function edgeForward(
  module: WasmInstance,
  call: EdgeCall,
  facts: readonly TermFacts[],
): { readonly y: TensorInfo; readonly kept: readonly TensorInfo[] } {
  const { functions } = module;
  const given = facts.flatMap((term) => term.given ?? []);
  const maps = facts.flatMap((term) => term.maps);
  const kept = keptBy(module, facts);
  const parts = partsOf(module, call, facts, { x: call.x, given, kept });
  const widest = Math.max(1, ...maps.map(({ shape }) => shape[3]));
  module.scratch(functions.momentsBytes(widest), (moments) => {
    for (const { passes } of parts) passes.forward?.(call.training ? moments : 0);
  });
  const output = facts.find((term) => term.output)!.output!;
  const y = module.output(output);
  const c = output[3];
  withMixture(module, parts, weightsOf(module, call.weights), (mixture) =>
    functions.mixtureForward({ ...mixture, pixels: sizeOf(output) / c, c, y: module.address(y) }),
  );
  if (call.training && call.updateStatistics !== false) {
    for (const map of parts.flatMap(({ place }) => place.maps)) updateRunning(module, map);
  }
  return { y, kept };
}
