import { gemm, gemmTransposed, packMatrix, packTransposed } from './gemm';
import { add } from './lanes';
import { align, clear, loadPart, Nullable, padded, room, storePart } from './memory';
import { momentsTile } from './moments';

// Dense convolution of x [n, h, w, inputs] with filter [kh, kw, inputs, outputs]. On a zero-bordered image the values
// under one kernel row are neighbours in memory, so the convolution is kh matrix products whose rows overlap; no
// patches are copied. With dilation it is kh kw products.

/** Outputs of a row that are summed into the filter's gradient at once. */
const TILE: usize = 128;

// @ts-ignore: decorator
@inline
function extent(size: usize, kernel: usize, stride: usize, dilation: usize, pad: usize): usize {
  return (size + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
}

// @ts-ignore: decorator
@inline
function imageRoom(h: usize, w: usize, c: usize, padH: usize, padW: usize): usize {
  return room((h + 2 * padH) * (w + 2 * padW) * c);
}

/** Taps whose inputs are neighbours: a kernel row, or one tap of a dilated kernel. */
// @ts-ignore: decorator
@inline
function run(kw: usize, dilation: usize): usize {
  return dilation == 1 ? kw : 1;
}

/** Pixels along one axis that the windows of some outputs read. */
// @ts-ignore: decorator
@inline
function reach(outputs: usize, kernel: usize, stride: usize, dilation: usize): usize {
  return outputs == 0 ? 0 : (outputs - 1) * stride + dilation * (kernel - 1) + 1;
}

/** Copies rows of `from` to rows of `to`, both in bytes. */
function copyRows(from: usize, fromStep: usize, to: usize, toStep: usize, rows: usize, bytes: usize): void {
  for (; rows != 0; rows--, from += fromStep, to += toStep) memory.copy(to, from, bytes);
}

/** Bytes of scratch for {@link convForward}. */
export function convForwardBytes(
  h: usize, w: usize, inputs: usize, kh: usize, kw: usize, outputs: usize, padH: usize, padW: usize,
): usize {
  return 64 + room(kh * kw * inputs * padded(outputs)) + imageRoom(h, w, inputs, padH, padW);
}

/** y = conv(x, filter); with `state` not null also the moments of y (see moments.ts). */
export function convForward(
  x: usize, n: usize, h: usize, w: usize, inputs: usize, filter: usize, kh: usize, kw: usize, outputs: usize,
  strideH: usize, strideW: usize, dilation: usize, padH: usize, padW: usize, y: usize, state: Nullable, scratch: usize,
): void {
  const outHeight = extent(h, kh, strideH, dilation, padH);
  const outWidth = extent(w, kw, strideW, dilation, padW);
  const matrix = align(scratch);
  const image = matrix + room(kh * kw * inputs * padded(outputs));
  const ldb = padded(outputs) << 2;
  const pixel = inputs << 2;
  const pitch = (w + 2 * padW) * pixel;
  const taps = run(kw, dilation);
  packMatrix(filter, kh * kw * inputs, outputs, matrix);
  clear(image, imageRoom(h, w, inputs, padH, padW));
  for (let b: usize = 0; b < n; b++) {
    copyRows(x, w * pixel, image + padH * pitch + padW * pixel, pitch, h, w * pixel);
    x += h * w * pixel;
    for (let i: usize = 0; i < outHeight; i++) {
      let weights = matrix;
      for (let u: usize = 0; u < kh; u++) {
        for (let v: usize = 0; v < kw; v += taps) {
          const from = image + (i * strideH + u * dilation) * pitch + v * dilation * pixel;
          gemm(outWidth, outputs, taps * inputs, from, strideW * pixel, weights, ldb, y, outputs << 2, 16, u + v != 0);
          weights += taps * inputs * ldb;
        }
      }
      if (state != 0) momentsTile(state, outputs, y, outWidth, outputs << 2, b == 0 && i == 0);
      y += (outWidth * outputs) << 2;
    }
  }
}

/** The part of a map [h, w] that lies in an image [height, width] which starts `top` rows and `left` columns before it. */
@unmanaged
class Overlap {
  rows: usize;
  columns: usize;
  /** Bytes to its first pixel in the map, and in the image. */
  map: usize;
  image: usize;
}

function overlap(
  out: Overlap, h: usize, w: usize, top: isize, left: isize, height: usize, width: usize, pixel: usize,
): void {
  const i0 = max<isize>(0, -top);
  const j0 = max<isize>(0, -left);
  const rows = min<isize>(h as isize - i0, height as isize - top - i0);
  const columns = min<isize>(w as isize - j0, width as isize - left - j0);
  const empty = rows <= 0 || columns <= 0;
  out.rows = empty ? 0 : rows as usize;
  out.columns = empty ? 0 : columns as usize;
  out.map = ((i0 as usize) * w + (j0 as usize)) * pixel;
  out.image = (((top + i0) as usize) * width + ((left + j0) as usize)) * pixel;
}

/** Bytes of scratch for {@link convFilterGrad}. */
export function convFilterGradBytes(h: usize, w: usize, inputs: usize, padH: usize, padW: usize): usize {
  return 128 + imageRoom(h, w, inputs, padH, padW);
}

/** dFilter += the gradient of {@link convForward} with respect to the filter. */
export function convFilterGrad(
  dy: usize, x: usize, n: usize, h: usize, w: usize, inputs: usize, kh: usize, kw: usize, outputs: usize,
  strideH: usize, strideW: usize, dilation: usize, padH: usize, padW: usize, dFilter: usize, scratch: usize,
): void {
  filterGrad(
    dy, extent(h, kh, strideH, dilation, padH), extent(w, kw, strideW, dilation, padW), x, n, h, w, inputs,
    kh, kw, outputs, strideH, strideW, dilation, padH as isize, padW as isize, dFilter, scratch,
  );
}

/** Bytes of scratch for {@link filterGrad}. */
export function filterGradBytes(
  outHeight: usize, outWidth: usize, inputs: usize, kh: usize, kw: usize, strideH: usize, strideW: usize, dilation: usize,
): usize {
  return 128 + room(reach(outHeight, kh, strideH, dilation) * reach(outWidth, kw, strideW, dilation) * inputs);
}

/** {@link convFilterGrad} with `top` rows and `left` columns of padding, which may be less than none, and any number of outputs. */
export function filterGrad(
  dy: usize, outHeight: usize, outWidth: usize, x: usize, n: usize, h: usize, w: usize, inputs: usize,
  kh: usize, kw: usize, outputs: usize, strideH: usize, strideW: usize, dilation: usize,
  top: isize, left: isize, dFilter: usize, scratch: usize,
): void {
  const inside = changetype<Overlap>(align(scratch));
  const image = align(scratch) + 64;
  const pixel = inputs << 2;
  const height = reach(outHeight, kh, strideH, dilation);
  const width = reach(outWidth, kw, strideW, dilation);
  const pitch = width * pixel;
  const step = outputs << 2;
  const taps = run(kw, dilation);
  overlap(inside, h, w, top, left, height, width, pixel);
  clear(image, height * pitch);
  for (let b: usize = 0; b < n; b++) {
    copyRows(x + inside.map, w * pixel, image + inside.image, pitch, inside.rows, inside.columns * pixel);
    x += h * w * pixel;
    for (let i: usize = 0; i < outHeight; i++) {
      // A long row, such as a sequence, in tiles of the first cache.
      for (let j: usize = 0; j < outWidth; j += TILE) {
        const m = min(TILE, outWidth - j);
        let out = dFilter;
        for (let u: usize = 0; u < kh; u++) {
          for (let v: usize = 0; v < kw; v += taps) {
            const from = image + (i * strideH + u * dilation) * pitch + (j * strideW + v * dilation) * pixel;
            gemmTransposed(m, outputs, taps * inputs, from, strideW * pixel, dy, step, out, step);
            out += taps * inputs * step;
          }
        }
        dy += m * step;
      }
    }
  }
}

/** Bytes of scratch for {@link convInputGrad}. */
export function convInputGradBytes(
  h: usize, w: usize, inputs: usize, kh: usize, kw: usize, outputs: usize, strideW: usize, padH: usize, padW: usize,
): usize {
  return gradMatricesRoom(inputs, kh, kw, outputs, (w + 2 * padW) / strideW + 1) + imageRoom(h, w, inputs, padH, padW);
}

/** What {@link inputGrad} needs beside the image. */
// @ts-ignore: decorator
@inline
function gradMatricesRoom(inputs: usize, kh: usize, kw: usize, outputs: usize, outWidth: usize): usize {
  const row = padded(kw * inputs);
  return 128 + room(kh * kw * padded(inputs) * outputs) + room(kh * row * outputs) + room(outWidth * row);
}

/** dx = the gradient of {@link convForward} with respect to x; written, or added to with `accumulate`. */
export function convInputGrad(
  dy: usize, n: usize, h: usize, w: usize, inputs: usize, filter: usize, kh: usize, kw: usize, outputs: usize,
  strideH: usize, strideW: usize, dilation: usize, padH: usize, padW: usize, dx: usize, accumulate: bool, scratch: usize,
): void {
  inputGrad(
    dy, extent(h, kh, strideH, dilation, padH), extent(w, kw, strideW, dilation, padW), n, h, w, inputs,
    filter, kh, kw, outputs, strideH, strideW, dilation, padH as isize, padW as isize, dx, accumulate, scratch,
  );
}

/** Bytes of scratch for {@link inputGrad}. */
export function inputGradBytes(
  outHeight: usize, outWidth: usize, inputs: usize, kh: usize, kw: usize, outputs: usize,
  strideH: usize, strideW: usize, dilation: usize,
): usize {
  return gradMatricesRoom(inputs, kh, kw, outputs, outWidth)
    + room(reach(outHeight, kh, strideH, dilation) * reach(outWidth, kw, strideW, dilation) * inputs);
}

/** {@link convInputGrad} with padding and outputs as in {@link filterGrad}. */
export function inputGrad(
  dy: usize, outHeight: usize, outWidth: usize, n: usize, h: usize, w: usize, inputs: usize,
  filter: usize, kh: usize, kw: usize, outputs: usize, strideH: usize, strideW: usize, dilation: usize,
  top: isize, left: isize, dx: usize, accumulate: bool, scratch: usize,
): void {
  const taps = run(kw, dilation);
  const row = taps * inputs;
  const rowStep = padded(row) << 2;
  const inside = changetype<Overlap>(align(scratch));
  const matrix = align(scratch) + 64;
  const tile = matrix + room(kh * kw * padded(inputs) * outputs) + room(kh * padded(kw * inputs) * outputs);
  const image = tile + room(outWidth * padded(kw * inputs));
  const pixel = inputs << 2;
  const height = reach(outHeight, kh, strideH, dilation);
  const width = reach(outWidth, kw, strideW, dilation);
  const pitch = width * pixel;
  const step = outputs << 2;
  overlap(inside, h, w, top, left, height, width, pixel);
  for (let t: usize = 0; t < (kh * kw) / taps; t++) {
    packTransposed(filter + t * row * step, row, outputs, matrix + t * outputs * rowStep);
  }
  if (!accumulate && (inside.rows < h || inside.columns < w)) clear(dx, n * h * w * pixel);
  for (let b: usize = 0; b < n; b++) {
    clear(image, height * pitch);
    for (let i: usize = 0; i < outHeight; i++) {
      let weights = matrix;
      for (let u: usize = 0; u < kh; u++) {
        for (let v: usize = 0; v < kw; v += taps) {
          gemm(outWidth, row, outputs, dy, step, weights, rowStep, tile, rowStep, 16, false);
          weights += outputs * rowStep;
          let to = image + (i * strideH + u * dilation) * pitch + v * dilation * pixel;
          for (let j: usize = 0; j < outWidth; j++, to += strideW * pixel) addNumbers(tile + j * rowStep, row, to);
        }
      }
      dy += outWidth * step;
    }
    let from = image + inside.image;
    let to = dx + inside.map;
    if (!accumulate) copyRows(from, pitch, to, w * pixel, inside.rows, inside.columns * pixel);
    else for (let i: usize = 0; i < inside.rows; i++, from += pitch, to += w * pixel) addNumbers(from, inside.columns * inputs, to);
    dx += h * w * pixel;
  }
}

/** y += x over n numbers. */
function addNumbers(x: usize, n: usize, y: usize): void {
  for (let e: usize = 0; e < n; e += 4) {
    const p = y + (e << 2);
    storePart(p, add<v128>(loadPart(p, n - e), loadPart(x + (e << 2), n - e)), n - e);
  }
}
