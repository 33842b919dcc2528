import { gemm, gemmTransposed, packMatrix, packTransposed } from './gemm';
import { add } from './lanes';
import { align, clear, loadPart, Nullable, padded, room, storePart } from './memory';
import { momentsTile } from './moments';

// Dense convolution of x [n, h, w, inputs] with filter [kh, kw, inputs, outputs]. On a zero-bordered image the values
// under one kernel row are neighbours in memory, so the convolution is kh matrix products whose rows overlap; no
// patches are copied. With dilation it is kh kw products.

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

/** Bytes of scratch for {@link convFilterGrad}. */
export function convFilterGradBytes(h: usize, w: usize, inputs: usize, padH: usize, padW: usize): usize {
  return 64 + imageRoom(h, w, inputs, padH, padW);
}

/** dFilter += the gradient of {@link convForward} with respect to the filter. */
export function convFilterGrad(
  dy: usize, x: usize, n: usize, h: usize, w: usize, inputs: usize, kh: usize, kw: usize, outputs: usize,
  strideH: usize, strideW: usize, dilation: usize, padH: usize, padW: usize, dFilter: usize, scratch: usize,
): void {
  const outHeight = extent(h, kh, strideH, dilation, padH);
  const outWidth = extent(w, kw, strideW, dilation, padW);
  const image = align(scratch);
  const pixel = inputs << 2;
  const pitch = (w + 2 * padW) * pixel;
  const step = outputs << 2;
  const taps = run(kw, dilation);
  clear(image, imageRoom(h, w, inputs, padH, padW));
  for (let b: usize = 0; b < n; b++) {
    copyRows(x, w * pixel, image + padH * pitch + padW * pixel, pitch, h, w * pixel);
    x += h * w * pixel;
    for (let i: usize = 0; i < outHeight; i++) {
      let out = dFilter;
      for (let u: usize = 0; u < kh; u++) {
        for (let v: usize = 0; v < kw; v += taps) {
          const from = image + (i * strideH + u * dilation) * pitch + v * dilation * pixel;
          gemmTransposed(outWidth, outputs, taps * inputs, from, strideW * pixel, dy, step, out, step);
          out += taps * inputs * step;
        }
      }
      dy += outWidth * step;
    }
  }
}

/** Bytes of scratch for {@link convInputGrad}. */
export function convInputGradBytes(
  h: usize, w: usize, inputs: usize, kh: usize, kw: usize, outputs: usize, strideW: usize, padH: usize, padW: usize,
): usize {
  const row = padded(kw * inputs);
  const outWidth = (w + 2 * padW) / strideW + 1;
  return 64 + room(kh * kw * padded(inputs) * outputs) + room(kh * row * outputs) + room(outWidth * row) + imageRoom(h, w, inputs, padH, padW);
}

/** dx = the gradient of {@link convForward} with respect to x; written, or added to with `accumulate`. */
export function convInputGrad(
  dy: usize, n: usize, h: usize, w: usize, inputs: usize, filter: usize, kh: usize, kw: usize, outputs: usize,
  strideH: usize, strideW: usize, dilation: usize, padH: usize, padW: usize, dx: usize, accumulate: bool, scratch: usize,
): void {
  const outHeight = extent(h, kh, strideH, dilation, padH);
  const outWidth = extent(w, kw, strideW, dilation, padW);
  const taps = run(kw, dilation);
  const row = taps * inputs;
  const rowStep = padded(row) << 2;
  const matrix = align(scratch);
  const tile = matrix + room(kh * kw * padded(inputs) * outputs) + room(kh * padded(kw * inputs) * outputs);
  const image = tile + room(outWidth * padded(kw * inputs));
  const pixel = inputs << 2;
  const pitch = (w + 2 * padW) * pixel;
  const step = outputs << 2;
  for (let t: usize = 0; t < (kh * kw) / taps; t++) {
    packTransposed(filter + t * row * step, row, outputs, matrix + t * outputs * rowStep);
  }
  for (let b: usize = 0; b < n; b++) {
    clear(image, imageRoom(h, w, inputs, padH, padW));
    for (let i: usize = 0; i < outHeight; i++) {
      let weights = matrix;
      for (let u: usize = 0; u < kh; u++) {
        for (let v: usize = 0; v < kw; v += taps) {
          gemm(outWidth, row, outputs, dy, step, weights, rowStep, tile, rowStep, 16, false);
          weights += outputs * rowStep;
          let to = image + (i * strideH + u * dilation) * pitch + v * dilation * pixel;
          for (let j: usize = 0; j < outWidth; j++, to += strideW * pixel) {
            for (let e: usize = 0; e < row; e += 4) {
              const p = to + (e << 2);
              const sum = add<v128>(loadPart(p, row - e), v128.load(tile + j * rowStep + (e << 2)));
              storePart(p, sum, row - e);
            }
          }
        }
      }
      dy += outWidth * step;
    }
    let from = image + padH * pitch + padW * pixel;
    for (let i: usize = 0; i < h; i++, from += pitch) {
      if (accumulate) {
        for (let e: usize = 0; e < w * inputs; e += 4) {
          const p = dx + (e << 2);
          const count = w * inputs - e;
          storePart(p, add<v128>(loadPart(p, count), loadPart(from + (e << 2), count)), count);
        }
      } else memory.copy(dx, from, w * pixel);
      dx += w * pixel;
    }
  }
}
