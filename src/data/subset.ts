import { checkOptions, type OptionKeys, rangeError } from '../errors';
import { checkDataset, checkIndex } from './check';
import type { BatchRequest, Dataset, ImageDataset } from './dataset';

/** A run of consecutive examples: `from` (default 0) up to, not including, `to` (default: the end). */
export interface IndexRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

const RANGE_KEYS = { from: true, to: true } satisfies OptionKeys<IndexRange>;

/** A data set of the same kind, without what only the whole has. */
export type Part<D extends Dataset> = D extends ImageDataset ? ImageDataset : Dataset;

const isList = (part: ArrayLike<number> | IndexRange): part is ArrayLike<number> =>
  typeof part === 'object' && part !== null && 'length' in part;

/**
 * The data set of some of another's examples, in the given order.
 *
 * @param part - The indices to keep, or a range of them.
 * @throws RangeError if nothing would be left or an index is outside the data set.
 */
export function subset<D extends Dataset>(dataset: D, part: ArrayLike<number> | IndexRange): Part<D> {
  checkDataset('subset', dataset);
  const { size } = dataset;
  let kept: Int32Array;
  let label: string;
  if (isList(part)) {
    for (let i = 0; i < part.length; i++) checkIndex('subset', dataset.name, size, part[i]!);
    kept = Int32Array.from(part);
    label = `${kept.length} picked`;
  } else {
    checkOptions('subset', part, RANGE_KEYS);
    const { from = 0, to = size } = part;
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to > size || from > to) {
      throw rangeError(
        'subset',
        `the range does not lie in '${dataset.name}'`,
        { from, to },
        `pass 0 <= from < to <= ${size}`,
      );
    }
    kept = Int32Array.from({ length: to - from }, (_, i) => from + i);
    label = `${from}:${to}`;
  }
  if (kept.length === 0) {
    throw rangeError('subset', `no example of '${dataset.name}' is left`, part, 'pass at least one index');
  }
  const name = `${dataset.name}[${label}]`;
  const inner = (indices: ArrayLike<number>) =>
    Int32Array.from(indices, (index) => {
      checkIndex('read', name, kept.length, index);
      return kept[index]!;
    });
  const { prepare } = dataset;
  return {
    name,
    size: kept.length,
    shape: dataset.shape,
    classes: dataset.classes,
    targets: dataset.targets,
    read: (indices: ArrayLike<number>) => dataset.read(inner(indices)),
    prepare: prepare && ((request: BatchRequest) => prepare({ ...request, indices: inner(request.indices) })),
    readAhead: dataset.readAhead,
  } as Dataset as Part<D>;
}
