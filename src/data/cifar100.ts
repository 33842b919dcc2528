import { checkOptions, requireKind } from '../errors';
import type { InMemoryDataset } from './dataset';
import { inMemory } from './in-memory';
import { decodeRecords, type RecordLayout, type RecordSource, SOURCE_KEYS } from './records';

/** Which labels of CIFAR-100: 100 `fine` classes, or the 20 `coarse` ones that group them. */
export type Cifar100Labels = 'fine' | 'coarse';

const layout = {
  format: 'CIFAR-100 binary',
  shape: [32, 32, 3],
  order: 'planar',
  labelBytes: 2,
} as const;

const labelled = {
  coarse: { classes: 20, labelAt: 0 },
  fine: { classes: 100, labelAt: 1 },
} as const;

/**
 * The official binary format: a byte each of coarse and fine label, then 32x32 bytes each of red, green and blue.
 *
 * @param labels - Which of the two is the label.
 * @throws RangeError if there are no such labels.
 */
export function cifar100Layout(labels: Cifar100Labels): RecordLayout {
  requireKind('cifar100Layout', 'labels', labels, ['fine', 'coarse']);
  return { ...layout, ...labelled[labels] };
}

/** Options of {@link decodeCifar100}. */
export interface DecodeCifar100Options extends RecordSource {
  /** Name of the data set; default `cifar100`. */
  readonly name?: string | undefined;
  /** Which labels; default `fine`. */
  readonly labels?: Cifar100Labels | undefined;
}

/**
 * CIFAR-100 from the bytes of an official binary file (`train.bin`, `test.bin`): 32x32x3, 100 classes, or 20 coarse
 * ones.
 *
 * Source: Krizhevsky, "Learning multiple layers of features from tiny images" (2009), binary version.
 *
 * @throws RangeError as {@link decodeRecords}.
 */
export function decodeCifar100(bytes: Uint8Array, options: DecodeCifar100Options = {}): InMemoryDataset {
  checkOptions('decodeCifar100', options, { ...SOURCE_KEYS, name: true, labels: true });
  const { name = 'cifar100', labels = 'fine', ...source } = options;
  const chosen = cifar100Layout(labels);
  const decoded = decodeRecords(bytes, chosen, source);
  return inMemory({
    name,
    images: decoded.images,
    labels: decoded.labels,
    shape: chosen.shape,
    classes: chosen.classes,
  });
}
