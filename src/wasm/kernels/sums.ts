import type * as tf from '@tensorflow/tfjs-core';
import { WasmInstance } from '../instance';
import { type FastKernel, sizeOf } from './kernel';

/** Lends the addresses of `terms` as a table. */
function withTable<T>(module: WasmInstance, terms: readonly tf.TensorInfo[], run: (table: number) => T): T {
  const write = (table: number) => {
    module.words(table, terms.length).set(terms.map((term) => module.address(term)));
    return run(table);
  };
  return terms.length * 4 <= WasmInstance.DESK ? write(module.desk) : module.scratch(terms.length * 4, write);
}

export const sumKernels: readonly FastKernel[] = [
  {
    name: 'NoisyDartsSum',
    body: (module, inputs) => {
      const terms = Object.values(inputs);
      const y = module.output(terms[0]!.shape);
      withTable(module, terms, (table) =>
        module.functions.sumOf(table, terms.length, sizeOf(y.shape), module.address(y)),
      );
      return y;
    },
  },
  {
    name: 'NoisyDartsWeightedSum',
    body: (module, inputs) => {
      const [weights, ...terms] = Object.values(inputs) as [tf.TensorInfo, tf.TensorInfo, ...tf.TensorInfo[]];
      const y = module.output(terms[0].shape);
      withTable(module, terms, (table) =>
        module.functions.weightedSum(
          table,
          terms.length,
          module.address(weights),
          sizeOf(y.shape),
          module.address(y),
        ),
      );
      return y;
    },
  },
  {
    name: 'NoisyDartsWeightedSumWeightsGrad',
    body: (module, inputs) => {
      const [dy, ...terms] = Object.values(inputs) as [tf.TensorInfo, ...tf.TensorInfo[]];
      const dWeights = module.output([terms.length]);
      withTable(module, terms, (table) =>
        module.functions.weightedSumWeightGrads(
          table,
          terms.length,
          module.address(dy),
          sizeOf(dy.shape),
          module.address(dWeights),
        ),
      );
      return dWeights;
    },
  },
  {
    name: 'NoisyDartsWeightedSumTermGrad',
    body: (module, { dy, weights }, { index }: { index: number }) => {
      const dx = module.output(dy!.shape);
      const weight = module.floats(module.address(weights!) + 4 * index, 1)[0]!;
      module.functions.scale(module.address(dy!), module.address(dx), sizeOf(dy!.shape), weight);
      return dx;
    },
  },
];
