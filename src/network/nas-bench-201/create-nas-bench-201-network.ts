import { input, type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { NasBench201Cell } from '../../genotype';
import { Classifier, ResidualBlock, Stem } from '../../layers';
import { allOrNothing } from '../../layers/all-or-nothing';
import { describeNetwork } from '../description';
import { NormRelu } from '../norm-relu';
import { requireOperation } from '../operation';
import { DenseNetworkCell } from './dense-network-cell';
import { type NasBench201NetworkOptions, resolveNasBench201 } from './options';

/** The network of a cell of NAS-Bench-201; see {@link createNetwork}. */
export function createNasBench201Network(
  given: NasBench201Cell,
  settings: NasBench201NetworkOptions,
): LayersModel {
  const { cell, options } = resolveNasBench201('createNetwork', given, settings);
  const { space, channels, cells, classes, inputShape, seed } = options;
  // Before anything is made, so that a refusal leaves no variables behind.
  for (const [primitive] of cell.flat()) requireOperation(primitive, inputShape);
  const seeded = (name: string) => ({ name, seed: `${seed}/${name}` });
  return allOrNothing(() => {
    const images = input({ shape: [...inputShape], name: 'images' });
    let x = new Stem({ ...seeded('stem'), filters: channels }).apply(images) as SymbolicTensor;
    let index = 0;
    for (let stage = 0; stage < space.stages; stage++) {
      const filters = channels * 2 ** stage;
      if (stage > 0)
        x = new ResidualBlock({ ...seeded(`cell_${index++}`), filters }).apply(x) as SymbolicTensor;
      for (let i = 0; i < cells; i++) {
        x = new DenseNetworkCell({ ...seeded(`cell_${index++}`), filters, edges: cell }).apply(
          x,
        ) as SymbolicTensor;
      }
    }
    x = new NormRelu({ name: 'lastact' }).apply(x) as SymbolicTensor;
    const logits = new Classifier({ ...seeded('classifier'), classes }).apply(x) as SymbolicTensor;
    return describeNetwork(model({ inputs: images, outputs: logits }), {
      kind: 'nas-bench-201',
      genotype: cell,
      options,
    });
  });
}
