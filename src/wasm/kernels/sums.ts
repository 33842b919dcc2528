import type * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../../kernels/geometry';
import type { Sum } from '../../kernels/sum';
import type { WeightedSum, WeightedSumTermGrad, WeightedSumWeightsGrad } from '../../kernels/weighted-sum';
import { WasmInstance } from '../instance';
import type { WasmKernels } from './kernel';

/** Lends the addresses of `terms` as a table. */
function withTable<T>(module: WasmInstance, terms: readonly tf.TensorInfo[], run: (table: number) => T): T {
  const write = (table: number) => {
    module.words(table, terms.length).set(terms.map((term) => module.address(term)));
    return run(table);
  };
  return terms.length * 4 <= WasmInstance.DESK ? write(module.desk) : module.scratch(terms.length * 4, write);
}

export const sumKernels: WasmKernels<Sum | WeightedSum | WeightedSumWeightsGrad | WeightedSumTermGrad> = {
  NoisyDartsSum(module, inputs) {
    const all = Object.values(inputs);
    const y = module.output(all[0]!.shape);
    withTable(module, all, (terms) =>
      module.functions.sumOf({ terms, count: all.length, n: sizeOf(y.shape), y: module.address(y) }),
    );
    return y;
  },
  NoisyDartsWeightedSum(module, inputs) {
    const [weights, ...all] = Object.values(inputs);
    const y = module.output(all[0]!.shape);
    withTable(module, all, (terms) =>
      module.functions.weightedSum({
        terms,
        candidates: all.length,
        weights: module.address(weights!),
        n: sizeOf(y.shape),
        y: module.address(y),
      }),
    );
    return y;
  },
  NoisyDartsWeightedSumWeightsGrad(module, inputs) {
    const [dy, ...all] = Object.values(inputs);
    const dWeights = module.output([all.length]);
    withTable(module, all, (terms) =>
      module.functions.weightedSumWeightGrads({
        terms,
        candidates: all.length,
        dy: module.address(dy!),
        n: sizeOf(dy!.shape),
        dWeights: module.address(dWeights),
      }),
    );
    return dWeights;
  },
  NoisyDartsWeightedSumTermGrad(module, { dy, weights }, { index }) {
    const dx = module.output(dy.shape);
    module.functions.scale({
      x: module.address(dy),
      y: module.address(dx),
      n: sizeOf(dy.shape),
      factor: module.floats(module.address(weights) + 4 * index, 1)[0]!,
    });
    return dx;
  },
};
