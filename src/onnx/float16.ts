import { rangeError } from '../errors';

const scratch = new DataView(new ArrayBuffer(4));

/** The nearest float16, of two equally near ones that whose last bit is 0; beyond 65,519 infinite. */
function nearest(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  if (size >= 0x47800000) return sign | 0x7c00;
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  // Below 2^-14 the numbers lie 2^-24 apart.
  const steps = Math.abs(value) * 2 ** 24;
  const below = Math.floor(steps);
  const up = steps - below > 0.5 || (steps - below === 0.5 && below % 2 === 1);
  return sign | (below + Number(up));
}

/** Numbers as bits of float16: sign, 5 bits of exponent, 10 of fraction. */
export function toFloat16(values: ArrayLike<number>): Uint16Array {
  return Uint16Array.from({ length: values.length }, (_, i) => nearest(values[i]!));
}

/** Refuses a weight that float16 would make infinite. */
export function requireFloat16(fn: string, name: string, values: ArrayLike<number>, remedy: string): void {
  const beyond = Array.from(values).find((value) => Math.abs(value) >= 65520);
  if (beyond !== undefined)
    throw rangeError(fn, `the weight '${name}' must fit in float16, which ends at 65504`, beyond, remedy);
}
