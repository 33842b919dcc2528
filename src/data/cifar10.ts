import { checkOptions } from '../errors';
import type { InMemoryDataset } from './dataset';
import { inMemory } from './in-memory';
import { decodeRecords, type RecordLayout, type RecordSource, SOURCE_KEYS } from './records';

/** The official binary format: 1 label byte, then 32x32 bytes each of red, green and blue. */
export const cifar10Layout = {
  format: 'CIFAR-10 binary',
  shape: [32, 32, 3],
  classes: 10,
  order: 'planar',
} as const satisfies RecordLayout;

/** Options of {@link decodeCifar10}. */
export interface DecodeCifar10Options extends RecordSource {
  /** Name of the data set; default `cifar10`. */
  readonly name?: string | undefined;
}

/**
 * CIFAR-10 from the bytes of one official binary file (`data_batch_1.bin` ... `test_batch.bin`): 32x32x3, 10 classes.
 *
 * Source: Krizhevsky, "Learning multiple layers of features from tiny images" (2009), binary version.
 *
 * @throws RangeError as {@link decodeRecords}.
 */
export function decodeCifar10(bytes: Uint8Array, options: DecodeCifar10Options = {}): InMemoryDataset {
  checkOptions('decodeCifar10', options, { ...SOURCE_KEYS, name: true });
  const { name = 'cifar10', ...source } = options;
  const { images, labels } = decodeRecords(bytes, cifar10Layout, source);
  return inMemory({ name, images, labels, shape: cifar10Layout.shape, classes: cifar10Layout.classes });
}
