import { add, loadSplat, mac, splat } from './lanes';
import { loadPart, padded, storePart } from './memory';

// Matrix products of row-major float32 matrices. The engine hoists every load of a loop body above its arithmetic and
// has 15 vector registers, so a body holds 2 x 4 sums: one more row or column spills and costs a third of the speed.

/** Copies B[k, n] to rows of padded(n) numbers, zeros in the extra columns. */
export function packMatrix(b: usize, k: usize, n: usize, out: usize): void {
  for (let i: usize = 0; i < k; i++) {
    for (let j: usize = 0; j < n; j += 4) {
      v128.store(out, loadPart(b + (j << 2), n - j));
      out += 16;
    }
    b += n << 2;
  }
}

/** Copies the transpose of B[k, n]: n rows of padded(k) numbers, zeros in the extra columns. */
export function packTransposed(b: usize, k: usize, n: usize, out: usize): void {
  const columns = padded(k);
  for (let j: usize = 0; j < n; j++) {
    for (let i: usize = 0; i < columns; i++) {
      store<f32>(out, i < k ? load<f32>(b + ((i * n + j) << 2)) : 0);
      out += 4;
    }
  }
}

// @ts-ignore: decorator
@inline
function rows2x4(k: usize, a0: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, cq: usize, accumulate: bool): void {
  const end = a0 + (k << 2);
  let a1 = a0 + lda;
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c02 = c00;
  let c03 = c00;
  let c10 = c00;
  let c11 = c00;
  let c12 = c00;
  let c13 = c00;
  while (a0 < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    const b3 = v128.load(b, 48);
    b += ldb;
    const s0 = v128.load32_splat(a0);
    a0 += 4;
    c00 = mac<v128>(c00, s0, b0);
    c01 = mac<v128>(c01, s0, b1);
    c02 = mac<v128>(c02, s0, b2);
    c03 = mac<v128>(c03, s0, b3);
    const s1 = v128.load32_splat(a1);
    a1 += 4;
    c10 = mac<v128>(c10, s1, b0);
    c11 = mac<v128>(c11, s1, b1);
    c12 = mac<v128>(c12, s1, b2);
    c13 = mac<v128>(c13, s1, b3);
  }
  if (accumulate) {
    let p = c;
    v128.store(p, add<v128>(v128.load(p), c00));
    p += cq;
    v128.store(p, add<v128>(v128.load(p), c01));
    p += cq;
    v128.store(p, add<v128>(v128.load(p), c02));
    p += cq;
    v128.store(p, add<v128>(v128.load(p), c03));
    p = c + ldc;
    v128.store(p, add<v128>(v128.load(p), c10));
    p += cq;
    v128.store(p, add<v128>(v128.load(p), c11));
    p += cq;
    v128.store(p, add<v128>(v128.load(p), c12));
    p += cq;
    v128.store(p, add<v128>(v128.load(p), c13));
  } else {
    let p = c;
    v128.store(p, c00);
    p += cq;
    v128.store(p, c01);
    p += cq;
    v128.store(p, c02);
    p += cq;
    v128.store(p, c03);
    p = c + ldc;
    v128.store(p, c10);
    p += cq;
    v128.store(p, c11);
    p += cq;
    v128.store(p, c12);
    p += cq;
    v128.store(p, c13);
  }
}

// @ts-ignore: decorator
@inline
function row1x4(k: usize, a: usize, b: usize, ldb: usize, c: usize, cq: usize, accumulate: bool): void {
  let c0 = f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  for (const end = a + (k << 2); a < end; a += 4) {
    const s = v128.load32_splat(a);
    c0 = mac<v128>(c0, s, v128.load(b));
    c1 = mac<v128>(c1, s, v128.load(b, 16));
    c2 = mac<v128>(c2, s, v128.load(b, 32));
    c3 = mac<v128>(c3, s, v128.load(b, 48));
    b += ldb;
  }
  if (accumulate) {
    c0 = add<v128>(v128.load(c), c0);
    c1 = add<v128>(v128.load(c + cq), c1);
    c2 = add<v128>(v128.load(c + 2 * cq), c2);
    c3 = add<v128>(v128.load(c + 3 * cq), c3);
  }
  v128.store(c, c0);
  v128.store(c + cq, c1);
  v128.store(c + 2 * cq, c2);
  v128.store(c + 3 * cq, c3);
}

// @ts-ignore: decorator
@inline
function put(p: usize, value: v128, count: usize, accumulate: bool): void {
  storePart(p, accumulate ? add<v128>(loadPart(p, count), value) : value, count);
}

// @ts-ignore: decorator
@inline
function rows4x1(k: usize, a0: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, count: usize, accumulate: bool): void {
  const end = a0 + (k << 2);
  let a1 = a0 + lda;
  let a2 = a1 + lda;
  let a3 = a2 + lda;
  let c0 = f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  while (a0 < end) {
    const b0 = v128.load(b);
    b += ldb;
    c0 = mac<v128>(c0, v128.load32_splat(a0), b0);
    a0 += 4;
    c1 = mac<v128>(c1, v128.load32_splat(a1), b0);
    a1 += 4;
    c2 = mac<v128>(c2, v128.load32_splat(a2), b0);
    a2 += 4;
    c3 = mac<v128>(c3, v128.load32_splat(a3), b0);
    a3 += 4;
  }
  put(c, c0, count, accumulate);
  put(c + ldc, c1, count, accumulate);
  put(c + 2 * ldc, c2, count, accumulate);
  put(c + 3 * ldc, c3, count, accumulate);
}

// @ts-ignore: decorator
@inline
function row1x1(k: usize, a: usize, b: usize, ldb: usize, c: usize, count: usize, accumulate: bool): void {
  let c0 = f32x4.splat(0);
  for (const end = a + (k << 2); a < end; a += 4) {
    c0 = mac<v128>(c0, v128.load32_splat(a), v128.load(b));
    b += ldb;
  }
  put(c, c0, count, accumulate);
}

/**
 * C[m, n] (+)= A[m, k] B[k, n].
 *
 * `lda`, `ldb`, `ldc`: bytes between rows; `cq`: bytes between the vectors of a row of C (16 for a plain matrix, a
 * plane for channel planes). B must come from {@link packMatrix} or {@link packTransposed}.
 */
export function gemm(
  m: usize, n: usize, k: usize,
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, cq: usize,
  accumulate: bool,
): void {
  let j: usize = 0;
  for (; j + 16 <= n; j += 16) {
    let ai = a;
    let ci = c;
    let i: usize = 0;
    for (; i + 2 <= m; i += 2) {
      rows2x4(k, ai, lda, b, ldb, ci, ldc, cq, accumulate);
      ai += lda << 1;
      ci += ldc << 1;
    }
    if (i < m) row1x4(k, ai, b, ldb, ci, cq, accumulate);
    b += 64;
    c += cq << 2;
  }
  for (; j < n; j += 4) {
    const count = n - j;
    let ai = a;
    let ci = c;
    let i: usize = 0;
    for (; i + 4 <= m; i += 4) {
      rows4x1(k, ai, lda, b, ldb, ci, ldc, count, accumulate);
      ai += lda << 2;
      ci += ldc << 2;
    }
    for (; i < m; i++) {
      row1x1(k, ai, b, ldb, ci, count, accumulate);
      ai += lda;
      ci += ldc;
    }
    b += 16;
    c += cq;
  }
}

// @ts-ignore: decorator
@inline
function outer2x4(m: usize, a: usize, lda: usize, d: usize, ldd: usize, c: usize, ldc: usize): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c02 = c00;
  let c03 = c00;
  let c10 = c00;
  let c11 = c00;
  let c12 = c00;
  let c13 = c00;
  for (; m != 0; m--) {
    const d0 = v128.load(d);
    const d1 = v128.load(d, 16);
    const d2 = v128.load(d, 32);
    const d3 = v128.load(d, 48);
    d += ldd;
    const s0 = v128.load32_splat(a);
    c00 = mac<v128>(c00, s0, d0);
    c01 = mac<v128>(c01, s0, d1);
    c02 = mac<v128>(c02, s0, d2);
    c03 = mac<v128>(c03, s0, d3);
    const s1 = v128.load32_splat(a, 4);
    a += lda;
    c10 = mac<v128>(c10, s1, d0);
    c11 = mac<v128>(c11, s1, d1);
    c12 = mac<v128>(c12, s1, d2);
    c13 = mac<v128>(c13, s1, d3);
  }
  v128.store(c, add<v128>(v128.load(c), c00));
  v128.store(c, add<v128>(v128.load(c, 16), c01), 16);
  v128.store(c, add<v128>(v128.load(c, 32), c02), 32);
  v128.store(c, add<v128>(v128.load(c, 48), c03), 48);
  c += ldc;
  v128.store(c, add<v128>(v128.load(c), c10));
  v128.store(c, add<v128>(v128.load(c, 16), c11), 16);
  v128.store(c, add<v128>(v128.load(c, 32), c12), 32);
  v128.store(c, add<v128>(v128.load(c, 48), c13), 48);
}

// @ts-ignore: decorator
@inline
function outer1x4(m: usize, a: usize, lda: usize, d: usize, ldd: usize, c: usize): void {
  let c0 = f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  for (; m != 0; m--) {
    const s = v128.load32_splat(a);
    c0 = mac<v128>(c0, s, v128.load(d));
    c1 = mac<v128>(c1, s, v128.load(d, 16));
    c2 = mac<v128>(c2, s, v128.load(d, 32));
    c3 = mac<v128>(c3, s, v128.load(d, 48));
    a += lda;
    d += ldd;
  }
  v128.store(c, add<v128>(v128.load(c), c0));
  v128.store(c, add<v128>(v128.load(c, 16), c1), 16);
  v128.store(c, add<v128>(v128.load(c, 32), c2), 32);
  v128.store(c, add<v128>(v128.load(c, 48), c3), 48);
}

// @ts-ignore: decorator
@inline
function outer4x1<T>(m: usize, a: usize, lda: usize, d: usize, ldd: usize, c: usize, ldc: usize): void {
  let c0 = splat<T>(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  for (; m != 0; m--) {
    const d0 = load<T>(d);
    d += ldd;
    c0 = mac<T>(c0, loadSplat<T>(a), d0);
    c1 = mac<T>(c1, loadSplat<T>(a + 4), d0);
    c2 = mac<T>(c2, loadSplat<T>(a + 8), d0);
    c3 = mac<T>(c3, loadSplat<T>(a + 12), d0);
    a += lda;
  }
  store<T>(c, add<T>(load<T>(c), c0));
  c += ldc;
  store<T>(c, add<T>(load<T>(c), c1));
  c += ldc;
  store<T>(c, add<T>(load<T>(c), c2));
  c += ldc;
  store<T>(c, add<T>(load<T>(c), c3));
}

// @ts-ignore: decorator
@inline
function outer1x1<T>(m: usize, a: usize, lda: usize, d: usize, ldd: usize, c: usize): void {
  let c0 = splat<T>(0);
  for (; m != 0; m--) {
    c0 = mac<T>(c0, loadSplat<T>(a), load<T>(d));
    a += lda;
    d += ldd;
  }
  store<T>(c, add<T>(load<T>(c), c0));
}

// @ts-ignore: decorator
@inline
function column<T>(m: usize, k: usize, a: usize, lda: usize, d: usize, ldd: usize, c: usize, ldc: usize): void {
  let i: usize = 0;
  for (; i + 4 <= k; i += 4) outer4x1<T>(m, a + (i << 2), lda, d, ldd, c + i * ldc, ldc);
  for (; i < k; i++) outer1x1<T>(m, a + (i << 2), lda, d, ldd, c + i * ldc);
}

/** C[k, n] += A[m, k]^T D[m, n]; `ldc` bytes between the rows of C. A and D should fit the first cache together. */
export function gemmTransposed(
  m: usize, n: usize, k: usize,
  a: usize, lda: usize, d: usize, ldd: usize, c: usize, ldc: usize,
): void {
  let j: usize = 0;
  for (; j + 16 <= n; j += 16) {
    let i: usize = 0;
    for (; i + 2 <= k; i += 2) outer2x4(m, a + (i << 2), lda, d, ldd, c + i * ldc, ldc);
    if (i < k) outer1x4(m, a + (i << 2), lda, d, ldd, c + i * ldc);
    d += 64;
    c += 64;
  }
  for (; j + 4 <= n; j += 4) {
    column<v128>(m, k, a, lda, d, ldd, c, ldc);
    d += 16;
    c += 16;
  }
  for (; j < n; j++) {
    column<f32>(m, k, a, lda, d, ldd, c, ldc);
    d += 4;
    c += 4;
  }
}
