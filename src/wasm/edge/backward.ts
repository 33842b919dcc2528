import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { EdgeCall, EdgeGradients, EdgeSaved, TermFacts } from '../../kernels/edge';
import { sizeOf } from '../../kernels/geometry';
import type { WasmInstance } from '../instance';
import { ownSum } from '../way-back';
import { partsOf, weightsOf, withMixture } from './mixture';

/** Gradients of an edge from that of its output. */
export function edgeBackward(
  module: WasmInstance,
  call: EdgeCall,
  facts: readonly TermFacts[],
  dOutput: TensorInfo,
  saved: EdgeSaved,
): EdgeGradients {
  const { functions } = module;
  const { alphaGradients = true, weightGradients = true } = call;
  const parts = partsOf(module, call, facts, saved);
  const weights = weightsOf(module, saved.weights);
  const dWeights = alphaGradients ? module.zeros([weights.length]) : undefined;
  const variables = facts.map((term) =>
    weightGradients ? term.variables.map(({ shape }) => module.zeros(shape)) : [],
  );
  const given: TensorInfo[] = [];
  // Others that read x have a gradient of it already, to which this one is added.
  const before = call.share ? undefined : ownSum(module, call.x);
  let accumulate = before !== undefined;
  const x = before ? module.again(before) : module.output(call.x.shape);
  const [dy, dx] = [module.address(dOutput), module.address(x)];
  const c = dOutput.shape[3]!;
  // A term without a norm takes part for the gradient of its weight alone.
  const measured = parts.filter(({ place }) => dWeights || place.maps.length > 0);
  const bytes = functions.sumsBytes(c);
  const sumsBytes = functions.mixtureSumsBytes(measured.length, c);
  module.scratch(sumsBytes + bytes, (sums) => {
    withMixture(module, measured, weights, (mixture) => {
      const pixels = sizeOf(dOutput.shape) / c;
      functions.mixtureSums({ ...mixture, dy, pixels, c, zeros: sums + sumsBytes, sums });
      if (!dWeights) return;
      functions.mixtureWeightGrads({ ...mixture, c, sums, dWeights: mixture.weights });
      const gradients = module.floats(mixture.weights, measured.length);
      const out = module.floats(module.address(dWeights), weights.length);
      for (const [row, { term }] of measured.entries()) out[term] = gradients[row]!;
    });
    for (const part of parts) {
      const { term, passes } = part;
      const weight = weights[term]!;
      if (facts[term]!.given) {
        const out = module.output(dOutput.shape);
        functions.scale({ x: dy, y: module.address(out), n: sizeOf(dOutput.shape), factor: weight });
        given.push(out);
        continue;
      }
      passes.backward({
        dy,
        dx,
        accumulate,
        weight,
        sums,
        products: sums + (measured.indexOf(part) + 1) * bytes,
        variables: variables[term]!.map((info) => module.address(info)),
      });
      accumulate = true;
    }
  });
  return { x, weights: dWeights, given, variables: variables.flat() };
}
