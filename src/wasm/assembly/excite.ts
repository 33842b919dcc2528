import { add, mac, mul, splat, sub } from './lanes';
import { gemm, gemmTransposed, packMatrix, packTransposed } from './gemm';
import { align, clear, loadUpTo, Nullable, padded, room, storeUpTo } from './memory';
import { addTo64, momentsTile } from './moments';
import { normGrad } from './norm';
import { activated, sigmoid, throughActivation } from './swish';

// What follows the depthwise convolution of an inverted bottleneck, from its map before the norm, x [n, pixels, C]: the norm,
// f = act((x - mean) gain + offset), squeeze-and-excitation, one gate a channel of each image, and the pointwise convolution to
// z [n, pixels, outputs]. f and the gated map are made tile by tile, forward and back. The act is a ReLU, or Swish where `swish`.

/** Pixels a tile of a product. */
const TILE: usize = 64;

/** Pixels whose sums share the first cache. */
// @ts-ignore: decorator
@inline
function tilePixels(c: usize): usize {
  return max<usize>(8, 4096 / c);
}

/** means [n, C] of f over the pixels of each image. */
export function activatedMeans(
  x: usize, n: usize, pixels: usize, c: usize, mean: usize, gain: usize, offset: Nullable, swish: bool, means: usize,
): void {
  const step = c << 2;
  const tile = tilePixels(c);
  const share = f32x4.splat((1.0 / (pixels as f64)) as f32);
  for (; n != 0; n--, means += step) {
    for (let from: usize = 0; from < pixels; from += tile) {
      const some = min(tile, pixels - from);
      for (let q: usize = 0; q < c; q += 4) {
        const at = q << 2;
        const count = c - q;
        const m = loadUpTo(mean + at, count);
        const g = loadUpTo(gain + at, count);
        const o = offset != 0 ? loadUpTo(offset + at, count) : splat<v128>(0);
        let s = splat<v128>(0);
        for (let p = x + at, end = p + some * step; p < end; p += step) {
          s = add<v128>(s, activated(add<v128>(mul<v128>(sub<v128>(loadUpTo(p, count), m), g), o), swish));
        }
        if (from != 0) s = add<v128>(s, loadUpTo(means + at, count));
        storeUpTo(means + at, from + some == pixels ? mul<v128>(s, share) : s, count);
      }
      x += some * step;
    }
  }
}

/** Adds a bias [c] to each of n rows; y, if not null, becomes what they are then activated. */
function addBias(x: usize, n: usize, c: usize, bias: usize, y: Nullable, swish: bool): void {
  for (; n != 0; n--, x += c << 2, y += y != 0 ? c << 2 : 0) {
    for (let q: usize = 0; q < c; q += 4) {
      const at = q << 2;
      const count = c - q;
      const v = add<v128>(loadUpTo(x + at, count), loadUpTo(bias + at, count));
      storeUpTo(x + at, v, count);
      if (y != 0) storeUpTo(y + at, activated(v, swish), count);
    }
  }
}

/** out[c] += sum of the n rows of x. */
function addRows(x: usize, n: usize, c: usize, out: usize): void {
  for (; n != 0; n--, x += c << 2) {
    for (let q: usize = 0; q < c; q += 4) {
      const at = q << 2;
      storeUpTo(out + at, add<v128>(loadUpTo(out + at, c - q), loadUpTo(x + at, c - q)), c - q);
    }
  }
}

/** Bytes of scratch for {@link gatesForward}. */
export function gatesForwardBytes(c: usize, reduced: usize): usize {
  return 64 + max(room(c * padded(reduced)), room(reduced * padded(c)));
}

/**
 * gates [n, C] = sigmoid(active expand + expandBias), active [n, reduced] = act(hidden),
 * hidden = means reduce + reduceBias; reduce [C, reduced], expand [reduced, C].
 */
export function gatesForward(
  means: usize, n: usize, c: usize, reduced: usize, swish: bool,
  reduce: usize, reduceBias: usize, expand: usize, expandBias: usize,
  hidden: usize, active: usize, gates: usize, scratch: usize,
): void {
  const matrix = align(scratch);
  packMatrix(reduce, c, reduced, matrix);
  gemm(n, reduced, c, means, c << 2, matrix, padded(reduced) << 2, hidden, reduced << 2, 16, false);
  addBias(hidden, n, reduced, reduceBias, active, swish);
  packMatrix(expand, reduced, c, matrix);
  gemm(n, c, reduced, active, reduced << 2, matrix, padded(c) << 2, gates, c << 2, 16, false);
  addBias(gates, n, c, expandBias, 0, false);
  const size = (n * c) << 2;
  for (let p: usize = 0; p < size; p += 16) {
    const count = (size - p) >> 2;
    storeUpTo(gates + p, sigmoid(loadUpTo(gates + p, count)), count);
  }
}

/** Bytes of scratch for {@link gatesBackward}. */
export function gatesBackwardBytes(n: usize, c: usize, reduced: usize): usize {
  return gatesForwardBytes(c, reduced) + room(n * reduced);
}

/**
 * The way back of {@link gatesForward}: dGates [n, C], which is overwritten, becomes the gradient of means. The other gradients are
 * added to; without `dReduce` none of them is made.
 */
export function gatesBackward(
  dGates: usize, means: usize, n: usize, c: usize, reduced: usize, swish: bool, reduce: usize, expand: usize,
  hidden: usize, active: usize, gates: usize,
  dReduce: Nullable, dReduceBias: Nullable, dExpand: Nullable, dExpandBias: Nullable, scratch: usize,
): void {
  const matrix = align(scratch);
  const dHidden = matrix + max(room(c * padded(reduced)), room(reduced * padded(c)));
  const one = f32x4.splat(1);
  const size = (n * c) << 2;
  for (let p: usize = 0; p < size; p += 16) {
    const count = (size - p) >> 2;
    const g = loadUpTo(gates + p, count);
    storeUpTo(dGates + p, mul<v128>(loadUpTo(dGates + p, count), mul<v128>(g, sub<v128>(one, g))), count);
  }
  if (dReduce != 0) {
    addRows(dGates, n, c, dExpandBias);
    gemmTransposed(n, c, reduced, active, reduced << 2, dGates, c << 2, dExpand, c << 2);
  }
  packTransposed(expand, reduced, c, matrix);
  gemm(n, reduced, c, dGates, c << 2, matrix, padded(reduced) << 2, dHidden, reduced << 2, 16, false);
  const inner = (n * reduced) << 2;
  for (let p: usize = 0; p < inner; p += 16) {
    const count = (inner - p) >> 2;
    storeUpTo(dHidden + p, throughActivation(loadUpTo(dHidden + p, count), loadUpTo(hidden + p, count), swish), count);
  }
  if (dReduce != 0) {
    addRows(dHidden, n, reduced, dReduceBias);
    gemmTransposed(n, reduced, c, means, c << 2, dHidden, reduced << 2, dReduce, reduced << 2);
  }
  packTransposed(reduce, c, reduced, matrix);
  gemm(n, c, reduced, dHidden, reduced << 2, matrix, padded(c) << 2, dGates, c << 2, 16, false);
}

/** tile [some, C] = f of pixels from `from` on, of all images. */
function activate(
  x: usize, some: usize, c: usize, mean: usize, gain: usize, offset: Nullable, swish: bool, tile: usize,
): void {
  const step = c << 2;
  for (let q: usize = 0; q < c; q += 4) {
    const at = q << 2;
    const count = c - q;
    const m = loadUpTo(mean + at, count);
    const g = loadUpTo(gain + at, count);
    const o = offset != 0 ? loadUpTo(offset + at, count) : splat<v128>(0);
    let t = tile + at;
    for (let p = x + at, end = p + some * step; p < end; p += step, t += step) {
      storeUpTo(t, activated(add<v128>(mul<v128>(sub<v128>(loadUpTo(p, count), m), g), o), swish), count);
    }
  }
}

/** Multiplies `some` pixels of C numbers, from pixel `from` of all images on, by their image's gates. */
function gate(tile: usize, from: usize, some: usize, pixels: usize, c: usize, gates: usize): void {
  const step = c << 2;
  for (let i = from, end = from + some; i < end; ) {
    const image = i / pixels;
    const stop = min(end, (image + 1) * pixels);
    const bytes = (stop - i) * step;
    const row = gates + image * step;
    for (let q: usize = 0; q < step; q += 16) {
      const count = c - (q >> 2);
      const g = loadUpTo(row + q, count);
      for (let p = tile + q, last = p + bytes; p < last; p += step) storeUpTo(p, mul<v128>(loadUpTo(p, count), g), count);
    }
    tile += bytes;
    i = stop;
  }
}

/** dGates of each image += sums over its pixels among `some`, from pixel `from` of all images on, of d f. */
function gateProducts(d: usize, f: usize, from: usize, some: usize, pixels: usize, c: usize, dGates: usize): void {
  const step = c << 2;
  for (let i = from, end = from + some; i < end; ) {
    const image = i / pixels;
    const stop = min(end, (image + 1) * pixels);
    const bytes = (stop - i) * step;
    const row = dGates + image * step;
    for (let q: usize = 0; q < step; q += 16) {
      const count = c - (q >> 2);
      let s = loadUpTo(row + q, count);
      for (let p: usize = q; p < bytes; p += step) s = mac<v128>(s, loadUpTo(d + p, count), loadUpTo(f + p, count));
      storeUpTo(row + q, s, count);
    }
    d += bytes;
    f += bytes;
    i = stop;
  }
}

/** Bytes of scratch for {@link excitedForward}. */
export function excitedForwardBytes(c: usize, outputs: usize): usize {
  return 64 + room(c * padded(outputs)) + room(TILE * c);
}

/** z = (gates f) filter, filter [C, outputs]; `gates` [n, C] may be null (1). With `state` not null also the moments of z. */
export function excitedForward(
  x: usize, n: usize, pixels: usize, c: usize, mean: usize, gain: usize, offset: Nullable, swish: bool, gates: Nullable,
  filter: usize, outputs: usize, z: usize, state: Nullable, scratch: usize,
): void {
  const matrix = align(scratch);
  const tile = matrix + room(c * padded(outputs));
  const all = n * pixels;
  const step = outputs << 2;
  packMatrix(filter, c, outputs, matrix);
  for (let i: usize = 0; i < all; i += TILE) {
    const some = min(TILE, all - i);
    activate(x, some, c, mean, gain, offset, swish, tile);
    if (gates != 0) gate(tile, i, some, pixels, c, gates);
    gemm(some, outputs, c, tile, c << 2, matrix, padded(outputs) << 2, z, step, 16, false);
    if (state != 0) momentsTile(state, outputs, z, some, step, i == 0);
    x += (some * c) << 2;
    z += some * step;
  }
}

/** Bytes of scratch for {@link excitedBackward}. */
export function excitedBackwardBytes(c: usize, outputs: usize): usize {
  return 64 + room(padded(c) * outputs) + room(TILE * c) + room(TILE * outputs);
}

/**
 * The way back of {@link excitedForward}, whose z has the gradient a dy + b (z - zMean) + d, to the gated map: its gradient dx
 * [n, pixels, C], and those of `gates` (from 0 on; null if there are none) and, added to, of `filter` (null if not asked for).
 * {@link activationBackward} goes on from there.
 */
export function excitedBackward(
  dy: usize, z: usize, zMean: usize, a: usize, b: usize, d: usize,
  x: usize, n: usize, pixels: usize, c: usize, mean: usize, gain: usize, offset: Nullable, swish: bool, gates: Nullable,
  filter: usize, outputs: usize, dFilter: Nullable, dx: usize, dGates: Nullable, scratch: usize,
): void {
  const matrix = align(scratch);
  const tile = matrix + room(padded(c) * outputs);
  const gradTile = tile + room(TILE * c);
  const all = n * pixels;
  const step = outputs << 2;
  const xStep = c << 2;
  packTransposed(filter, c, outputs, matrix);
  if (dGates != 0) clear(dGates, (n * c) << 2);
  for (let i: usize = 0; i < all; i += TILE) {
    const some = min(TILE, all - i);
    normGrad(dy, z, step, some, outputs, zMean, a, b, d, gradTile);
    gemm(some, c, outputs, gradTile, step, matrix, padded(c) << 2, dx, xStep, 16, false);
    if (dFilter != 0 || dGates != 0) activate(x, some, c, mean, gain, offset, swish, tile);
    if (dGates != 0) gateProducts(dx, tile, i, some, pixels, c, dGates);
    if (dFilter != 0) {
      if (gates != 0) gate(tile, i, some, pixels, c, gates);
      gemmTransposed(some, outputs, c, tile, xStep, gradTile, step, dFilter, step);
    }
    dy += some * step;
    z += some * step;
    x += some * xStep;
    dx += some * xStep;
  }
}

/**
 * From the gradient dx of the gated map to that of f's argument, in place: (gates dx + dMeans / pixels) act'. `gates` and `dMeans`
 * [n, C] are null if there are none. Their sums and their products with (x - mean) go to `sums` (float64 [C], then another
 * [padded(C)]), which are added to, for the norm's way back.
 */
export function activationBackward(
  dx: usize, x: usize, n: usize, pixels: usize, c: usize, mean: usize, gain: usize, offset: Nullable, swish: bool,
  gates: Nullable, dMeans: Nullable, sums: usize,
): void {
  const step = c << 2;
  const products = sums + (padded(c) << 3);
  const tile = tilePixels(c);
  const share = f32x4.splat((1.0 / (pixels as f64)) as f32);
  for (let image: usize = 0; image < n; image++) {
    for (let from: usize = 0; from < pixels; from += tile) {
      const bytes = min(tile, pixels - from) * step;
      for (let q: usize = 0; q < c; q += 4) {
        const at = q << 2;
        const count = c - q;
        const m = loadUpTo(mean + at, count);
        const g = loadUpTo(gain + at, count);
        const o = offset != 0 ? loadUpTo(offset + at, count) : splat<v128>(0);
        const row = image * step + at;
        const open = gates != 0 ? loadUpTo(gates + row, count) : splat<v128>(1);
        const more = dMeans != 0 ? mul<v128>(loadUpTo(dMeans + row, count), share) : splat<v128>(0);
        let s = splat<v128>(0);
        let r = s;
        for (let p = at; p < at + bytes; p += step) {
          const centred = sub<v128>(loadUpTo(x + p, count), m);
          const above = mac<v128>(more, loadUpTo(dx + p, count), open);
          const v = throughActivation(above, add<v128>(mul<v128>(centred, g), o), swish);
          storeUpTo(dx + p, v, count);
          s = add<v128>(s, v);
          r = mac<v128>(r, v, centred);
        }
        addTo64(sums + (q << 3), s);
        addTo64(products + (q << 3), r);
      }
      x += bytes;
      dx += bytes;
    }
  }
}
