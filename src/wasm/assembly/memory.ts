// Addresses are bytes. Nothing here owns memory: the caller passes every buffer, so the module needs no heap of its
// own and cannot collide with the one it shares.

/** An address that may be null. */
export type Nullable = usize;

// @ts-ignore: decorator
@inline
export function align(p: usize): usize {
  return (p + 63) & ~63;
}

/** Bytes of `floats` numbers, rounded up to whole cache lines. */
// @ts-ignore: decorator
@inline
export function room(floats: usize): usize {
  return align(floats << 2);
}

/** Channels rounded up to whole vectors. */
// @ts-ignore: decorator
@inline
export function padded(channels: usize): usize {
  return (channels + 3) & ~3;
}

// @ts-ignore: decorator
@inline
export function clear(p: usize, bytes: usize): void {
  memory.fill(p, 0, bytes);
}

/** The first `count` lanes (1 to 4) at `p`, zeros above. */
export function loadPart(p: usize, count: usize): v128 {
  if (count >= 4) return v128.load(p);
  if (count == 1) return v128.load32_zero(p);
  const two = v128.load64_zero(p);
  return count == 2 ? two : v128.load32_lane(p, two, 2, 8);
}

/** Writes the first `count` lanes (1 to 4) and nothing else. */
export function storePart(p: usize, value: v128, count: usize): void {
  if (count >= 4) {
    v128.store(p, value);
    return;
  }
  if (count == 1) {
    v128.store32_lane(p, value, 0);
    return;
  }
  v128.store64_lane(p, value, 0);
  if (count == 3) v128.store32_lane(p, value, 2, 8);
}

/** {@link loadPart} for loops: whole vectors take no call. */
// @ts-ignore: decorator
@inline
export function loadUpTo(p: usize, count: usize): v128 {
  return count >= 4 ? v128.load(p) : loadPart(p, count);
}

/** {@link storePart} for loops. */
// @ts-ignore: decorator
@inline
export function storeUpTo(p: usize, value: v128, count: usize): void {
  if (count >= 4) v128.store(p, value);
  else storePart(p, value, count);
}
