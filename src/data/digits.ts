import { checkOptions } from '../errors';
import type { InMemoryDataset } from './dataset';
import { inMemory } from './in-memory';
import { decodeRecords, type RecordLayout, type RecordSource, SOURCE_KEYS } from './records';

const MAX_VALUE = 16;

const layout = {
  format: 'digits binary',
  shape: [8, 8, 1],
  classes: 10,
  maxValue: MAX_VALUE,
  order: 'interleaved',
} as const satisfies RecordLayout;

/** Options of {@link decodeDigits}. */
export interface DecodeDigitsOptions extends RecordSource {
  /** Name of the data set; default `digits`. */
  readonly name?: string | undefined;
}

/**
 * Handwritten digits from records of 1 label byte and 64 pixel bytes of 0 to 16: 8x8x1, 10 classes.
 *
 * Source: Alpaydin & Kaynak, "Optical recognition of handwritten digits", UCI machine learning repository (1998).
 *
 * @throws RangeError as {@link decodeRecords}.
 */
export function decodeDigits(bytes: Uint8Array, options: DecodeDigitsOptions = {}): InMemoryDataset {
  checkOptions('decodeDigits', options, { ...SOURCE_KEYS, name: true });
  const { name = 'digits', ...source } = options;
  const { images, labels } = decodeRecords(bytes, layout, source);
  return inMemory({
    name,
    images,
    labels,
    shape: layout.shape,
    classes: layout.classes,
    scale: 1 / MAX_VALUE,
  });
}
