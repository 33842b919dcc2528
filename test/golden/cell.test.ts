import * as tf from '@tensorflow/tfjs-core';
import { Cell, type CellOptions, type Sampler } from '../../src/layers';
import { countEdges } from '../../src/spaces';
import { differentiate } from '../support/gradients';
import { leavesNoTensors } from '../support/memory';
import { type Digest, describeGolden, type TensorFixture, toTensor } from './support/fixtures';
import { decayEpochs, type NoiseFixture, referenceNoise, unitDraw } from './support/noise';
import { assign, namedWeights, zip } from './support/weights';

interface CellCase {
  readonly reduction: boolean;
  readonly reduction_prev: boolean;
  readonly noise: NoiseFixture | null;
  readonly mode: 'train' | 'eval';
  readonly s0: TensorFixture;
  readonly s1: TensorFixture;
  readonly cotangent: TensorFixture;
  readonly preprocess_weights: Readonly<Record<string, TensorFixture>>;
  /** In the order of the edges. */
  readonly noise_draws: readonly TensorFixture[];
  readonly out: TensorFixture;
  readonly grad_s0: TensorFixture;
  readonly grad_s1: TensorFixture;
  readonly grad_alphas: TensorFixture;
  readonly grads: Readonly<Record<string, Digest | TensorFixture>>;
}

interface CellFixture {
  readonly C: number;
  /** Channels of the two inputs, where the file tells. */
  readonly C_prev_prev?: number;
  readonly C_prev?: number;
  readonly steps: number;
  readonly multiplier: number;
  readonly primitives: readonly string[];
  readonly alphas: TensorFixture;
  readonly shared_weights: Readonly<Record<string, TensorFixture>>;
  readonly cases: readonly CellCase[];
}

describeGolden<CellFixture>('cell', (fixture, golden) => {
  leavesNoTensors();

  const edges = countEdges(fixture.steps);

  function cellOf({ reduction, reduction_prev, noise }: CellCase): Cell {
    const options: CellOptions = {
      filters: fixture.C,
      candidates: Array.from({ length: edges }, () => fixture.primitives),
      nodes: fixture.steps,
      multiplier: fixture.multiplier,
      reduction,
      reductionPrev: reduction_prev,
    };
    if (!noise) return new Cell(options);
    const settings = referenceNoise(noise, decayEpochs());
    return new Cell({ ...options, noise: Array.from({ length: edges }, () => ({ skip_connect: settings })) });
  }

  for (const c of fixture.cases) {
    const kind = `${c.reduction ? 'reduction' : 'normal'} cell after a ${c.reduction_prev ? 'reduction' : 'normal'} cell`;
    golden.case(
      `${kind}, ${c.noise ? `${c.noise.noise_type} ${c.noise.mixture} noise` : 'no noise'}, ${c.mode}`,
      () => {
        const cell = cellOf(c);
        const [s0, s1, dy] = [toTensor(c.s0), toTensor(c.s1), toTensor(c.cotangent)];
        (cell.apply([s0, s1]) as tf.Tensor).dispose();
        const { params } = namedWeights(cell);
        assign(params, fixture.shared_weights, c.preprocess_weights);
        assign({ alphas: cell.alpha! }, { alphas: fixture.alphas });

        let drawn = 0;
        const sampler: Sampler = (_, kind) =>
          unitDraw(kind as 'gaussian' | 'uniform', c.noise_draws[drawn++]!);
        const { y, grads } = differentiate(
          () =>
            cell.apply([s0, s1], {
              training: c.mode === 'train',
              moment: { epoch: 0, step: 0, pass: 0 },
              sampler,
            }) as tf.Tensor,
          [s0, s1, cell.alpha!, ...Object.values(params)],
          dy,
        );
        const { C_prev_prev, C_prev } = fixture;
        golden.exact(s0.shape[3], C_prev_prev, 'channels of s0');
        golden.exact(s1.shape[3], C_prev, 'channels of s1');
        golden.exact(drawn, c.noise_draws.length, 'draws');
        golden.compare('out', y, c.out);
        golden.compare('grad_s0', grads[0]!, c.grad_s0);
        golden.compare('grad_s1', grads[1]!, c.grad_s1);
        golden.compare('grad_alphas', grads[2]!, c.grad_alphas);
        golden.compareAll('grads', zip(Object.keys(params), grads.slice(3)), c.grads);
        cell.dispose();
        tf.dispose([s0, s1, dy, y, [...grads]]);
      },
    );
  }
});
