import * as tf from '@tensorflow/tfjs-core';

/**
 * Of boxes of one class that overlap by more than `overlap` the stronger, by tfjs's own operation, once for all classes: each
 * has a plane of its own, so that boxes of two never overlap.
 *
 * @param corners - Left, top, right and bottom of each box, none negative.
 * @param said - Class and score of each.
 * @returns Places of the strongest `keep`, strongest first.
 */
export async function suppress(
  corners: readonly (readonly number[])[],
  said: readonly { readonly label: number; readonly score: number }[],
  { overlap, keep }: { readonly overlap: number; readonly keep: number },
): Promise<number[]> {
  if (corners.length === 0) return [];
  const apart = 1 + corners.reduce((most, [, , right, bottom]) => Math.max(most, right!, bottom!), 0);
  const moved = corners.flatMap(([left, top, right, bottom], i) => {
    const by = said[i]!.label * apart;
    return [top! + by, left! + by, bottom! + by, right! + by];
  });
  const boxes = tf.tensor2d(moved, [corners.length, 4]);
  const scores = tf.tensor1d(said.map(({ score }) => score));
  const kept = await tf.image.nonMaxSuppressionAsync(boxes, scores, keep, overlap);
  const order = Array.from(await kept.data());
  tf.dispose([boxes, scores, kept]);
  return order;
}
