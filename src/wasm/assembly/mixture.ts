import { add, mul, splat, sub } from './lanes';
import { align, clear, loadPart, padded, room, storePart } from './memory';
import { channelProducts, channelSums, channelSumsAndProducts, sumsBytes } from './moments';
import { addForward, dot } from './elementwise';

// The mixture of an edge: y = sum_k w_k f_k(z_k) over maps [pixels, C], where f_k is a batch normalisation
// (z - mean) gain + offset, or the identity. Candidates come as a table of four addresses each: z, mean, gain, offset (mean and
// gain null for the identity, offset where there is none). `weights` holds K numbers.

// @ts-ignore: decorator
@inline
function entry(table: usize, k: usize, field: usize): usize {
  return load<u32>(table + (k << 4) + (field << 2)) as usize;
}

/** Numbers of a tile: y, dy and one candidate share the first cache. */
const TILE: usize = 4096;

// @ts-ignore: decorator
@inline
function tilePixels(c: usize): usize {
  return max<usize>(8, TILE / c);
}

/** Bytes of scratch for {@link mixtureForward}. */
export function mixtureForwardBytes(candidates: usize, c: usize): usize {
  return 64 + (candidates + 1) * room(padded(c));
}

/** y = sum_k weights[k] f_k(z_k). */
export function mixtureForward(
  table: usize, candidates: usize, weights: usize, pixels: usize, c: usize, y: usize, scratch: usize,
): void {
  const gainStep = room(padded(c));
  // The offsets of all candidates come with the first.
  const shift = align(scratch);
  const gains = shift + gainStep;
  clear(shift, gainStep);
  for (let k: usize = 0; k < candidates; k++) {
    const gain = entry(table, k, 2);
    const offset = entry(table, k, 3);
    const weight = load<f32>(weights + (k << 2));
    for (let i: usize = 0; i < c; i++) {
      store<f32>(gains + k * gainStep + (i << 2), gain != 0 ? weight * load<f32>(gain + (i << 2)) : weight);
      if (offset != 0) store<f32>(shift + (i << 2), load<f32>(shift + (i << 2)) + weight * load<f32>(offset + (i << 2)));
    }
  }
  const step = c << 2;
  const tile = tilePixels(c);
  for (let from: usize = 0; from < pixels; from += tile) {
    const start = from * step;
    const bytes = min(tile, pixels - from) * step;
    for (let k: usize = 0; k < candidates; k++) {
      const z = entry(table, k, 0);
      const mean = entry(table, k, 1);
      const gain = gains + k * gainStep;
      for (let q: usize = 0; q < c; q += 4) {
        const at = q << 2;
        const count = c - q;
        const m = mean != 0 ? loadPart(mean + at, count) : splat<v128>(0);
        const g = loadPart(gain + at, count);
        const o = loadPart(shift + at, count);
        let p = start + at;
        const end = p + bytes;
        if (count < 4) {
          for (; p < end; p += step) {
            const v = mul<v128>(sub<v128>(loadPart(z + p, count), m), g);
            storePart(y + p, add<v128>(k != 0 ? loadPart(y + p, count) : o, v), count);
          }
        } else if (k == 0) {
          for (; p < end; p += step) v128.store(y + p, add<v128>(mul<v128>(sub<v128>(v128.load(z + p), m), g), o));
        } else {
          for (; p < end; p += step) {
            v128.store(y + p, add<v128>(v128.load(y + p), mul<v128>(sub<v128>(v128.load(z + p), m), g)));
          }
        }
      }
    }
  }
}

/** Bytes of the sums of {@link mixtureSums}: float64 [padded(C)] for dy, then one a candidate. */
export function mixtureSumsBytes(candidates: usize, c: usize): usize {
  return (candidates + 1) * sumsBytes(c);
}

/**
 * One pass over dy and every candidate: sums over pixels of dy (first), and of dy (z_k - mean_k) (dy z_k for an
 * identity), per channel, float64. They are all that the gradient of the weights and the backward pass of every batch
 * normalisation need; see {@link mixtureWeightGrads} and normGradCoefficients.
 */
export function mixtureSums(table: usize, candidates: usize, dy: usize, pixels: usize, c: usize, zeros: usize, sums: usize): void {
  const step = c << 2;
  const each = sumsBytes(c);
  const tile = tilePixels(c);
  clear(sums, mixtureSumsBytes(candidates, c));
  clear(zeros, padded(c) << 2);
  for (let from: usize = 0; from < pixels; from += tile) {
    const start = from * step;
    const n = min(tile, pixels - from);
    if (candidates == 0) channelSums(dy + start, n, c, step, sums);
    for (let k: usize = 0; k < candidates; k++) {
      const mean = entry(table, k, 1);
      const x = entry(table, k, 0) + start;
      const centre = mean != 0 ? mean : zeros;
      const products = sums + (k + 1) * each;
      if (k == 0) channelSumsAndProducts(dy + start, x, n, c, step, centre, sums, products);
      else channelProducts(dy + start, x, n, c, step, centre, products);
    }
  }
}

/** dWeights[k] = sum over channels of gain_k products_k + offset_k sums: the inner product of dy with f_k(z_k). */
export function mixtureWeightGrads(table: usize, candidates: usize, c: usize, sums: usize, dWeights: usize): void {
  for (let k: usize = 0; k < candidates; k++) {
    const gain = entry(table, k, 2);
    const offset = entry(table, k, 3);
    const products = sums + (k + 1) * sumsBytes(c);
    let total: f64 = 0;
    for (let i: usize = 0; i < c; i++) {
      const factor: f64 = gain != 0 ? (load<f32>(gain + (i << 2)) as f64) : 1;
      total += factor * load<f64>(products + (i << 3));
      if (offset != 0) total += (load<f32>(offset + (i << 2)) as f64) * load<f64>(sums + (i << 3));
    }
    store<f32>(dWeights + (k << 2), total as f32);
  }
}

/** y = sum_k x_k over n numbers; `terms`: the addresses of the x_k. */
export function sumOf(terms: usize, count: usize, n: usize, y: usize): void {
  for (let from: usize = 0; from < n; from += TILE) {
    const stop = min(n, from + TILE);
    let sum = load<u32>(terms) as usize;
    if (count == 1) memory.copy(y + (from << 2), sum + (from << 2), (stop - from) << 2);
    for (let k: usize = 1; k < count; k++) {
      const x = load<u32>(terms + (k << 2)) as usize;
      addForward(sum + (from << 2), x + (from << 2), y + (from << 2), stop - from);
      sum = y;
    }
  }
}

/** y = sum_k weights[k] x_k over n numbers; `terms`: the addresses of the x_k. */
export function weightedSum(terms: usize, candidates: usize, weights: usize, n: usize, y: usize): void {
  for (let from: usize = 0; from < n; from += TILE) {
    const stop = min(n, from + TILE);
    for (let k: usize = 0; k < candidates; k++) {
      const x = load<u32>(terms + (k << 2)) as usize;
      const weight = load<f32>(weights + (k << 2));
      const w = f32x4.splat(weight);
      let p = from << 2;
      const whole = ((stop - from) & ~3) << 2;
      if (k == 0) {
        for (const end = p + whole; p < end; p += 16) v128.store(y + p, mul<v128>(w, v128.load(x + p)));
        for (const end = stop << 2; p < end; p += 4) store<f32>(y + p, weight * load<f32>(x + p));
      } else {
        for (const end = p + whole; p < end; p += 16) {
          v128.store(y + p, add<v128>(v128.load(y + p), mul<v128>(w, v128.load(x + p))));
        }
        for (const end = stop << 2; p < end; p += 4) store<f32>(y + p, load<f32>(y + p) + weight * load<f32>(x + p));
      }
    }
  }
}

/** dWeights[k] = <dy, x_k> over n numbers. */
export function weightedSumWeightGrads(terms: usize, candidates: usize, dy: usize, n: usize, dWeights: usize): void {
  for (let k: usize = 0; k < candidates; k++) {
    store<f32>(dWeights + (k << 2), dot(dy, load<u32>(terms + (k << 2)) as usize, n) as f32);
  }
}
