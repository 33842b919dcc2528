import { rangeError, typeError } from '../errors';
import { checkDataset, checkIndex, examplesOf } from './check';
import type { Dataset, RawBatch } from './dataset';
import { sizeOf } from './shape';
import type { Part } from './subset';

/** Place of an example of the whole: which part, and where in it. */
function locate(starts: readonly number[], index: number): number {
  let part = starts.length - 1;
  while (starts[part]! > index) part -= 1;
  return part;
}

/**
 * One data set out of several of the same shape and targets, one after the other.
 *
 * @param name - Name of the whole.
 * @throws RangeError if there are no parts or their shapes, classes or targets differ.
 */
export function concatenate<D extends Dataset>(name: string, parts: readonly D[]): Part<D> {
  if (!Array.isArray(parts))
    throw typeError('concatenate', 'the parts must be a list', parts, 'pass [first, second]');
  const [first] = parts as readonly D[];
  if (!first)
    throw rangeError('concatenate', 'there is nothing to join', parts.length, 'pass at least one data set');
  const kindOf = ({ shape, classes, targets }: Dataset) => JSON.stringify([shape, classes, targets?.shape]);
  const starts: number[] = [];
  let size = 0;
  for (const part of parts) {
    checkDataset('concatenate', part);
    if (kindOf(part) !== kindOf(first)) {
      const { shape, classes, targets } = part;
      throw rangeError(
        'concatenate',
        `'${part.name}' differs from '${first.name}' in shape, classes or targets`,
        { shape, classes, targets },
        `join data sets of shape ${first.shape.join('x')} and ${first.classes ? `${first.classes} classes` : `targets of ${first.targets!.shape.join('x')}`}`,
      );
    }
    starts.push(size);
    size += part.size;
  }
  const { shape, classes, targets } = first;
  const whole: Dataset = {
    name,
    size,
    shape,
    classes,
    targets,
    async read(indices) {
      const rowsOf = parts.map((): number[] => []);
      for (let row = 0; row < indices.length; row++) {
        checkIndex('read', name, size, indices[row]!);
        rowsOf[locate(starts, indices[row]!)]!.push(row);
      }
      const length = indices.length;
      const x = new Float32Array(length * sizeOf(shape));
      const y = classes ? new Int32Array(length) : new Float32Array(length * sizeOf(targets!.shape));
      for (const [p, rows] of rowsOf.entries()) {
        if (rows.length === 0) continue;
        const raw = await parts[p]!.read(rows.map((row) => indices[row]! - starts[p]!));
        const piece = examplesOf(parts[p]!, rows.length, raw);
        for (const [i, row] of rows.entries()) {
          for (const [from, to] of [
            [piece.x, x],
            [piece.y, y],
          ] as const) {
            const one = to.length / length;
            to.set(from.subarray(i * one, (i + 1) * one), row * one);
          }
        }
      }
      // By the names that the parts' kind has.
      return (shape.length === 3 && classes ? { images: x, labels: y } : { x, y }) as RawBatch;
    },
  };
  checkDataset('concatenate', whole);
  return whole as Part<D>;
}
