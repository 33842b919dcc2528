import { beta, type Generator } from '../../random';
import type { Dataset, ExampleBatch } from '../dataset';
import { sizeOf } from '../shape';
import { type Box, copyBox } from './box';
import { areMaps } from './maps';
import type { AugmentationOptions } from './options';

/** The share of every class, [N, classes]: all of it on the label. */
function shares(labels: ArrayLike<number>, classes: number): Float32Array {
  const result = new Float32Array(labels.length * classes);
  for (let n = 0; n < labels.length; n++) result[n * classes + labels[n]!] = 1;
  return result;
}

/** lambda of every example and 1 - lambda of its partner. */
function blended(values: Float32Array, order: Int32Array, lambda: number): Float32Array {
  const size = values.length / order.length;
  return values.map((value, i) => {
    const partner = values[order[Math.floor(i / size)]! * size + (i % size)]!;
    return lambda * value + (1 - lambda) * partner;
  });
}

/** Every example with the box of its partner. */
function pasted(values: Float32Array, shape: readonly number[], order: Int32Array, box: Box): Float32Array {
  const result = values.slice();
  const size = sizeOf(shape);
  const at = (example: number) => [example * size, (example + 1) * size] as const;
  for (let n = 0; n < order.length; n++)
    copyBox(values.subarray(...at(order[n]!)), result.subarray(...at(n)), shape, box);
  return result;
}

/** A box of the share 1 - lambda, cut off at the borders, around a place that is uniform over the example. */
function drawBox(sides: readonly number[], lambda: number, generator: Generator): Box {
  const share = (1 - lambda) ** (1 / sides.length);
  return sides.map((side) => {
    const half = Math.floor(Math.floor(side * share) / 2);
    const centre = generator.int(side);
    return [Math.max(0, centre - half), Math.min(side, centre + half)] as const;
  });
}

/**
 * Mixes every example of a batch with another, which a permutation names, by mixup or cutmix; of both a coin chooses.
 * Draws the coin (if there are both), lambda from Beta(alpha, alpha), the permutation, and for cutmix the centre of the box:
 * one of each for the batch.
 *
 * - mixup: x = lambda x_i + (1 - lambda) x_j, y likewise.
 * - cutmix: x_i with a box of x_j, of (1 - lambda) ** (1 / axes) of each side and cut off at the border;
 *   y = lambda y_i + (1 - lambda) y_j, lambda then being the share of x_i that is left. Targets that are maps get the box.
 *
 * Sources: Zhang et al. 2018, "mixup: Beyond empirical risk minimization"; Yun et al. 2019, "CutMix", with its code's box.
 *
 * @returns Classes as the share of each, [N, classes].
 */
export function mix(
  dataset: Dataset,
  { x, y }: ExampleBatch,
  { mixup, cutmix }: AugmentationOptions,
  generator: Generator,
): ExampleBatch {
  const { shape, classes } = dataset;
  const count = x.length / sizeOf(shape);
  const answers = classes === undefined ? (y as Float32Array) : shares(y, classes);
  const cuts = cutmix && !(mixup && generator.uniform() < 0.5);
  const lambda = beta(generator, (cuts ? cutmix : mixup)!.alpha);
  const order = generator.permutation(count);
  if (!cuts) return { x: blended(x, order, lambda), y: blended(answers, order, lambda) };
  const sides = shape.slice(0, -1);
  const box = drawBox(sides, lambda, generator);
  const left = 1 - sizeOf(box.map(([from, to]) => to - from)) / sizeOf(sides);
  return {
    x: pasted(x, shape, order, box),
    y: areMaps(dataset) ? pasted(answers, dataset.targets!.shape, order, box) : blended(answers, order, left),
  };
}
