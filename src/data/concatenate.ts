import { rangeError, typeError } from '../errors';
import { checkDataset, checkIndex, checkRawSizes } from './check';
import type { ImageDataset } from './dataset';

/** Place of an image of the whole: which part, and where in it. */
function locate(starts: readonly number[], index: number): number {
  let part = starts.length - 1;
  while (starts[part]! > index) part -= 1;
  return part;
}

/**
 * One data set out of several of the same shape and classes, one after the other.
 *
 * @param name - Name of the whole.
 * @throws RangeError if there are no parts or their shapes or classes differ.
 */
export function concatenate(name: string, parts: readonly ImageDataset[]): ImageDataset {
  if (!Array.isArray(parts))
    throw typeError('concatenate', 'the parts must be a list', parts, 'pass [first, second]');
  const [first] = parts as readonly ImageDataset[];
  if (!first)
    throw rangeError('concatenate', 'there is nothing to join', parts.length, 'pass at least one data set');
  const starts: number[] = [];
  let size = 0;
  for (const part of parts) {
    checkDataset('concatenate', part);
    if (part.classes !== first.classes || part.shape.join() !== first.shape.join()) {
      throw rangeError(
        'concatenate',
        `'${part.name}' differs from '${first.name}' in shape or classes`,
        { shape: part.shape, classes: part.classes },
        `join data sets of shape ${first.shape.join('x')} and ${first.classes} classes`,
      );
    }
    starts.push(size);
    size += part.size;
  }
  const { shape, classes } = first;
  const pixels = shape[0] * shape[1] * shape[2];
  const whole: ImageDataset = {
    name,
    size,
    shape,
    classes,
    async read(indices) {
      const rowsOf = parts.map((): number[] => []);
      for (let row = 0; row < indices.length; row++) {
        checkIndex('read', name, size, indices[row]!);
        rowsOf[locate(starts, indices[row]!)]!.push(row);
      }
      const images = new Float32Array(indices.length * pixels);
      const labels = new Int32Array(indices.length);
      for (const [p, rows] of rowsOf.entries()) {
        if (rows.length === 0) continue;
        const piece = await parts[p]!.read(rows.map((row) => indices[row]! - starts[p]!));
        checkRawSizes(parts[p]!, rows.length, piece);
        for (const [i, row] of rows.entries()) {
          images.set(piece.images.subarray(i * pixels, (i + 1) * pixels), row * pixels);
          labels[row] = piece.labels[i]!;
        }
      }
      return { images, labels };
    },
  };
  checkDataset('concatenate', whole);
  return whole;
}
