import { gemm, gemmTransposed } from './gemm';
import { add, mul, sub } from './lanes';
import { room } from './memory';

// Winograd's F(2x2, 3x3) for convolutions of side 3 and stride 1 with one zero on each side, over maps of even sides and whole
// vectors of channels: Y = A^T [(G g G^T) o (B^T d B)] A for every 2x2 outputs, which read 4x4 inputs d. The sum over channels
// in the bracket is a matrix product of all 2x2 tiles for each of the 16 places, so that a tile takes 16 multiplications a
// pair of channels instead of 36. The gradient of the filter is G^T [(A dY A^T) o (B^T d B)] G, that of the input the same
// convolution of dY with the filter turned round. With
//
//       1  0 -1  0         1   0   0        1  0
// B^T = 0  1  1  0    G =  .5  .5  .5   A = 1  1
//       0 -1  1  0         .5 -.5  .5       1 -1
//       0 -1  0  1         0   0   1        0  1
//
// Images are [h + 2, w + 2, channels] with a border of zeros, as dense.ts makes them. Tiles are taken a few rows at a time; the
// 16 matrices of a group lie a cache line more than their size apart, lest they compete for one set of the cache.

/** Source: Lavin and Gray, "Fast algorithms for convolutional neural networks" (2016). */
// @ts-ignore: decorator
@inline
export function takesWinograd(h: usize, w: usize, inputs: usize, k: usize, outputs: usize): bool {
  return k == 3 && ((h | w) & 1) == 0 && ((inputs | outputs) & 3) == 0 && inputs >= 8 && outputs >= 8;
}

/** Numbers of a group's largest matrix. */
const GROUP: usize = 1024;

/** Rows of tiles that are taken together. */
// @ts-ignore: decorator
@inline
export function tileRows(h: usize, w: usize, channels: usize): usize {
  return min(h >> 1, max<usize>(1, GROUP / ((w >> 1) * channels)));
}

/** Bytes between the matrices [tiles, channels] of a group. */
// @ts-ignore: decorator
@inline
function placeStep(tiles: usize, channels: usize): usize {
  return room(tiles * channels) + 64;
}

/** Bytes of the rows that {@link enterTiles} makes on its way. */
// @ts-ignore: decorator
@inline
function rowsRoom(w: usize, channels: usize): usize {
  return room(4 * (w + 2) * channels);
}

/** Bytes of a group of `rows` rows of tiles, with what {@link enterTiles} needs. */
// @ts-ignore: decorator
@inline
export function groupRoom(rows: usize, w: usize, channels: usize): usize {
  return 16 * placeStep(rows * (w >> 1), channels) + rowsRoom(w, channels);
}

/** Bytes between the places of a filter. */
// @ts-ignore: decorator
@inline
function filterStep(inputs: usize, outputs: usize): usize {
  return room(inputs * outputs) + 64;
}

/** Bytes of a filter at its 16 places. */
// @ts-ignore: decorator
@inline
export function filterRoom(inputs: usize, outputs: usize): usize {
  return 16 * filterStep(inputs, outputs);
}

/** out[a, b] = (G g G^T)[a, b], 16 matrices [inputs, outputs], from a filter [3, 3, inputs, outputs]. */
export function enterFilter(filter: usize, inputs: usize, outputs: usize, out: usize): void {
  const bytes = (inputs * outputs) << 2;
  const place = filterStep(inputs, outputs);
  const half = f32x4.splat(0.5);
  for (let p: usize = 0; p < bytes; p += 16) {
    // Rows first, into the places of columns 0 to 2.
    for (let v: usize = 0; v < 3; v++) {
      const g = filter + v * bytes + p;
      const g0 = v128.load(g);
      const g1 = v128.load(g + 3 * bytes);
      const g2 = v128.load(g + 6 * bytes);
      const even = mul<v128>(half, add<v128>(g0, g2));
      const odd = mul<v128>(half, g1);
      const to = out + v * place + p;
      v128.store(to, g0);
      v128.store(to + 4 * place, add<v128>(even, odd));
      v128.store(to + 8 * place, sub<v128>(even, odd));
      v128.store(to + 12 * place, g2);
    }
    for (let a: usize = 0; a < 4; a++) {
      const to = out + 4 * a * place + p;
      const t0 = v128.load(to);
      const t2 = v128.load(to + 2 * place);
      const even = mul<v128>(half, add<v128>(t0, t2));
      const odd = mul<v128>(half, v128.load(to + place));
      v128.store(to + place, add<v128>(even, odd));
      v128.store(to + 2 * place, sub<v128>(even, odd));
      v128.store(to + 3 * place, t2);
    }
  }
}

/** Copies the transpose of B[k, n], both multiples of 4. */
function transpose(b: usize, k: usize, n: usize, out: usize): void {
  const from = n << 2;
  const to = k << 2;
  for (let i: usize = 0; i < k; i += 4) {
    for (let j: usize = 0; j < n; j += 4) {
      const p = b + i * from + (j << 2);
      const r0 = v128.load(p);
      const r1 = v128.load(p + from);
      const r2 = v128.load(p + 2 * from);
      const r3 = v128.load(p + 3 * from);
      const s0 = i8x16.shuffle(r0, r1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
      const s1 = i8x16.shuffle(r0, r1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
      const s2 = i8x16.shuffle(r2, r3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
      const s3 = i8x16.shuffle(r2, r3, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
      const o = out + j * to + (i << 2);
      v128.store(o, i8x16.shuffle(s0, s2, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
      v128.store(o + to, i8x16.shuffle(s0, s2, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
      v128.store(o + 2 * to, i8x16.shuffle(s1, s3, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
      v128.store(o + 3 * to, i8x16.shuffle(s1, s3, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
    }
  }
}

/**
 * The same for the convolution that gives the gradient of the input, 16 matrices [outputs, inputs]: turning g round exchanges
 * the first place with the last along both sides. `matrices` are those of {@link enterFilter}.
 */
export function turnFilter(matrices: usize, inputs: usize, outputs: usize, out: usize): void {
  const place = filterStep(inputs, outputs);
  for (let a: usize = 0; a < 4; a++) {
    for (let b: usize = 0; b < 4; b++) {
      const from = 4 * (a == 0 || a == 3 ? 3 - a : a) + (b == 0 || b == 3 ? 3 - b : b);
      transpose(matrices + from * place, inputs, outputs, out + (4 * a + b) * place);
    }
  }
}

/** dFilter += G^T s G, from 16 matrices [inputs, outputs], which are overwritten. */
export function leaveFilter(sums: usize, inputs: usize, outputs: usize, dFilter: usize): void {
  const bytes = (inputs * outputs) << 2;
  const place = filterStep(inputs, outputs);
  const half = f32x4.splat(0.5);
  for (let p: usize = 0; p < bytes; p += 16) {
    for (let b: usize = 0; b < 4; b++) {
      const s = sums + b * place + p;
      const s1 = v128.load(s + 4 * place);
      const s2 = v128.load(s + 8 * place);
      const both = mul<v128>(half, add<v128>(s1, s2));
      v128.store(s, add<v128>(v128.load(s), both));
      v128.store(s + 4 * place, mul<v128>(half, sub<v128>(s1, s2)));
      v128.store(s + 8 * place, add<v128>(v128.load(s + 12 * place), both));
    }
    for (let u: usize = 0; u < 3; u++) {
      const s = sums + 4 * u * place + p;
      const s1 = v128.load(s + place);
      const s2 = v128.load(s + 2 * place);
      const both = mul<v128>(half, add<v128>(s1, s2));
      let to = dFilter + 3 * u * bytes + p;
      v128.store(to, add<v128>(v128.load(to), add<v128>(v128.load(s), both)));
      to += bytes;
      v128.store(to, add<v128>(v128.load(to), mul<v128>(half, sub<v128>(s1, s2))));
      to += bytes;
      v128.store(to, add<v128>(v128.load(to), add<v128>(v128.load(s + 3 * place), both)));
    }
  }
}

/** Stores B^T d, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function storeInputs(to: usize, step: usize, d0: v128, d1: v128, d2: v128, d3: v128): void {
  v128.store(to, sub<v128>(d0, d2));
  v128.store(to + step, add<v128>(d1, d2));
  v128.store(to + 2 * step, sub<v128>(d2, d1));
  v128.store(to + 3 * step, sub<v128>(d3, d1));
}

/** The 16 matrices B^T d B of `rows` rows of tiles; `image`: the first pixel that they read; `scratch`: see {@link groupRoom}. */
export function enterTiles(image: usize, rows: usize, w: usize, c: usize, out: usize, scratch: usize): void {
  const pitch = ((w + 2) * c) << 2;
  const tiles = w >> 1;
  const place = placeStep(rows * tiles, c);
  const pixel = c << 2;
  for (let i: usize = 0; i < rows; i++) {
    for (let p: usize = 0; p < pitch; p += 16) {
      const d = image + p;
      const d0 = v128.load(d);
      const d1 = v128.load(d + pitch);
      const d2 = v128.load(d + 2 * pitch);
      const d3 = v128.load(d + 3 * pitch);
      storeInputs(scratch + p, pitch, d0, d1, d2, d3);
    }
    for (let a: usize = 0; a < 4; a++) {
      for (let q: usize = 0; q < pixel; q += 16) {
        let from = scratch + a * pitch + q;
        let t0 = v128.load(from);
        let t1 = v128.load(from + pixel);
        let to = out + 4 * a * place + q;
        for (const end = to + tiles * pixel; to < end; to += pixel) {
          from += 2 * pixel;
          const t2 = v128.load(from);
          const t3 = v128.load(from + pixel);
          storeInputs(to, place, t0, t1, t2, t3);
          t0 = t2;
          t1 = t3;
        }
      }
    }
    image += 2 * pitch;
    out += tiles * pixel;
  }
}

/** Stores A d, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function storeGradients(to: usize, step: usize, d0: v128, d1: v128): void {
  v128.store(to, d0);
  v128.store(to + step, add<v128>(d0, d1));
  v128.store(to + 2 * step, sub<v128>(d0, d1));
  v128.store(to + 3 * step, d1);
}

/** The 16 matrices A dY A^T of `rows` rows of tiles; `dy`: their first pixel, in an image with a border. */
function enterGradients(dy: usize, rows: usize, w: usize, c: usize, out: usize): void {
  const pitch = ((w + 2) * c) << 2;
  const tiles = w >> 1;
  const place = placeStep(rows * tiles, c);
  const pixel = c << 2;
  for (let i: usize = 0; i < rows; i++) {
    for (let q: usize = 0; q < pixel; q += 16) {
      let from = dy + q;
      let to = out + q;
      for (const end = to + tiles * pixel; to < end; to += pixel, from += 2 * pixel) {
        const d00 = v128.load(from);
        const d01 = v128.load(from + pixel);
        const d10 = v128.load(from + pitch);
        const d11 = v128.load(from + pitch + pixel);
        storeGradients(to, place, d00, d01);
        storeGradients(to + 4 * place, place, add<v128>(d00, d10), add<v128>(d01, d11));
        storeGradients(to + 8 * place, place, sub<v128>(d00, d10), sub<v128>(d01, d11));
        storeGradients(to + 12 * place, place, d10, d11);
      }
    }
    dy += 2 * pitch;
    out += tiles * pixel;
  }
}

/** y = A^T m A, rows [2 rows, w, c] next to each other. */
function leaveTiles(m: usize, rows: usize, w: usize, c: usize, y: usize): void {
  const tiles = w >> 1;
  const place = placeStep(rows * tiles, c);
  const pixel = c << 2;
  const pitch = w * pixel;
  for (let i: usize = 0; i < rows; i++) {
    for (let q: usize = 0; q < pixel; q += 16) {
      let to = y + q;
      let from = m + q;
      for (const end = from + tiles * pixel; from < end; from += pixel, to += 2 * pixel) {
        let p = from;
        let m1 = v128.load(p + place);
        let m2 = v128.load(p + 2 * place);
        let y00 = add<v128>(v128.load(p), add<v128>(m1, m2));
        let y01 = add<v128>(sub<v128>(m1, m2), v128.load(p + 3 * place));
        p += 4 * place;
        m1 = v128.load(p + place);
        m2 = v128.load(p + 2 * place);
        let y10 = add<v128>(v128.load(p), add<v128>(m1, m2));
        let y11 = add<v128>(sub<v128>(m1, m2), v128.load(p + 3 * place));
        y00 = add<v128>(y00, y10);
        y01 = add<v128>(y01, y11);
        p += 4 * place;
        m1 = v128.load(p + place);
        m2 = v128.load(p + 2 * place);
        let s0 = add<v128>(v128.load(p), add<v128>(m1, m2));
        let s1 = add<v128>(sub<v128>(m1, m2), v128.load(p + 3 * place));
        y00 = add<v128>(y00, s0);
        y01 = add<v128>(y01, s1);
        y10 = sub<v128>(y10, s0);
        y11 = sub<v128>(y11, s1);
        p += 4 * place;
        m1 = v128.load(p + place);
        m2 = v128.load(p + 2 * place);
        s0 = add<v128>(v128.load(p), add<v128>(m1, m2));
        s1 = add<v128>(sub<v128>(m1, m2), v128.load(p + 3 * place));
        y10 = add<v128>(y10, s0);
        y11 = add<v128>(y11, s1);
        v128.store(to, y00);
        v128.store(to + pixel, y01);
        v128.store(to + pitch, y10);
        v128.store(to + pitch + pixel, y11);
      }
    }
    m += tiles * pixel;
    y += 2 * pitch;
  }
}

/**
 * Rows [2 rows, w, outputs] of a convolution, from an image with a border; `matrices`: from {@link enterFilter} or
 * {@link turnFilter}; `group` and `products`: {@link groupRoom} of inputs and of outputs.
 */
export function convolveTiles(
  image: usize, rows: usize, w: usize, inputs: usize, matrices: usize, outputs: usize, y: usize, group: usize, products: usize,
): void {
  const tiles = rows * (w >> 1);
  const from = placeStep(tiles, inputs);
  const to = placeStep(tiles, outputs);
  const place = filterStep(inputs, outputs);
  enterTiles(image, rows, w, inputs, group, group + 16 * from);
  for (let t: usize = 0; t < 16; t++) {
    gemm(
      tiles, outputs, inputs, group + t * from, inputs << 2, matrices + t * place, outputs << 2,
      products + t * to, outputs << 2, 16, false,
    );
  }
  leaveTiles(products, rows, w, outputs, y);
}

/** sums += the gradient of the filter at its 16 places, from the first pixels of an image and of the gradient in another. */
export function correlateTiles(
  image: usize, dy: usize, rows: usize, w: usize, inputs: usize, outputs: usize, sums: usize, group: usize, gradients: usize,
): void {
  const tiles = rows * (w >> 1);
  const from = placeStep(tiles, inputs);
  const to = placeStep(tiles, outputs);
  const place = filterStep(inputs, outputs);
  enterTiles(image, rows, w, inputs, group, group + 16 * from);
  enterGradients(dy, rows, w, outputs, gradients);
  for (let t: usize = 0; t < 16; t++) {
    gemmTransposed(
      tiles, outputs, inputs, group + t * from, inputs << 2, gradients + t * to, outputs << 2, sums + t * place, outputs << 2,
    );
  }
}
