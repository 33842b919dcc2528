import { finish } from './finish';
import { settle } from './gate';
import { gemm, gemmTransposed, packMatrix, packTransposed } from './gemm';
import { align, clear, loadPart, Nullable, padded, room, storePart } from './memory';
import { momentsTile } from './moments';
import { normGrad } from './norm';
import {
  convolveTiles, correlateTiles, enterFilter, filterRoom, groupRoom, leaveFilter, takesWinograd, tileRows, turnFilter,
} from './winograd';

// ReLU and dense convolution of odd side k at stride 1, with k / 2 zeros on each side, as one pass over each image:
// x [n, h, w, inputs], filter [k, k, inputs, outputs], z [n, h, w, outputs]. An image is copied once, rectified, into one with
// a border of zeros, where the pixels under a row of the kernel are neighbours in memory: k matrix products a row, whose rows
// overlap. The gradient of the input is the same convolution of the gradient of z with the filter turned round. To a pointwise
// convolution, k = 1, the pixels of all images are one row, which it takes in parts as long as a tile. A convolution of side 3 goes
// by winograd.ts where that can do it.

/** Pixels a tile, so that it shares the first cache with what it is multiplied by. */
const TILE: usize = 64;

// @ts-ignore: decorator
@inline
function imageRoom(h: usize, w: usize, c: usize, k: usize): usize {
  return room((k == 1 ? max(TILE, h * w) : (h + k - 1) * (w + k - 1)) * c);
}

/** The longest part of at most a tile that some pixels divide into; 0 if all are short. */
function partOf(pixels: usize): usize {
  let part = TILE;
  while (pixels % part != 0) part--;
  return part >= TILE / 4 ? part : 0;
}

/** Rows of an image without a border that make up a tile; of one with a border, a row. */
// @ts-ignore: decorator
@inline
function bandOf(h: usize, w: usize, k: usize): usize {
  return k == 1 ? min(h, max<usize>(1, TILE / w)) : 1;
}

/** Copies an image into the interior of one with a border: each value v becomes (v - mean) gain + offset, then max(v, 0). */
function enter(
  x: usize, h: usize, w: usize, c: usize, k: usize, mean: Nullable, gain: Nullable, offset: Nullable, rectify: bool, image: usize,
): void {
  const floor = f32x4.splat(rectify ? 0 : -Infinity);
  const pitch = ((w + k - 1) * c) << 2;
  const row = (w * c) << 2;
  image += (k >> 1) * (pitch + (c << 2));
  for (let i: usize = 0; i < h; i++, x += row, image += pitch) {
    if (gain == 0) {
      let p: usize = 0;
      for (const end = row & ~15; p < end; p += 16) v128.store(image + p, f32x4.pmax(v128.load(x + p), floor));
      if (p < row) storePart(image + p, f32x4.pmax(loadPart(x + p, (row - p) >> 2), floor), (row - p) >> 2);
      continue;
    }
    for (let q: usize = 0; q < c; q += 4) {
      const at = q << 2;
      const count = c - q;
      const m = loadPart(mean + at, count);
      const g = loadPart(gain + at, count);
      const o = offset != 0 ? loadPart(offset + at, count) : f32x4.splat(0);
      for (let p = at, end = at + row; p < end; p += c << 2) {
        const y = f32x4.add(f32x4.mul(f32x4.sub(loadPart(x + p, count), m), g), o);
        storePart(image + p, f32x4.pmax(y, floor), count);
      }
    }
  }
}

/** Bytes of a filter as a matrix of whole vectors a row, which one of whole vectors is already. */
// @ts-ignore: decorator
@inline
function matrixRoom(inputs: usize, k: usize, outputs: usize): usize {
  return padded(outputs) == outputs ? 0 : room(k * k * inputs * padded(outputs));
}

/** Bytes of scratch for {@link denseForward}. */
export function denseForwardBytes(h: usize, w: usize, inputs: usize, k: usize, outputs: usize): usize {
  if (takesWinograd(h, w, inputs, k, outputs)) {
    const rows = tileRows(h, w, max(inputs, outputs));
    return 64 + filterRoom(inputs, outputs) + imageRoom(h, w, inputs, k) + groupRoom(rows, w, inputs) + groupRoom(rows, w, outputs);
  }
  return 64 + matrixRoom(inputs, k, outputs) + imageRoom(h, w, inputs, k);
}

/**
 * z = conv(f(x)), where f is the identity, an affine map per channel (`gain` not null) and a ReLU (`rectify`), in this order.
 * With `state` not null also the moments of z (see moments.ts). `bias`, `positive`, `six`: see {@link finish}.
 */
export function denseForward(
  x: usize, n: usize, h: usize, w: usize, inputs: usize, mean: Nullable, gain: Nullable, offset: Nullable, rectify: bool,
  filter: usize, k: usize, outputs: usize, z: usize, state: Nullable, bias: Nullable, positive: bool, six: bool, scratch: usize,
): void {
  if (takesWinograd(h, w, inputs, k, outputs)) {
    forwardInTiles(
      x, n, h, w, inputs, mean, gain, offset, rectify, filter, outputs, z, state, bias, positive, six, align(scratch),
    );
    return;
  }
  const packed = align(scratch);
  const image = packed + matrixRoom(inputs, k, outputs);
  const matrix = image == packed ? filter : packed;
  clear(image, imageRoom(h, w, inputs, k));
  const part = k == 1 ? partOf(n * h * w) : 0;
  if (part != 0) {
    n = (n * h * w) / part;
    h = 1;
    w = part;
  }
  const ldb = padded(outputs) << 2;
  const pixel = inputs << 2;
  const pitch = (w + k - 1) * pixel;
  const step = outputs << 2;
  const band = bandOf(h, w, k);
  if (matrix != filter) packMatrix(filter, k * k * inputs, outputs, matrix);
  const direct = k == 1 && gain == 0 && !rectify;
  for (let b: usize = 0; b < n; b++) {
    if (!direct) enter(x, h, w, inputs, k, mean, gain, offset, rectify, image);
    const from = direct ? x : image;
    for (let i: usize = 0; i < h; i += band) {
      const m = min(band, h - i) * w;
      for (let u: usize = 0; u < k; u++) {
        gemm(m, outputs, k * inputs, from + (i + u) * pitch, pixel, matrix + u * k * inputs * ldb, ldb, z, step, 16, u != 0);
      }
      finish(z, m, outputs, bias, positive, six);
      if (state != 0) momentsTile(state, outputs, z, m, step, b == 0 && i == 0);
      z += m * step;
    }
    x += h * w * pixel;
  }
}

/** {@link denseForward} by Winograd's transform. */
function forwardInTiles(
  x: usize, n: usize, h: usize, w: usize, inputs: usize, mean: Nullable, gain: Nullable, offset: Nullable, rectify: bool,
  filter: usize, outputs: usize, z: usize, state: Nullable, bias: Nullable, positive: bool, six: bool, matrices: usize,
): void {
  const rows = tileRows(h, w, max(inputs, outputs));
  const image = matrices + filterRoom(inputs, outputs);
  const group = image + imageRoom(h, w, inputs, 3);
  const products = group + groupRoom(rows, w, inputs);
  const step = (w * outputs) << 2;
  enterFilter(filter, inputs, outputs, matrices);
  clear(image, imageRoom(h, w, inputs, 3));
  for (let b: usize = 0; b < n; b++) {
    enter(x, h, w, inputs, 3, mean, gain, offset, rectify, image);
    x += (h * w * inputs) << 2;
    for (let i: usize = 0; i < h; i += 2 * rows) {
      const some = min(rows, (h - i) >> 1);
      convolveTiles(image + ((i * (w + 2) * inputs) << 2), some, w, inputs, matrices, outputs, z, group, products);
      finish(z, 2 * some * w, outputs, bias, positive, six);
      if (state != 0) {
        for (let r: usize = 0; r < 2 * some; r++) {
          momentsTile(state, outputs, z + r * step, w, outputs << 2, b == 0 && i == 0 && r == 0);
        }
      }
      z += 2 * some * step;
    }
  }
}

/** Bytes of scratch for {@link denseBackward}. */
export function denseBackwardBytes(h: usize, w: usize, inputs: usize, k: usize, outputs: usize): usize {
  if (takesWinograd(h, w, inputs, k, outputs)) {
    const rows = tileRows(h, w, max(inputs, outputs));
    return 64 + 3 * filterRoom(inputs, outputs) + imageRoom(h, w, inputs, 3) + imageRoom(h, w, outputs, 3)
      + groupRoom(rows, w, inputs) + groupRoom(rows, w, outputs) + room(2 * rows * w * inputs);
  }
  return 64 + room(k * k * padded(inputs) * outputs) + room(max(TILE, bandOf(h, w, k) * w) * padded(inputs))
    + imageRoom(h, w, inputs, k) + imageRoom(h, w, outputs, k);
}

/**
 * The gradients of {@link denseForward}, for the same x, mean, gain, offset and rectify.
 *
 * The gradient of z is `dy`, or, with `a` not null, a dy + b (z - zMean) + d per channel. Each of the results may be null:
 * `dFilter` (added to) and `dx` (written, or added to with `accumulate`). `sums`: see {@link settle}.
 */
export function denseBackward(
  dy: usize, z: Nullable, zMean: Nullable, a: Nullable, b: Nullable, d: Nullable,
  x: Nullable, n: usize, h: usize, w: usize, inputs: usize, mean: Nullable, gain: Nullable, offset: Nullable, rectify: bool,
  filter: Nullable, k: usize, outputs: usize,
  dFilter: Nullable, dx: Nullable, accumulate: bool, sums: Nullable, scratch: usize,
): void {
  if (takesWinograd(h, w, inputs, k, outputs)) {
    backwardInTiles(
      dy, z, zMean, a, b, d, x, n, h, w, inputs, mean, gain, offset, rectify, filter, outputs,
      dFilter, dx, accumulate, sums, align(scratch),
    );
    return;
  }
  const ip = padded(inputs);
  const matrix = align(scratch);
  const tile = matrix + room(k * k * ip * outputs);
  const image = tile + room(max(TILE, bandOf(h, w, k) * w) * ip);
  const gradImage = image + imageRoom(h, w, inputs, k);
  if (dFilter != 0) clear(image, imageRoom(h, w, inputs, k));
  clear(gradImage, imageRoom(h, w, outputs, k));
  const part = k == 1 ? partOf(n * h * w) : 0;
  if (part != 0) {
    n = (n * h * w) / part;
    h = 1;
    w = part;
  }
  const band = bandOf(h, w, k);
  const pixel = inputs << 2;
  const step = outputs << 2;
  const wide = w + k - 1;
  const interior = gradImage + (k >> 1) * (wide + 1) * step;
  const straight = dx != 0 && !rectify && !accumulate && sums == 0 && ip == inputs;
  // Rows that are multiplied at once: the zeros between them add nothing.
  const group = min(h, max<usize>(1, TILE / w));
  if (dx != 0) {
    for (let t: usize = 0; t < k * k; t++) {
      packTransposed(filter + (k * k - 1 - t) * pixel * outputs, inputs, outputs, matrix + t * outputs * (ip << 2));
    }
  }
  for (let q: usize = 0; q < n; q++) {
    if (dFilter != 0) enter(x, h, w, inputs, k, mean, gain, offset, rectify, image);
    for (let i: usize = 0; i < h; i++) {
      const to = interior + i * wide * step;
      if (a != 0) {
        normGrad(dy, z, step, w, outputs, zMean, a, b, d, to);
        z += w * step;
      } else memory.copy(to, dy, w * step);
      dy += w * step;
    }
    if (dFilter != 0) {
      for (let i: usize = 0; i < h; i += group) {
        const m = (min(group, h - i) - 1) * wide + w;
        for (let u: usize = 0; u < k; u++) {
          gemmTransposed(
            m, outputs, k * inputs, image + (i + u) * wide * pixel, pixel, interior + i * wide * step, step,
            dFilter + u * k * inputs * step, step,
          );
        }
      }
    }
    if (dx != 0) {
      for (let i: usize = 0; i < h; i += band) {
        const m = min(band, h - i) * w;
        const at = i * w * pixel;
        const out = straight ? dx + at : tile;
        for (let u: usize = 0; u < k; u++) {
          gemm(
            m, ip, k * outputs, gradImage + (i + u) * wide * step, step, matrix + u * k * outputs * (ip << 2), ip << 2,
            out, ip << 2, 16, u != 0,
          );
        }
        if (!straight) settle(tile, dx + at, m, inputs, x + at, mean, gain, offset, rectify, accumulate, sums);
      }
      dx += h * w * pixel;
    }
    x += h * w * pixel;
  }
}

/** {@link denseBackward} by Winograd's transform. */
function backwardInTiles(
  dy: usize, z: Nullable, zMean: Nullable, a: Nullable, b: Nullable, d: Nullable,
  x: Nullable, n: usize, h: usize, w: usize, inputs: usize, mean: Nullable, gain: Nullable, offset: Nullable, rectify: bool,
  filter: Nullable, outputs: usize,
  dFilter: Nullable, dx: Nullable, accumulate: bool, sums: Nullable, matrices: usize,
): void {
  const rows = tileRows(h, w, max(inputs, outputs));
  const turned = matrices + filterRoom(inputs, outputs);
  const filterSums = turned + filterRoom(inputs, outputs);
  const image = filterSums + filterRoom(inputs, outputs);
  const gradImage = image + imageRoom(h, w, inputs, 3);
  const group = gradImage + imageRoom(h, w, outputs, 3);
  const gradGroup = group + groupRoom(rows, w, inputs);
  const tile = gradGroup + groupRoom(rows, w, outputs);
  const row = (w * inputs) << 2;
  const gradRow = (w * outputs) << 2;
  const pitch = ((w + 2) * inputs) << 2;
  const gradPitch = ((w + 2) * outputs) << 2;
  const interior = gradPitch + (outputs << 2);
  const straight = dx != 0 && !rectify && !accumulate && sums == 0;
  clear(gradImage, imageRoom(h, w, outputs, 3));
  if (dFilter != 0) {
    clear(image, imageRoom(h, w, inputs, 3));
    clear(filterSums, filterRoom(inputs, outputs));
  }
  if (dx != 0) {
    enterFilter(filter, inputs, outputs, matrices);
    turnFilter(matrices, inputs, outputs, turned);
  }
  for (let q: usize = 0; q < n; q++) {
    if (dFilter != 0) enter(x, h, w, inputs, 3, mean, gain, offset, rectify, image);
    for (let i: usize = 0; i < h; i++) {
      const to = gradImage + i * gradPitch + interior;
      if (a != 0) {
        normGrad(dy, z, outputs << 2, w, outputs, zMean, a, b, d, to);
        z += gradRow;
      } else memory.copy(to, dy, gradRow);
      dy += gradRow;
    }
    for (let i: usize = 0; i < h; i += 2 * rows) {
      const some = min(rows, (h - i) >> 1);
      const from = gradImage + i * gradPitch;
      if (dFilter != 0) {
        correlateTiles(image + i * pitch, from + interior, some, w, inputs, outputs, filterSums, group, gradGroup);
      }
      if (dx != 0) {
        const at = i * row;
        const out = straight ? dx + at : tile;
        convolveTiles(from, some, w, outputs, turned, inputs, out, gradGroup, group);
        if (!straight) settle(tile, dx + at, 2 * some * w, inputs, x + at, mean, gain, offset, rectify, accumulate, sums);
      }
    }
    if (dx != 0) dx += h * row;
    x += h * row;
  }
  if (dFilter != 0) leaveFilter(filterSums, inputs, outputs, dFilter);
}
