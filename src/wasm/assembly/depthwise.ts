import { mac, mac2, mac3 } from './lanes';
import { loadPart, padded, storePart } from './memory';

// Depthwise windows on channel planes. A window of stride s and dilation d visits columns s j + d v: with
// g = gcd(s, d), the outputs j, j + d/g, j + 2 d/g ... share taps that lie d pixels apart, s/g taps between
// neighbours. The frequent cases have bodies of their own, whose two numbers, the distance of taps and s/g, must be
// known to the compiler: they are passed as the sizes of types, i8 for 1 and i16 for 2.

// @ts-ignore: decorator
@inline
export function gcd(a: usize, b: usize): usize {
  while (b != 0) {
    const r = a % b;
    a = b;
    b = r;
  }
  return a;
}

/**
 * Copies some taps of a filter [kh, kw, C] to [ceil(C / 4)][rows][columns][4]: rows u0, u0 + du, ... and columns
 * v0, v0 + dv, ...; a negative step flips.
 */
export function packTaps(
  filter: usize, kw: usize, c: usize,
  u0: isize, du: isize, rows: usize, v0: isize, dv: isize, columns: usize, out: usize,
): void {
  for (let q: usize = 0; q < c; q += 4) {
    for (let u: usize = 0; u < rows; u++) {
      for (let v: usize = 0; v < columns; v++) {
        const tap = ((u0 + (u as isize) * du) as usize) * kw + ((v0 + (v as isize) * dv) as usize);
        v128.store(out, loadPart(filter + ((tap * c + q) << 2), c - q));
        out += 16;
      }
    }
  }
}

/** Adds sums [ceil(C / 4)][taps][4] to a filter gradient [taps, C]. */
export function unpackTaps(sums: usize, taps: usize, c: usize, out: usize): void {
  for (let q: usize = 0; q < c; q += 4) {
    for (let t: usize = 0; t < taps; t++) {
      const p = out + ((t * c + q) << 2);
      storePart(p, f32x4.add(loadPart(p, c - q), v128.load(sums)), c - q);
      sums += 16;
    }
  }
}

/** Rows of one or two taps next to each other, stride 1: what the adjoint of a stride of 2 leaves of a filter. */
// @ts-ignore: decorator
@inline
function rowsFew<Taps>(
  x: usize, taps: usize, kh: usize, tapRow: usize, xRow: usize,
  y: usize, yStep: usize, yRow: usize, rows: usize, cols: usize,
): void {
  const tapsEnd = taps + kh * (16 * sizeof<Taps>());
  const lastX = (cols - 4) << 4;
  const lastY = (cols - 4) * yStep;
  for (; rows != 0; rows--) {
    let xj = x;
    let yj = y;
    const xEnd = x + lastX;
    while (true) {
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let p = xj;
      for (let t = taps; t < tapsEnd; t += 16 * sizeof<Taps>()) {
        const w0 = v128.load(t);
        a0 = mac<v128>(a0, v128.load(p), w0);
        a1 = mac<v128>(a1, v128.load(p, 16), w0);
        a2 = mac<v128>(a2, v128.load(p, 32), w0);
        a3 = mac<v128>(a3, v128.load(p, 48), w0);
        if (sizeof<Taps>() == 2) {
          const w1 = v128.load(t, 16);
          a0 = mac<v128>(a0, v128.load(p, 16), w1);
          a1 = mac<v128>(a1, v128.load(p, 32), w1);
          a2 = mac<v128>(a2, v128.load(p, 48), w1);
          a3 = mac<v128>(a3, v128.load(p, 64), w1);
        }
        p += tapRow;
      }
      let out = yj;
      v128.store(out, a0);
      out += yStep;
      v128.store(out, a1);
      out += yStep;
      v128.store(out, a2);
      out += yStep;
      v128.store(out, a3);
      if (xj >= xEnd) break;
      xj += 64;
      yj += yStep << 2;
      if (xj > xEnd) {
        xj = xEnd;
        yj = y + lastY;
      }
    }
    x += xRow;
    y += yRow;
  }
}

// @ts-ignore: decorator
@inline
function rows3<Step, Stride>(
  x: usize, taps: usize, kh: usize, tapRow: usize, xRow: usize,
  y: usize, yStep: usize, yRow: usize, rows: usize, cols: usize,
): void {
  const tapsEnd = taps + kh * 48;
  const lastX = (cols - 4) * (16 * sizeof<Step>() * sizeof<Stride>());
  const lastY = (cols - 4) * yStep;
  for (; rows != 0; rows--) {
    let xj = x;
    let yj = y;
    const xEnd = x + lastX;
    while (true) {
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let p = xj;
      for (let t = taps; t < tapsEnd; t += 48) {
        const w0 = v128.load(t);
        const w1 = v128.load(t, 16);
        const w2 = v128.load(t, 32);
        a0 = mac3(a0, v128.load(p), w0, v128.load(p, 16 * sizeof<Step>()), w1, v128.load(p, 16 * sizeof<Step>() * (2)), w2);
        a1 = mac3(a1, v128.load(p, 16 * sizeof<Step>() * (sizeof<Stride>())), w0, v128.load(p, 16 * sizeof<Step>() * (sizeof<Stride>() + 1)), w1, v128.load(p, 16 * sizeof<Step>() * (sizeof<Stride>() + 2)), w2);
        a2 = mac3(a2, v128.load(p, 16 * sizeof<Step>() * (2 * sizeof<Stride>())), w0, v128.load(p, 16 * sizeof<Step>() * (2 * sizeof<Stride>() + 1)), w1, v128.load(p, 16 * sizeof<Step>() * (2 * sizeof<Stride>() + 2)), w2);
        a3 = mac3(a3, v128.load(p, 16 * sizeof<Step>() * (3 * sizeof<Stride>())), w0, v128.load(p, 16 * sizeof<Step>() * (3 * sizeof<Stride>() + 1)), w1, v128.load(p, 16 * sizeof<Step>() * (3 * sizeof<Stride>() + 2)), w2);
        p += tapRow;
      }
      let out = yj;
      v128.store(out, a0);
      out += yStep;
      v128.store(out, a1);
      out += yStep;
      v128.store(out, a2);
      out += yStep;
      v128.store(out, a3);
      if (xj >= xEnd) break;
      xj += 64 * sizeof<Step>() * sizeof<Stride>();
      yj += yStep << 2;
      if (xj > xEnd) {
        xj = xEnd;
        yj = y + lastY;
      }
    }
    x += xRow;
    y += yRow;
  }
}

/** Three taps of a row, then the other two: all five at once need more registers than there are. */
// @ts-ignore: decorator
@inline
function rows5<Step, Stride>(
  x: usize, taps: usize, kh: usize, tapRow: usize, xRow: usize,
  y: usize, yStep: usize, yRow: usize, rows: usize, cols: usize,
): void {
  const tapsEnd = taps + kh * 80;
  const lastX = (cols - 4) * (16 * sizeof<Step>() * sizeof<Stride>());
  const lastY = (cols - 4) * yStep;
  for (; rows != 0; rows--) {
    let xj = x;
    let yj = y;
    const xEnd = x + lastX;
    while (true) {
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let p = xj;
      for (let t = taps; t < tapsEnd; t += 80) {
        const w0 = v128.load(t);
        const w1 = v128.load(t, 16);
        const w2 = v128.load(t, 32);
        a0 = mac3(a0, v128.load(p), w0, v128.load(p, 16 * sizeof<Step>()), w1, v128.load(p, 16 * sizeof<Step>() * 2), w2);
        a1 = mac3(a1, v128.load(p, 16 * sizeof<Step>() * sizeof<Stride>()), w0, v128.load(p, 16 * sizeof<Step>() * (sizeof<Stride>() + 1)), w1, v128.load(p, 16 * sizeof<Step>() * (sizeof<Stride>() + 2)), w2);
        a2 = mac3(a2, v128.load(p, 16 * sizeof<Step>() * (2 * sizeof<Stride>())), w0, v128.load(p, 16 * sizeof<Step>() * (2 * sizeof<Stride>() + 1)), w1, v128.load(p, 16 * sizeof<Step>() * (2 * sizeof<Stride>() + 2)), w2);
        a3 = mac3(a3, v128.load(p, 16 * sizeof<Step>() * (3 * sizeof<Stride>())), w0, v128.load(p, 16 * sizeof<Step>() * (3 * sizeof<Stride>() + 1)), w1, v128.load(p, 16 * sizeof<Step>() * (3 * sizeof<Stride>() + 2)), w2);
        p += tapRow;
      }
      p = xj;
      for (let t = taps; t < tapsEnd; t += 80) {
        const w3 = v128.load(t, 48);
        const w4 = v128.load(t, 64);
        a0 = mac2(a0, v128.load(p, 16 * sizeof<Step>() * 3), w3, v128.load(p, 16 * sizeof<Step>() * 4), w4);
        a1 = mac2(a1, v128.load(p, 16 * sizeof<Step>() * (sizeof<Stride>() + 3)), w3, v128.load(p, 16 * sizeof<Step>() * (sizeof<Stride>() + 4)), w4);
        a2 = mac2(a2, v128.load(p, 16 * sizeof<Step>() * (2 * sizeof<Stride>() + 3)), w3, v128.load(p, 16 * sizeof<Step>() * (2 * sizeof<Stride>() + 4)), w4);
        a3 = mac2(a3, v128.load(p, 16 * sizeof<Step>() * (3 * sizeof<Stride>() + 3)), w3, v128.load(p, 16 * sizeof<Step>() * (3 * sizeof<Stride>() + 4)), w4);
        p += tapRow;
      }
      let out = yj;
      v128.store(out, a0);
      out += yStep;
      v128.store(out, a1);
      out += yStep;
      v128.store(out, a2);
      out += yStep;
      v128.store(out, a3);
      if (xj >= xEnd) break;
      xj += 64 * sizeof<Step>() * sizeof<Stride>();
      yj += yStep << 2;
      if (xj > xEnd) {
        xj = xEnd;
        yj = y + lastY;
      }
    }
    x += xRow;
    y += yRow;
  }
}

function rowsAny(
  step: usize, stride: usize,
  x: usize, taps: usize, kh: usize, kw: usize, tapRow: usize, xRow: usize,
  y: usize, yStep: usize, yRow: usize, rows: usize, cols: usize,
): void {
  const next = step * stride;
  for (; rows != 0; rows--) {
    let j: usize = 0;
    for (; j + 4 <= cols; j += 4) {
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let t = taps;
      for (let u: usize = 0; u < kh; u++) {
        let p = x + j * next + u * tapRow;
        for (let v: usize = 0; v < kw; v++) {
          const w = v128.load(t);
          t += 16;
          a0 = mac<v128>(a0, v128.load(p), w);
          a1 = mac<v128>(a1, v128.load(p + next), w);
          a2 = mac<v128>(a2, v128.load(p + 2 * next), w);
          a3 = mac<v128>(a3, v128.load(p + 3 * next), w);
          p += step;
        }
      }
      const out = y + j * yStep;
      v128.store(out, a0);
      v128.store(out + yStep, a1);
      v128.store(out + 2 * yStep, a2);
      v128.store(out + 3 * yStep, a3);
    }
    for (; j < cols; j++) {
      let a = f32x4.splat(0);
      let t = taps;
      for (let u: usize = 0; u < kh; u++) {
        let p = x + j * next + u * tapRow;
        for (let v: usize = 0; v < kw; v++) {
          a = mac<v128>(a, v128.load(p), v128.load(t));
          t += 16;
          p += step;
        }
      }
      v128.store(y + j * yStep, a);
    }
    x += xRow;
    y += yRow;
  }
}

/**
 * y[i, j] = sum over taps of x[strideH i + dilationH u, strideW j + dilationW v] * taps[u, v], all planes.
 *
 * `x`: the pixel that tap (0, 0) of output (0, 0) reads, in the first plane. `taps`: from {@link packTaps}.
 * `y`: `yStep` bytes between pixels, `yRow` between rows, vectors of a pixel next to each other.
 */
export function windows(
  x: usize, pitch: usize, plane: usize, planes: usize,
  taps: usize, kh: usize, kw: usize,
  strideH: usize, strideW: usize, dilationH: usize, dilationW: usize,
  y: usize, yStep: usize, yRow: usize, rows: usize, cols: usize,
): void {
  const g = gcd(strideW, dilationW);
  const groups = dilationW / g;
  const stride = strideW / g;
  const step = dilationW << 4;
  const tapRow = dilationH * pitch;
  const xRow = strideH * pitch;
  const yNext = yStep * groups;
  for (let q: usize = 0; q < planes; q++) {
    for (let p: usize = 0; p < groups && p < cols; p++) {
      const from = x + ((p * strideW) << 4);
      const to = y + p * yStep;
      const n = (cols - p + groups - 1) / groups;
      if (n >= 4 && kw == 3 && stride == 1 && step == 16) rows3<i8, i8>(from, taps, kh, tapRow, xRow, to, yNext, yRow, rows, n);
      else if (n >= 4 && kw == 3 && stride == 1 && step == 32) rows3<i16, i8>(from, taps, kh, tapRow, xRow, to, yNext, yRow, rows, n);
      else if (n >= 4 && kw == 3 && stride == 2 && step == 16) rows3<i8, i16>(from, taps, kh, tapRow, xRow, to, yNext, yRow, rows, n);
      else if (n >= 4 && kw == 5 && stride == 1 && step == 16) rows5<i8, i8>(from, taps, kh, tapRow, xRow, to, yNext, yRow, rows, n);
      else if (n >= 4 && kw == 5 && stride == 1 && step == 32) rows5<i16, i8>(from, taps, kh, tapRow, xRow, to, yNext, yRow, rows, n);
      else if (n >= 4 && kw == 5 && stride == 2 && step == 16) rows5<i8, i16>(from, taps, kh, tapRow, xRow, to, yNext, yRow, rows, n);
      else if (n >= 4 && kw == 2 && stride == 1 && step == 16) rowsFew<i16>(from, taps, kh, tapRow, xRow, to, yNext, yRow, rows, n);
      else if (n >= 4 && kw == 1 && stride == 1 && step == 16) rowsFew<i8>(from, taps, kh, tapRow, xRow, to, yNext, yRow, rows, n);
      else rowsAny(step, stride, from, taps, kh, kw, tapRow, xRow, to, yNext, yRow, rows, n);
    }
    x += plane;
    y += 16;
    taps += (kh * kw) << 4;
  }
}

// @ts-ignore: decorator
@inline
function grad3<Step, Stride, Group>(
  x: usize, xRow: usize, dy: usize, dyRow: usize, rows: usize, cols: usize, sums: usize,
): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  const width = cols * (16 * sizeof<Group>());
  for (; rows != 0; rows--) {
    let p = x;
    for (let d = dy, end = dy + width; d < end; d += 32 * sizeof<Group>()) {
      const d0 = v128.load(d);
      const d1 = v128.load(d, 16 * sizeof<Group>());
      let s0 = f32x4.mul(v128.load(p), d0);
      s0 = mac<v128>(s0, v128.load(p, 16 * sizeof<Step>() * (sizeof<Stride>())), d1);
      a0 = f32x4.add(a0, s0);
      let s1 = f32x4.mul(v128.load(p, 16 * sizeof<Step>()), d0);
      s1 = mac<v128>(s1, v128.load(p, 16 * sizeof<Step>() * (sizeof<Stride>() + 1)), d1);
      a1 = f32x4.add(a1, s1);
      let s2 = f32x4.mul(v128.load(p, 16 * sizeof<Step>() * (2)), d0);
      s2 = mac<v128>(s2, v128.load(p, 16 * sizeof<Step>() * (sizeof<Stride>() + 2)), d1);
      a2 = f32x4.add(a2, s2);
      p += 32 * sizeof<Step>() * sizeof<Stride>();
    }
    x += xRow;
    dy += dyRow;
  }
  v128.store(sums, f32x4.add(v128.load(sums), a0));
  v128.store(sums, f32x4.add(v128.load(sums, 16), a1), 16);
  v128.store(sums, f32x4.add(v128.load(sums, 32), a2), 32);
}

// @ts-ignore: decorator
@inline
function grad5<Step, Stride, Group>(
  x: usize, xRow: usize, dy: usize, dyRow: usize, rows: usize, cols: usize, sums: usize,
): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let a2 = f32x4.splat(0);
  let a3 = f32x4.splat(0);
  let a4 = f32x4.splat(0);
  const width = cols * (16 * sizeof<Group>());
  for (; rows != 0; rows--) {
    let p = x;
    for (let d = dy, end = dy + width; d < end; d += 32 * sizeof<Group>()) {
      const d0 = v128.load(d);
      const d1 = v128.load(d, 16 * sizeof<Group>());
      let s0 = f32x4.mul(v128.load(p), d0);
      s0 = mac<v128>(s0, v128.load(p, 16 * sizeof<Step>() * (sizeof<Stride>())), d1);
      a0 = f32x4.add(a0, s0);
      let s1 = f32x4.mul(v128.load(p, 16 * sizeof<Step>()), d0);
      s1 = mac<v128>(s1, v128.load(p, 16 * sizeof<Step>() * (sizeof<Stride>() + 1)), d1);
      a1 = f32x4.add(a1, s1);
      let s2 = f32x4.mul(v128.load(p, 16 * sizeof<Step>() * (2)), d0);
      s2 = mac<v128>(s2, v128.load(p, 16 * sizeof<Step>() * (sizeof<Stride>() + 2)), d1);
      a2 = f32x4.add(a2, s2);
      let s3 = f32x4.mul(v128.load(p, 16 * sizeof<Step>() * (3)), d0);
      s3 = mac<v128>(s3, v128.load(p, 16 * sizeof<Step>() * (sizeof<Stride>() + 3)), d1);
      a3 = f32x4.add(a3, s3);
      let s4 = f32x4.mul(v128.load(p, 16 * sizeof<Step>() * (4)), d0);
      s4 = mac<v128>(s4, v128.load(p, 16 * sizeof<Step>() * (sizeof<Stride>() + 4)), d1);
      a4 = f32x4.add(a4, s4);
      p += 32 * sizeof<Step>() * sizeof<Stride>();
    }
    x += xRow;
    dy += dyRow;
  }
  v128.store(sums, f32x4.add(v128.load(sums), a0));
  v128.store(sums, f32x4.add(v128.load(sums, 16), a1), 16);
  v128.store(sums, f32x4.add(v128.load(sums, 32), a2), 32);
  v128.store(sums, f32x4.add(v128.load(sums, 48), a3), 48);
  v128.store(sums, f32x4.add(v128.load(sums, 64), a4), 64);
}

function gradAny(
  x: usize, next: usize, xRow: usize, dy: usize, dyRow: usize, rows: usize, cols: usize, sum: usize,
): void {
  let a = f32x4.splat(0);
  for (; rows != 0; rows--) {
    let p = x;
    for (let d = dy, end = dy + (cols << 4); d < end; d += 16, p += next) a = mac<v128>(a, v128.load(p), v128.load(d));
    x += xRow;
    dy += dyRow;
  }
  v128.store(sum, f32x4.add(v128.load(sum), a));
}

/**
 * sums[u, v] += sum over outputs of x[strideH i + dilationH u, strideW j + dilationW v] * dy[i, j], all planes.
 *
 * `x` as for {@link windows}; `dy`: its pixel (0, 0), in planes with at least {@link GRAD_REACH} * dilation zero
 * columns to the right; `sums`: [planes][kh][kw][4].
 */
export function windowsGrad(
  x: usize, pitch: usize, plane: usize, planes: usize,
  dy: usize, dyPitch: usize, dyPlane: usize,
  kh: usize, kw: usize, strideH: usize, strideW: usize, dilationH: usize, dilationW: usize,
  rows: usize, cols: usize, sums: usize,
): void {
  const g = gcd(strideW, dilationW);
  const groups = dilationW / g;
  const stride = strideW / g;
  const step = dilationW << 4;
  const xRow = strideH * pitch;
  const special = (kw == 3 || kw == 5) && ((stride == 1 && (step == 16 || step == 32)) || (stride == 2 && step == 16));
  // A few rows at a time: x and dy stay in the first cache while the taps pass over them.
  const band: usize = max<usize>(1, 512 / (cols + kw));
  for (let i: usize = 0; i < rows; i += band) {
    const n = min(band, rows - i);
    const xBand = x + i * xRow;
    const dyBand = dy + i * dyPitch;
    let sum = sums;
    for (let q: usize = 0; q < planes; q++) {
      for (let u: usize = 0; u < kh; u++) {
        const xu = xBand + q * plane + u * dilationH * pitch;
        const dq = dyBand + q * dyPlane;
        if (special) {
          for (let p: usize = 0; p < groups && p < cols; p++) {
            const from = xu + ((p * strideW) << 4);
            const d = dq + (p << 4);
            const m = (cols - p + groups - 1) / groups;
            if (kw == 3) {
              if (stride == 2) grad3<i8, i16, i8>(from, xRow, d, dyPitch, n, m, sum);
              else if (step == 16) grad3<i8, i8, i8>(from, xRow, d, dyPitch, n, m, sum);
              else if (groups == 1) grad3<i16, i8, i8>(from, xRow, d, dyPitch, n, m, sum);
              else grad3<i16, i8, i16>(from, xRow, d, dyPitch, n, m, sum);
            } else {
              if (stride == 2) grad5<i8, i16, i8>(from, xRow, d, dyPitch, n, m, sum);
              else if (step == 16) grad5<i8, i8, i8>(from, xRow, d, dyPitch, n, m, sum);
              else if (groups == 1) grad5<i16, i8, i8>(from, xRow, d, dyPitch, n, m, sum);
              else grad5<i16, i8, i16>(from, xRow, d, dyPitch, n, m, sum);
            }
          }
        } else {
          for (let v: usize = 0; v < kw; v++) gradAny(xu + v * step, strideW << 4, xRow, dq, dyPitch, n, cols, sum + (v << 4));
        }
        sum += kw << 4;
      }
    }
  }
}

/** Zero columns per pixel of dilation that {@link windowsGrad} reads past a row of dy. */
// @ts-ignore: decorator
@inline
export const GRAD_REACH: usize = 1;
