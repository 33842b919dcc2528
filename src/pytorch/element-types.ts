/** How one element of a safetensors type is read. */
export interface ElementType {
  readonly bytes: number;
  /** The element at an offset, as a number. */
  readonly read: (view: DataView, at: number) => number;
}

/** Sign, 5 bits of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const scratch = new DataView(new ArrayBuffer(4));

/** The upper half of a float32. */
function brain(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/** The types of safetensors that numbers can hold, by name. */
export const elementTypes: ReadonlyMap<string, ElementType> = new Map([
  ['F64', { bytes: 8, read: (view, at) => view.getFloat64(at, true) }],
  ['F32', { bytes: 4, read: (view, at) => view.getFloat32(at, true) }],
  ['F16', { bytes: 2, read: (view, at) => half(view.getUint16(at, true)) }],
  ['BF16', { bytes: 2, read: (view, at) => brain(view.getUint16(at, true)) }],
  ['I64', { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) }],
  ['I32', { bytes: 4, read: (view, at) => view.getInt32(at, true) }],
  ['I16', { bytes: 2, read: (view, at) => view.getInt16(at, true) }],
  ['I8', { bytes: 1, read: (view, at) => view.getInt8(at) }],
  ['U64', { bytes: 8, read: (view, at) => Number(view.getBigUint64(at, true)) }],
  ['U32', { bytes: 4, read: (view, at) => view.getUint32(at, true) }],
  ['U16', { bytes: 2, read: (view, at) => view.getUint16(at, true) }],
  ['U8', { bytes: 1, read: (view, at) => view.getUint8(at) }],
  ['BOOL', { bytes: 1, read: (view, at) => view.getUint8(at) }],
]);
