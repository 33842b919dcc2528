import { add, mul, splat, width } from './lanes';
import { align, clear, loadPart, Nullable, room, storePart } from './memory';
import { momentsTile } from './moments';

// Pooling over x [n, h, w, c] with a k x k window and symmetric padding that takes no part. Where the stride is 1, all
// pixels of a row are one run of numbers and the channels need no loop of their own.

// @ts-ignore: decorator
@inline
function extent(size: usize, k: usize, stride: usize, pad: usize): usize {
  return (size + 2 * pad - k) / stride + 1;
}

/** First and last + 1 window row (or column) inside the map. */
// @ts-ignore: decorator
@inline
export function firstTap(start: isize): usize {
  return start < 0 ? -start as usize : 0;
}

// @ts-ignore: decorator
@inline
export function endTap(start: isize, k: usize, size: usize): usize {
  const left = (size as isize) - start;
  return left < (k as isize) ? (left < 0 ? 0 : left as usize) : k;
}

function fillLowest(p: usize, floats: usize): void {
  for (const end = p + (floats << 2); p < end; p += 4) store<f32>(p, -Infinity);
}

/** out[i] = max over rows of x[i], rows `pitch` bytes apart. */
function maxRows(x: usize, pitch: usize, rows: usize, n: usize, out: usize): void {
  const bytes = (n & ~3) << 2;
  if (rows == 3) {
    const x1 = x + pitch;
    const x2 = x1 + pitch;
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(out + i, f32x4.pmax(f32x4.pmax(v128.load(x + i), v128.load(x1 + i)), v128.load(x2 + i)));
    }
  } else for (let i: usize = 0; i < bytes; i += 16) {
    let p = x + i;
    let m = v128.load(p);
    for (let r: usize = 1; r < rows; r++) {
      p += pitch;
      m = f32x4.pmax(m, v128.load(p));
    }
    v128.store(out + i, m);
  }
  const rest = n & 3;
  if (rest != 0) {
    let p = x + bytes;
    let m = loadPart(p, rest);
    for (let r: usize = 1; r < rows; r++) {
      p += pitch;
      m = f32x4.pmax(m, loadPart(p, rest));
    }
    storePart(out + bytes, m, rest);
  }
}

/** Bytes of scratch for the pooling functions. */
export function poolBytes(h: usize, w: usize, c: usize, padH: usize, padW: usize): usize {
  return 64 + 2 * room((h + 2 * padH) * (w + 2 * padW) * c) + room(w * c);
}

/** y = max pool; with `state` not null also the moments of y (see moments.ts). */
export function maxPoolForward(
  x: usize, n: usize, h: usize, w: usize, c: usize, k: usize, strideH: usize, strideW: usize, padH: usize, padW: usize,
  y: usize, state: Nullable, poolScratch: usize,
): void {
  const outHeight = extent(h, k, strideH, padH);
  const outWidth = extent(w, k, strideW, padW);
  const row = align(poolScratch);
  const pitch = (w * c) << 2;
  const pixel = c << 2;
  const runs: usize = strideW == 1 ? 1 : outWidth;
  const length = strideW == 1 ? outWidth * c : c;
  fillLowest(row, (w + 2 * padW) * c);
  for (let b: usize = 0; b < n; b++) {
    for (let i: usize = 0; i < outHeight; i++) {
      const start = (i * strideH) as isize - (padH as isize);
      const u0 = firstTap(start);
      const u1 = endTap(start, k, h);
      maxRows(x + ((start + (u0 as isize)) as usize) * pitch, pitch, u1 - u0, w * c, row + padW * pixel);
      let out = y;
      for (let j: usize = 0; j < runs; j++) {
        maxRows(row + j * strideW * pixel, pixel, k, length, out);
        out += length << 2;
      }
      if (state != 0) momentsTile(state, c, y, outWidth, pixel, b == 0 && i == 0);
      y += outWidth * pixel;
    }
    x += h * pitch;
  }
}

/** Gives what is left of g to dx where x reaches the maximum m, then takes it away. */
// @ts-ignore: decorator
@inline
function give(x: usize, dx: usize, m: v128, g: v128): v128 {
  const hit = f32x4.eq(v128.load(x), m);
  v128.store(dx, add<v128>(v128.load(dx), v128.and(g, hit)));
  return v128.andnot(g, hit);
}

// @ts-ignore: decorator
@inline
function giveWindow(x: usize, dx: usize, pitch: usize, pixel: usize, k: usize, peak: v128, g: v128): void {
  for (let u: usize = 0; u < k; u++) {
    for (let v: usize = 0, p: usize = 0; v < k; v++, p += pixel) g = give(x + p, dx + p, peak, g);
    x += pitch;
    dx += pitch;
  }
}

/** One run of outputs: each gives its gradient to the first of its k x k inputs that equals the maximum. */
function giveRun(x: usize, dx: usize, pitch: usize, pixel: usize, k: usize, m: usize, dy: usize, n: usize): void {
  const bytes = (n & ~3) << 2;
  for (let i: usize = 0; i < bytes; i += 16) {
    giveWindow(x + i, dx + i, pitch, pixel, k, v128.load(m + i), v128.load(dy + i));
  }
  const rest = n & 3;
  if (rest != 0) giveWindow(x + bytes, dx + bytes, pitch, pixel, k, loadPart(m + bytes, rest), loadPart(dy + bytes, rest));
}

/** g where x is m, else 0. */
// @ts-ignore: decorator
@inline
function where<T>(x: T, m: T, g: T): T {
  // @ts-ignore: T is v128
  if (isVector<T>()) return v128.and(g, f32x4.eq(x, m));
  else return x == m ? g : (0 as T);
}

/** g but where x is m, 0 there. */
// @ts-ignore: decorator
@inline
function elsewhere<T>(x: T, m: T, g: T): T {
  // @ts-ignore: T is v128
  if (isVector<T>()) return v128.andnot(g, f32x4.eq(x, m));
  else return x == m ? (0 as T) : g;
}

// @ts-ignore: decorator
@inline
function larger<T>(a: T, b: T): T {
  // @ts-ignore: T is v128
  if (isVector<T>()) return f32x4.pmax(a, b);
  else return a < b ? b : a;
}

/** out[j] = max of x[j - 1], x[j], x[j + 1] over the pixels of a row, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function widest<T>(x: usize, w: usize, step: usize, out: usize): void {
  let left = splat<T>(-Infinity);
  let here = load<T>(x);
  for (let j = w - 1; j != 0; j--, x += step, out += step) {
    const right = load<T>(x + step);
    store<T>(out, larger<T>(larger<T>(left, here), right));
    left = here;
    here = right;
  }
  store<T>(out, larger<T>(left, here));
}

/** Gradients g of outputs with the maxima m go to the first of three rows that has the maximum; the last one's are written. */
// @ts-ignore: decorator
@inline
function giveRows<T>(
  above: Nullable, here: usize, below: Nullable, m: usize, dy: usize, dAbove: usize, dHere: usize, dBelow: usize,
  from: usize, end: usize,
): void {
  for (let p = from; p < end; p += width<T>()) {
    const peak = load<T>(m + p);
    let g = load<T>(dy + p);
    if (above != 0) {
      const x = load<T>(above + p);
      store<T>(dAbove + p, add<T>(load<T>(dAbove + p), where<T>(x, peak, g)));
      g = elsewhere<T>(x, peak, g);
    }
    const x = load<T>(here + p);
    store<T>(dHere + p, add<T>(load<T>(dHere + p), where<T>(x, peak, g)));
    if (below != 0) store<T>(dBelow + p, where<T>(load<T>(below + p), peak, elsewhere<T>(x, peak, g)));
  }
}

/** {@link giveRows} within a row, whose maxima of three are m: dx, each written once. */
// @ts-ignore: decorator
@inline
function giveAlong<T>(x: usize, m: usize, g: usize, w: usize, step: usize, dx: usize, accumulate: bool): void {
  const none = splat<T>(0);
  let left = splat<T>(-Infinity);
  let here = load<T>(x);
  let dLeft = none;
  let dHere = none;
  for (let j: usize = 0; j < w; j++, x += step, m += step, g += step) {
    const last = j + 1 == w;
    const right = last ? splat<T>(-Infinity) : load<T>(x + step);
    const peak = load<T>(m);
    let rest = load<T>(g);
    if (j != 0) {
      const sum = add<T>(dLeft, where<T>(left, peak, rest));
      store<T>(dx, accumulate ? add<T>(load<T>(dx), sum) : sum);
      dx += step;
      rest = elsewhere<T>(left, peak, rest);
    }
    dLeft = add<T>(dHere, where<T>(here, peak, rest));
    dHere = where<T>(right, peak, elsewhere<T>(here, peak, rest));
    left = here;
    here = right;
  }
  store<T>(dx, accumulate ? add<T>(load<T>(dx), dLeft) : dLeft);
}

function giveRow(x: usize, m: usize, g: usize, w: usize, c: usize, dx: usize, accumulate: bool): void {
  const step = c << 2;
  for (let q: usize = 0; q < step; q += 16) giveAlong<v128>(x + q, m + q, g + q, w, step, dx + q, accumulate);
}

/**
 * {@link maxPoolBackward} of a 3x3 window of stride 1: first to one of the three rows, of whose maxima the pooled map is the
 * maximum, then along that row; the first row that has the maximum and the first in it are the first in row-major order.
 */
function maxPoolBackward3(
  dy: usize, x: usize, y: usize, n: usize, h: usize, w: usize, c: usize, dx: usize, accumulate: bool, scratch: usize,
): void {
  const step = c << 2;
  const pitch = w * step;
  const rings = scratch + 3 * pitch;
  for (; n != 0; n--) {
    for (let i: usize = 0; i <= h; i++) {
      // The maxima of row i, then what output row i - 1 gives, then row i - 2, for which that was the last one.
      const slot = (i % 3) * pitch;
      if (i < h) {
        const from = x + i * pitch;
        for (let q: usize = 0; q < step; q += 16) widest<v128>(from + q, w, step, scratch + slot + q);
      }
      if (i == 0) {
        clear(rings, pitch);
        continue;
      }
      const here = ((i + 2) % 3) * pitch;
      const over = ((i + 1) % 3) * pitch;
      const at = (i - 1) * pitch;
      const above = i > 1 ? scratch + over : 0;
      const below = i < h ? scratch + slot : 0;
      giveRows<v128>(above, scratch + here, below, y + at, dy + at, rings + over, rings + here, rings + slot, 0, pitch);
      if (i > 1) giveRow(x + at - pitch, scratch + over, rings + over, w, c, dx + at - pitch, accumulate);
      if (i == h) giveRow(x + at, scratch + here, rings + here, w, c, dx + at, accumulate);
    }
    x += h * pitch;
    y += h * pitch;
    dy += h * pitch;
    dx += h * pitch;
  }
}

/**
 * dx = the gradient of {@link maxPoolForward}: of equal values in a window the first in row-major order takes all.
 * Written, or added to with `accumulate`. `y` is the pooled map.
 */
export function maxPoolBackward(
  dy: usize, x: usize, y: usize, n: usize, h: usize, w: usize, c: usize,
  k: usize, strideH: usize, strideW: usize, padH: usize, padW: usize, dx: usize, accumulate: bool, poolScratch: usize,
): void {
  if ((c & 3) == 0 && k == 3 && strideH == 1 && strideW == 1 && padH == 1 && padW == 1) {
    maxPoolBackward3(dy, x, y, n, h, w, c, dx, accumulate, align(poolScratch));
    return;
  }
  const outHeight = extent(h, k, strideH, padH);
  const outWidth = extent(w, k, strideW, padW);
  const pixel = c << 2;
  const wide = w * pixel;
  const pitch = (w + 2 * padW) * pixel;
  const floats = (h + 2 * padH) * (w + 2 * padW) * c;
  const image = align(poolScratch);
  const gradient = image + room(floats);
  const inner = padH * pitch + padW * pixel;
  const runs: usize = strideW == 1 ? 1 : outWidth;
  const length = strideW == 1 ? outWidth * c : c;
  fillLowest(image, floats);
  for (let b: usize = 0; b < n; b++) {
    for (let i: usize = 0; i < h; i++) memory.copy(image + inner + i * pitch, x + i * wide, wide);
    clear(gradient, floats << 2);
    for (let i: usize = 0; i < outHeight; i++) {
      const at = i * strideH * pitch;
      for (let j: usize = 0; j < runs; j++) {
        const from = at + j * strideW * pixel;
        giveRun(image + from, gradient + from, pitch, pixel, k, y, dy, length);
        y += length << 2;
        dy += length << 2;
      }
    }
    let from = gradient + inner;
    for (let i: usize = 0; i < h; i++, from += pitch, dx += wide) {
      if (!accumulate) memory.copy(dx, from, wide);
      else addRow(from, w * c, dx);
    }
    x += h * wide;
  }
}

/** y += x over n numbers. */
function addRow(x: usize, n: usize, y: usize): void {
  const bytes = (n & ~3) << 2;
  for (let i: usize = 0; i < bytes; i += 16) v128.store(y + i, add<v128>(v128.load(y + i), v128.load(x + i)));
  const rest = n & 3;
  if (rest != 0) storePart(y + bytes, add<v128>(loadPart(y + bytes, rest), loadPart(x + bytes, rest)), rest);
}

/** out[i] = sum over rows of x[i], rows `pitch` bytes apart, times factor. */
function sumRows(x: usize, pitch: usize, rows: usize, n: usize, factor: f32, out: usize): void {
  const f = f32x4.splat(factor);
  const bytes = (n & ~3) << 2;
  if (rows == 3) {
    const x1 = x + pitch;
    const x2 = x1 + pitch;
    for (let i: usize = 0; i < bytes; i += 16) {
      const s = add<v128>(add<v128>(v128.load(x + i), v128.load(x1 + i)), v128.load(x2 + i));
      v128.store(out + i, mul<v128>(s, f));
    }
  } else for (let i: usize = 0; i < bytes; i += 16) {
    let p = x + i;
    let s = v128.load(p);
    for (let r: usize = 1; r < rows; r++) {
      p += pitch;
      s = add<v128>(s, v128.load(p));
    }
    v128.store(out + i, mul<v128>(s, f));
  }
  const rest = n & 3;
  if (rest != 0) {
    let p = x + bytes;
    let s = loadPart(p, rest);
    for (let r: usize = 1; r < rows; r++) {
      p += pitch;
      s = add<v128>(s, loadPart(p, rest));
    }
    storePart(out + bytes, mul<v128>(s, f), rest);
  }
}

/** y += factor x over n numbers, or y = factor x. */
function addScaledRow(x: usize, factor: f32, n: usize, first: bool, y: usize): void {
  const f = f32x4.splat(factor);
  const bytes = (n & ~3) << 2;
  if (first) for (let i: usize = 0; i < bytes; i += 16) v128.store(y + i, mul<v128>(v128.load(x + i), f));
  else for (let i: usize = 0; i < bytes; i += 16) v128.store(y + i, add<v128>(v128.load(y + i), mul<v128>(v128.load(x + i), f)));
  const rest = n & 3;
  if (rest != 0) {
    const v = mul<v128>(loadPart(x + bytes, rest), f);
    storePart(y + bytes, first ? v : add<v128>(loadPart(y + bytes, rest), v), rest);
  }
}

/** y = average pool, padding left out of the count; with `state` not null also the moments of y. */
export function avgPoolForward(
  x: usize, n: usize, h: usize, w: usize, c: usize, k: usize, strideH: usize, strideW: usize, padH: usize, padW: usize,
  y: usize, state: Nullable, poolScratch: usize,
): void {
  const outHeight = extent(h, k, strideH, padH);
  const outWidth = extent(w, k, strideW, padW);
  const row = align(poolScratch);
  const pixel = c << 2;
  const pitch = w * pixel;
  clear(row, (w + 2 * padW) * pixel);
  for (let b: usize = 0; b < n; b++) {
    for (let i: usize = 0; i < outHeight; i++) {
      const top = (i * strideH) as isize - (padH as isize);
      const u0 = firstTap(top);
      const rows = endTap(top, k, h) - u0;
      sumRows(x + ((top + (u0 as isize)) as usize) * pitch, pitch, rows, w * c, 1, row + padW * pixel);
      // At stride 1 all windows of a row as one run; then again those that the border cuts.
      if (strideW == 1) sumRows(row, pixel, k, outWidth * c, <f32>1 / ((rows * k) as f32), y);
      for (let j: usize = 0; j < outWidth; j++) {
        const left = (j * strideW) as isize - (padW as isize);
        const cols = endTap(left, k, w) - firstTap(left);
        if (cols == k && strideW == 1) {
          j = max(j, w - k + padW);
          continue;
        }
        sumRows(row + j * strideW * pixel, pixel, k, c, <f32>1 / ((rows * cols) as f32), y + j * pixel);
      }
      if (state != 0) momentsTile(state, c, y, outWidth, pixel, b == 0 && i == 0);
      y += outWidth * pixel;
    }
    x += h * pitch;
  }
}

/** Scales the pixels of a row of gradients whose windows the border cuts by k over the pixels they cover. */
function scaleBorder(row: usize, w: usize, outWidth: usize, c: usize, k: usize, padW: usize): void {
  for (let j: usize = 0; j < outWidth; j++) {
    const left = j as isize - (padW as isize);
    const cols = endTap(left, k, w) - firstTap(left);
    const p = row + ((j * c) << 2);
    if (cols != k) addScaledRow(p, (k as f32) / (cols as f32), c, true, p);
    else j = max(j, w - k + padW);
  }
}

/** dx = the gradient of {@link avgPoolForward}; written, or added to with `accumulate`. */
export function avgPoolBackward(
  dy: usize, n: usize, h: usize, w: usize, c: usize,
  k: usize, strideH: usize, strideW: usize, padH: usize, padW: usize, dx: usize, accumulate: bool, poolScratch: usize,
): void {
  const outHeight = extent(h, k, strideH, padH);
  const outWidth = extent(w, k, strideW, padW);
  const pixel = c << 2;
  const pitch = w * pixel;
  const outPitch = outWidth * pixel;
  const row = align(poolScratch);
  const wide = room((w + 2 * padW) * c);
  const share = row + wide;
  if (strideH == 1 && strideW == 1) {
    // The adjoint of a box sum is a box sum: over the rows first, then along the row.
    const inner = row + (k - 1 - padW) * pixel;
    clear(row, wide);
    for (let b: usize = 0; b < n; b++) {
      for (let i: usize = 0; i < h; i++) {
        const last = min(i + padH, outHeight - 1);
        const first = i + padH + 1 > k ? i + padH + 1 - k : 0;
        for (let o = first; o <= last; o++) {
          const top = o as isize - (padH as isize);
          const rows = endTap(top, k, h) - firstTap(top);
          addScaledRow(dy + o * outPitch, <f32>1 / ((rows * k) as f32), outWidth * c, o == first, inner);
        }
        scaleBorder(inner, w, outWidth, c, k, padW);
        if (accumulate) {
          sumRows(row, pixel, k, w * c, 1, share);
          addRow(share, w * c, dx);
        } else sumRows(row, pixel, k, w * c, 1, dx);
        dx += pitch;
      }
      dy += outHeight * outPitch;
    }
    return;
  }
  if (!accumulate) clear(dx, n * h * pitch);
  for (let b: usize = 0; b < n; b++) {
    for (let i: usize = 0; i < outHeight; i++) {
      const top = (i * strideH) as isize - (padH as isize);
      const u0 = firstTap(top);
      const u1 = endTap(top, k, h);
      clear(row, wide);
      for (let j: usize = 0; j < outWidth; j++) {
        const left = (j * strideW) as isize - (padW as isize);
        const cols = endTap(left, k, w) - firstTap(left);
        addScaledRow(dy, <f32>1 / (((u1 - u0) * cols) as f32), c, true, share);
        let p = row + j * strideW * pixel;
        for (let v: usize = 0; v < k; v++, p += pixel) addRow(share, c, p);
        dy += pixel;
      }
      for (let u = u0; u < u1; u++) addRow(row + padW * pixel, w * c, dx + ((top + (u as isize)) as usize) * pitch);
    }
    dx += h * pitch;
  }
}
