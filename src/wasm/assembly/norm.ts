import { add, mul, sub } from './lanes';
import { clear, loadPart, Nullable, storePart } from './memory';
import { channelSumsAndProducts, sumsBytes } from './moments';

// Batch normalisation as per-channel affine maps: forward y = (x - mean) gain + offset with gain = scale / sqrt(variance
// + epsilon); backward dx = a dy + b (x - mean) + c. Whoever reads a normalised map can apply the map on the fly.

/** gain[c] = scale[c] / sqrt(variance[c] + epsilon); `scale` may be null (1). */
export function normGain(variance: usize, scale: Nullable, epsilon: f32, c: usize, gain: usize): void {
  for (let i: usize = 0; i < c << 2; i += 4) {
    const r = <f32>1 / sqrt<f32>(load<f32>(variance + i) + epsilon);
    store<f32>(gain + i, scale != 0 ? load<f32>(scale + i) * r : r);
  }
}

// @ts-ignore: decorator
@inline
function affine(x: v128, mean: v128, gain: v128, offset: v128): v128 {
  return add<v128>(mul<v128>(sub<v128>(x, mean), gain), offset);
}

/** y = (x - mean) gain + offset over x [pixels, C]; `offset` may be null (0). y may be x. */
export function normalize(x: usize, y: usize, pixels: usize, c: usize, mean: usize, gain: usize, offset: Nullable): void {
  const step = c << 2;
  const tile = max<usize>(16, 1024 / c);
  for (let from: usize = 0; from < pixels; from += tile) {
    const n = min(tile, pixels - from);
    for (let q: usize = 0; q < c; q += 4) {
      const at = q << 2;
      const count = c - q;
      const m = loadPart(mean + at, count);
      const g = loadPart(gain + at, count);
      const o = offset != 0 ? loadPart(offset + at, count) : f32x4.splat(0);
      let p = from * step + at;
      const end = p + n * step;
      if (count >= 4) {
        for (; p < end; p += step) v128.store(y + p, affine(v128.load(x + p), m, g, o));
      } else {
        for (; p < end; p += step) storePart(y + p, affine(loadPart(x + p, count), m, g, o), count);
      }
    }
  }
}

/** Sums of dy and of dy (x - mean) over pixels, float64 [C] each; both buffers are cleared first. */
export function normSums(dy: usize, x: usize, pixels: usize, c: usize, mean: usize, sums: usize, products: usize): void {
  clear(sums, sumsBytes(c));
  clear(products, sumsBytes(c));
  const step = c << 2;
  const tile = max<usize>(16, 1024 / c);
  for (let i: usize = 0; i < pixels; i += tile) {
    const n = min(tile, pixels - i);
    channelSumsAndProducts(dy + i * step, x + i * step, n, c, step, mean, sums, products);
  }
}

/**
 * Coefficients of the backward map, float32 [C] each, from the sums over `count` pixels; `weight` scales all of them
 * (the candidate's share of a mixture).
 */
export function normGradCoefficients(
  sums: usize, products: usize, variance: usize, scale: Nullable, epsilon: f32, count: f64, weight: f32, c: usize,
  a: usize, b: usize, d: usize,
): void {
  for (let i: usize = 0; i < c; i++) {
    const at = i << 2;
    const r: f64 = 1 / sqrt<f64>((load<f32>(variance + at) as f64) + (epsilon as f64));
    const gain = (scale != 0 ? (load<f32>(scale + at) as f64) * r : r) * (weight as f64);
    store<f32>(a + at, gain as f32);
    store<f32>(b + at, ((-gain * r * r * load<f64>(products + (i << 3))) / count) as f32);
    store<f32>(d + at, ((-gain * load<f64>(sums + (i << 3))) / count) as f32);
  }
}

/** Gradients of scale and offset, [C], from the same sums: added to. */
export function normParameterGrads(
  sums: usize, products: usize, variance: usize, epsilon: f32, weight: f32, c: usize, dScale: usize, dOffset: usize,
): void {
  for (let i: usize = 0; i < c; i++) {
    const at = i << 2;
    const r: f64 = (weight as f64) / sqrt<f64>((load<f32>(variance + at) as f64) + (epsilon as f64));
    store<f32>(dScale + at, load<f32>(dScale + at) + ((r * load<f64>(products + (i << 3))) as f32));
    store<f32>(dOffset + at, load<f32>(dOffset + at) + (((weight as f64) * load<f64>(sums + (i << 3))) as f32));
  }
}

/** out[pixels, C] = a dy + b (x - mean) + d; `step` bytes between pixels of dy and x. */
export function normGrad(
  dy: usize, x: usize, step: usize, pixels: usize, c: usize, mean: usize, a: usize, b: usize, d: usize, out: usize,
): void {
  const outStep = c << 2;
  const tile = max<usize>(16, 1024 / c);
  for (let from: usize = 0; from < pixels; from += tile) {
    const n = min(tile, pixels - from);
    for (let q: usize = 0; q < c; q += 4) {
      const at = q << 2;
      const count = c - q;
      const m = loadPart(mean + at, count);
      const va = loadPart(a + at, count);
      const vb = loadPart(b + at, count);
      const vd = loadPart(d + at, count);
      let o = out + from * outStep + at;
      let p = from * step + at;
      const end = p + n * step;
      if (count >= 4) {
        for (; p < end; p += step, o += outStep) {
          const s = affine(v128.load(x + p), m, vb, vd);
          v128.store(o, add<v128>(s, mul<v128>(v128.load(dy + p), va)));
        }
      } else {
        for (; p < end; p += step, o += outStep) {
          const s = affine(loadPart(x + p, count), m, vb, vd);
          storePart(o, add<v128>(s, mul<v128>(loadPart(dy + p, count), va)), count);
        }
      }
    }
  }
}

/** out = keep running + share batch, [C]; out may be running. */
export function runningUpdate(running: usize, batch: usize, c: usize, keep: f32, share: f32, out: usize): void {
  for (let p: usize = 0; p < c << 2; p += 4) {
    store<f32>(out + p, keep * load<f32>(running + p) + share * load<f32>(batch + p));
  }
}
