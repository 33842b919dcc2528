import { type ImageShape, type InMemoryDataset, inMemory } from '../../src/data';

/**
 * A data set in which every image tells its index: image i has label i, and all its pixels are different and on
 * [0, 1], (i * pixels + j) / (size * pixels).
 */
export function numbered(size: number, shape: ImageShape = [2, 3, 1], name = 'numbered'): InMemoryDataset {
  const count = size * shape[0] * shape[1] * shape[2];
  return inMemory({
    name,
    images: Float32Array.from({ length: count }, (_, i) => i / count),
    labels: Int32Array.from({ length: size }, (_, i) => i),
    shape,
    classes: size,
  });
}
