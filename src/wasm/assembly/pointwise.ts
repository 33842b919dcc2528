import { settle } from './gate';
import { gemm, gemmTransposed, packMatrix, packTransposed } from './gemm';
import { add, relu } from './lanes';
import { align, clear, loadPart, Nullable, padded, room, storePart } from './memory';
import { momentsTile } from './moments';
import { normGrad } from './norm';

// 1x1 convolutions over x [n, h, w, inputs]. With stride s and offset t, output pixel (i, j) reads pixel
// (s i + t, s j + t), zero outside the map. `yStep` bytes lie between the pixels of y, so that two of them can write the
// halves of one map.

/** Pixels a tile: x and y of a tile share the first cache. */
const TILE: usize = 64;

/** Outputs along one axis whose input lies inside the map. */
// @ts-ignore: decorator
@inline
function inside(size: usize, stride: usize, offset: usize): usize {
  return size > offset ? (size - offset + stride - 1) / stride : 0;
}

/** Copies `m` pixels, `step` bytes apart, next to each other, rectified or not. */
function gather(x: usize, step: usize, m: usize, c: usize, rectify: bool, out: usize): void {
  const floor = f32x4.splat(rectify ? 0 : -Infinity);
  for (; m != 0; m--, x += step) {
    let q: usize = 0;
    for (; q + 4 <= c; q += 4, out += 16) v128.store(out, f32x4.pmax(v128.load(x + (q << 2)), floor));
    if (q < c) {
      storePart(out, f32x4.pmax(loadPart(x + (q << 2), c - q), floor), c - q);
      out += (c - q) << 2;
    }
  }
}

/** Puts a tile [m, padded(C)] back to pixels `step` bytes apart, where `gate` [m, C] (if any) is positive. */
function scatter(tile: usize, gate: usize, m: usize, c: usize, dx: usize, step: usize): void {
  for (; m != 0; m--, dx += step) {
    for (let q: usize = 0; q < c; q += 4, tile += 16) {
      const count = c - q;
      const p = dx + (q << 2);
      let v = v128.load(tile);
      if (gate != 0) v = v128.and(v, f32x4.gt(loadPart(gate + (q << 2), count), f32x4.splat(0)));
      storePart(p, add<v128>(loadPart(p, count), v), count);
    }
    if (gate != 0) gate += c << 2;
  }
}

function clearPixels(y: usize, step: usize, pixels: usize, c: usize): void {
  for (; pixels != 0; pixels--, y += step) clear(y, c << 2);
}

/** Bytes of scratch for {@link pointwiseForward}. */
export function pointwiseForwardBytes(w: usize, inputs: usize, outputs: usize): usize {
  return 64 + room(inputs * padded(outputs)) + room(max(TILE, w) * inputs);
}

/** y = x filter (after a ReLU with `rectify`); with `state` not null also the moments of y (see moments.ts). */
export function pointwiseForward(
  x: usize, n: usize, h: usize, w: usize, inputs: usize, filter: usize, outputs: usize,
  stride: usize, offset: usize, rectify: bool, y: usize, yStep: usize, state: Nullable, scratch: usize,
): void {
  const matrix = align(scratch);
  const ldb = padded(outputs) << 2;
  const tile = matrix + room(inputs * padded(outputs));
  const step = inputs << 2;
  packMatrix(filter, inputs, outputs, matrix);
  if (stride == 1 && offset == 0) {
    const pixels = n * h * w;
    for (let i: usize = 0; i < pixels; i += TILE) {
      const m = min(TILE, pixels - i);
      let from = x + i * step;
      const to = y + i * yStep;
      if (rectify) {
        gather(from, step, m, inputs, true, tile);
        from = tile;
      }
      gemm(m, outputs, inputs, from, step, matrix, ldb, to, yStep, 16, false);
      if (state != 0) momentsTile(state, outputs, to, m, yStep, i == 0);
    }
    return;
  }
  const outHeight = (h + stride - 1) / stride;
  const outWidth = (w + stride - 1) / stride;
  const rows = inside(h, stride, offset);
  const cols = inside(w, stride, offset);
  for (let b: usize = 0; b < n; b++) {
    for (let i: usize = 0; i < outHeight; i++) {
      const m = i < rows ? cols : 0;
      if (m != 0) {
        gather(x + ((i * stride + offset) * w + offset) * step, stride * step, m, inputs, rectify, tile);
        gemm(m, outputs, inputs, tile, step, matrix, ldb, y, yStep, 16, false);
      }
      clearPixels(y + m * yStep, yStep, outWidth - m, outputs);
      if (state != 0) momentsTile(state, outputs, y, outWidth, yStep, b == 0 && i == 0);
      y += outWidth * yStep;
    }
    x += h * w * step;
  }
}

/** Bytes of scratch for {@link pointwiseBackward}. */
export function pointwiseBackwardBytes(w: usize, inputs: usize, outputs: usize): usize {
  const pixels = max(TILE, w);
  return 64 + room(padded(inputs) * outputs) + room(pixels * inputs) + room(pixels * padded(inputs)) + room(pixels * outputs);
}

/**
 * The gradients of {@link pointwiseForward}.
 *
 * The gradient of y is `dy` (`yStep` bytes between pixels), or, with `a` not null, a dy + b (y - yMean) + d per
 * channel. `dFilter` and `dx` may be null; dFilter is added to; dx is written, or added to with `accumulate`.
 */
export function pointwiseBackward(
  dy: usize, y: Nullable, yStep: usize, yMean: Nullable, a: Nullable, b: Nullable, d: Nullable,
  x: Nullable, n: usize, h: usize, w: usize, inputs: usize, filter: Nullable, outputs: usize,
  stride: usize, offset: usize, rectify: bool, dFilter: Nullable, dx: Nullable, accumulate: bool, scratch: usize,
): void {
  const pixelsRoom = max(TILE, w);
  const ip = padded(inputs);
  const matrix = align(scratch);
  const tile = matrix + room(ip * outputs);
  const dxTile = tile + room(pixelsRoom * inputs);
  const dyTile = dxTile + room(pixelsRoom * ip);
  const step = inputs << 2;
  const outStep = outputs << 2;
  packTransposed(filter, inputs, outputs, matrix);
  if (stride == 1 && offset == 0) {
    const pixels = n * h * w;
    for (let i: usize = 0; i < pixels; i += TILE) {
      const m = min(TILE, pixels - i);
      const at = i * step;
      let dz = dy + i * yStep;
      let dzStep = yStep;
      if (a != 0) {
        normGrad(dz, y + i * yStep, yStep, m, outputs, yMean, a, b, d, dyTile);
        dz = dyTile;
        dzStep = outStep;
      }
      if (dFilter != 0) {
        let from = x + at;
        if (rectify) {
          gather(from, step, m, inputs, true, tile);
          from = tile;
        }
        gemmTransposed(m, outputs, inputs, from, step, dz, dzStep, dFilter, outStep);
      }
      if (dx != 0) {
        if (rectify) {
          gemm(m, inputs, outputs, dz, dzStep, matrix, ip << 2, dxTile, ip << 2, 16, false);
          settle(dxTile, dx + at, m, inputs, x + at, 0, 0, 0, true, accumulate, 0);
        } else gemm(m, inputs, outputs, dz, dzStep, matrix, ip << 2, dx + at, step, 16, accumulate);
      }
    }
    return;
  }
  const outHeight = (h + stride - 1) / stride;
  const outWidth = (w + stride - 1) / stride;
  const rows = inside(h, stride, offset);
  const m = inside(w, stride, offset);
  if (dx != 0 && !accumulate) clear(dx, n * h * w * step);
  for (let image: usize = 0; image < n; image++) {
    for (let i: usize = 0; i < outHeight; i++) {
      if (i < rows && m != 0) {
        const at = ((i * stride + offset) * w + offset) * step;
        let dz = dy;
        let dzStep = yStep;
        if (a != 0) {
          normGrad(dz, y, yStep, m, outputs, yMean, a, b, d, dyTile);
          dz = dyTile;
          dzStep = outStep;
        }
        if (dFilter != 0 || rectify) gather(x + at, stride * step, m, inputs, rectify, tile);
        if (dFilter != 0) gemmTransposed(m, outputs, inputs, tile, step, dz, dzStep, dFilter, outStep);
        if (dx != 0) {
          gemm(m, inputs, outputs, dz, dzStep, matrix, ip << 2, dxTile, ip << 2, 16, false);
          scatter(dxTile, rectify ? tile : 0, m, inputs, dx + at, stride * step);
        }
      }
      dy += outWidth * yStep;
      y += outWidth * yStep;
    }
    x += h * w * step;
    if (dx != 0) dx += h * w * step;
  }
}
