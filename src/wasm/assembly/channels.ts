import { total } from './elementwise';
import { mac, mul } from './lanes';
import { Nullable } from './memory';

/**
 * Copies c numbers of every pixel; `xStep` and `yStep` bytes lie between the pixels of x and y. One end is a part of wider
 * pixels where maps are put together, or taken apart.
 */
export function copyChannels(x: usize, xStep: usize, y: usize, yStep: usize, pixels: usize, c: usize): void {
  if (c == 4) {
    for (; pixels != 0; pixels--, x += xStep, y += yStep) v128.store(y, v128.load(x));
    return;
  }
  if (c == 8) {
    for (; pixels != 0; pixels--, x += xStep, y += yStep) {
      v128.store(y, v128.load(x));
      v128.store(y, v128.load(x, 16), 16);
    }
    return;
  }
  const whole = (c & ~3) << 2;
  const end = c << 2;
  for (; pixels != 0; pixels--, x += xStep, y += yStep) {
    let q: usize = 0;
    for (; q < whole; q += 16) v128.store(y + q, v128.load(x + q));
    for (; q < end; q += 4) store<f32>(y + q, load<f32>(x + q));
  }
}

/** y[groups j + g] = x[g c / groups + j] in every pixel of c numbers. */
export function shuffleChannels(x: usize, y: usize, pixels: usize, c: usize, groups: usize): void {
  const block = c / groups;
  const step = groups << 2;
  for (; pixels != 0; pixels--, y += c << 2) {
    for (let g: usize = 0; g < groups; g++) {
      let to = y + (g << 2);
      for (const end = x + (block << 2); x < end; x += 4, to += step) store<f32>(to, load<f32>(x));
    }
  }
}

/** The lanes of four vectors in turn: the first ones of all, the second ones, and so on. */
// @ts-ignore: decorator
@inline
function storeInTurn(y: usize, r0: v128, r1: v128, r2: v128, r3: v128): void {
  const s0 = i8x16.shuffle(r0, r1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const s1 = i8x16.shuffle(r0, r1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  const s2 = i8x16.shuffle(r2, r3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const s3 = i8x16.shuffle(r2, r3, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  v128.store(y, i8x16.shuffle(s0, s2, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
  v128.store(y + 16, i8x16.shuffle(s0, s2, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
  v128.store(y + 32, i8x16.shuffle(s1, s3, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
  v128.store(y + 48, i8x16.shuffle(s1, s3, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
}

/**
 * Partial channels put together and shuffled: pixels of x are `share` blocks of c numbers, of which the first gives way to
 * that of `part` and the others are multiplied by `weight`; y[share j + g] = block g [j].
 */
export function joinShared(
  part: usize, x: usize, pixels: usize, c: usize, share: usize, weight: f32, y: usize,
): void {
  const row = c << 2;
  const inFours = share == 4 && (c & 3) == 0;
  const w = f32x4.splat(weight);
  for (; pixels != 0; pixels--, part += row, x += share * row, y += share * row) {
    if (inFours) {
      for (let q: usize = 0; q < row; q += 16) {
        const from = x + row + q;
        const r1 = mul<v128>(v128.load(from), w);
        const r2 = mul<v128>(v128.load(from + row), w);
        const r3 = mul<v128>(v128.load(from + 2 * row), w);
        storeInTurn(y + (q << 2), v128.load(part + q), r1, r2, r3);
      }
      continue;
    }
    for (let j: usize = 0; j < c; j++) store<f32>(y + ((share * j) << 2), load<f32>(part + (j << 2)));
    for (let g: usize = 1; g < share; g++) {
      const from = x + g * row;
      for (let j: usize = 0; j < c; j++) store<f32>(y + ((share * j + g) << 2), weight * load<f32>(from + (j << 2)));
    }
  }
}

/** Pixels whose products are summed before they are widened. */
const SUMMED: usize = 64;

/**
 * The way back of {@link joinShared}: the gradient of `part`, and that of x but for its first blocks. With x also the gradient of
 * `weight`, else 0.
 */
export function splitShared(
  dy: usize, x: Nullable, pixels: usize, c: usize, share: usize, weight: f32, part: usize, dx: usize,
): f64 {
  const row = c << 2;
  const inFours = share == 4 && (c & 3) == 0;
  const w = f32x4.splat(weight);
  let sum: f64 = 0;
  while (pixels != 0) {
    let sums = f32x4.splat(0);
    const some = min(SUMMED, pixels);
    for (let i: usize = 0; i < some; i++, dy += share * row, part += row, dx += share * row) {
      if (inFours) {
        for (let q: usize = 0; q < row; q += 16) {
          const from = dy + (q << 2);
          const r0 = v128.load(from);
          const r1 = v128.load(from, 16);
          const r2 = v128.load(from, 32);
          const r3 = v128.load(from, 48);
          const s0 = i8x16.shuffle(r0, r1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
          const s1 = i8x16.shuffle(r0, r1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
          const s2 = i8x16.shuffle(r2, r3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
          const s3 = i8x16.shuffle(r2, r3, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
          const t1 = i8x16.shuffle(s0, s2, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
          const t2 = i8x16.shuffle(s1, s3, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
          const t3 = i8x16.shuffle(s1, s3, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
          const to = dx + row + q;
          v128.store(part + q, i8x16.shuffle(s0, s2, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
          v128.store(to, mul<v128>(t1, w));
          v128.store(to + row, mul<v128>(t2, w));
          v128.store(to + 2 * row, mul<v128>(t3, w));
          if (x != 0) {
            const at = x + row + q;
            sums = mac<v128>(sums, t1, v128.load(at));
            sums = mac<v128>(sums, t2, v128.load(at + row));
            sums = mac<v128>(sums, t3, v128.load(at + 2 * row));
          }
        }
      } else {
        for (let j: usize = 0; j < c; j++) store<f32>(part + (j << 2), load<f32>(dy + ((share * j) << 2)));
        for (let g: usize = 1; g < share; g++) {
          for (let j: usize = 0; j < c; j++) {
            const d = load<f32>(dy + ((share * j + g) << 2));
            const at = g * row + (j << 2);
            store<f32>(dx + at, weight * d);
            if (x != 0) sum += (d as f64) * (load<f32>(x + at) as f64);
          }
        }
      }
      if (x != 0) x += share * row;
    }
    sum += total(sums);
    pixels -= some;
  }
  return sum;
}
