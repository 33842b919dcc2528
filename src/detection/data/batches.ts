import type * as tf from '@tensorflow/tfjs-core';
import type { Normalization } from '../../data';
import { type Stream, stream } from '../../random';
import { anchorsOf } from '../boxes/anchors';
import { type AnchorTargets, assignAnchors } from '../boxes/assign';
import type { Detector } from '../model/create-detector';
import { canvases, canvasOf } from './canvas';
import { type DetectionDataset, objectsBy } from './dataset';

/** Pictures on canvases of one size and what their anchors are to say. */
export interface DetectionBatch {
  readonly x: tf.Tensor4D;
  /** One a picture. */
  readonly targets: readonly AnchorTargets[];
  readonly size: number;
}

/** How pictures are put together. */
export interface DetectionBatching {
  readonly batchSize: number;
  readonly normalize: Normalization;
  /** Whether half of the pictures are mirrored. */
  readonly flip: boolean;
  readonly seed: number | string;
}

/** The places of wide pictures and those of tall ones: batches hold one kind, so that little of a canvas is empty. */
function byRatio({ instances }: DetectionDataset): readonly (readonly number[])[] {
  const places = instances.images.map((_, i) => i);
  const isWide = (i: number) => instances.images[i]!.width >= instances.images[i]!.height;
  return [places.filter(isWide), places.filter((i) => !isWide(i))];
}

/** Batches of an epoch. */
export const detectionBatchCount = (dataset: DetectionDataset, batchSize: number): number =>
  byRatio(dataset).reduce((sum, group) => sum + Math.ceil(group.length / batchSize), 0);

/** The places of the pictures of every batch of an epoch: a function of stream and epoch. */
function orderOf(dataset: DetectionDataset, batchSize: number, random: Stream): number[][] {
  const generator = random.generator();
  const batches = byRatio(dataset).flatMap((group) => {
    const order = Array.from(generator.permutation(group.length), (at) => group[at]!);
    return Array.from({ length: Math.ceil(order.length / batchSize) }, (_, i) =>
      order.slice(i * batchSize, (i + 1) * batchSize),
    );
  });
  return Array.from(generator.permutation(batches.length), (at) => batches[at]!);
}

/** The batches of an epoch from the one after `skip` on, the same whenever they are asked for. */
export async function* detectionBatches(
  dataset: DetectionDataset,
  detector: Detector,
  { batchSize, normalize, flip, seed }: DetectionBatching,
  epoch: number,
  skip: number,
): AsyncGenerator<DetectionBatch, void, undefined> {
  const order = orderOf(dataset, batchSize, stream(seed, 'pictures', epoch));
  const objectsOf = objectsBy(dataset);
  for (let at = skip; at < order.length; at++) {
    const places = order[at]!;
    const mirrored = stream(seed, 'flips', epoch, at).generator();
    const flips = places.map(() => flip && mirrored.uniform() < 0.5);
    const pictures = await Promise.all(places.map((place) => dataset.read(place)));
    const boxes = anchorsOf(canvasOf(pictures), detector.anchors);
    const targets = pictures.map((picture, n) =>
      assignAnchors(boxes, objectsOf(places[n]!, picture, flips[n]!)),
    );
    yield { x: canvases(pictures, flips, normalize), targets, size: places.length };
  }
}
