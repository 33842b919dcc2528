import { add, div, mac, mul, sub } from './lanes';

// What maps become behind a batch norm, and the way back through it.

/** 1 / (1 + exp(-x)) to a few units of the last place; NaN stays. */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  const t = f32x4.pmax(f32x4.pmin(f32x4.neg(x), f32x4.splat(88)), f32x4.splat(-87));
  const n = f32x4.nearest(mul<v128>(t, f32x4.splat(1.44269504088896341)));
  // t - n log(2), its logarithm in two parts.
  const r = sub<v128>(sub<v128>(t, mul<v128>(n, f32x4.splat(0.693359375))), mul<v128>(n, f32x4.splat(-2.12194440e-4)));
  let p = mac<v128>(f32x4.splat(1.3981999507e-3), r, f32x4.splat(1.9875691500e-4));
  p = mac<v128>(f32x4.splat(8.3334519073e-3), p, r);
  p = mac<v128>(f32x4.splat(4.1665795894e-2), p, r);
  p = mac<v128>(f32x4.splat(1.6666665459e-1), p, r);
  p = mac<v128>(f32x4.splat(5.0000001201e-1), p, r);
  const e = add<v128>(mac<v128>(r, p, mul<v128>(r, r)), one);
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return div<v128>(one, mac<v128>(one, e, power));
}

/** max(x, 0), or with `swish` x sigmoid(x). */
// @ts-ignore: decorator
@inline
export function activated(x: v128, swish: bool): v128 {
  return swish ? mul<v128>(x, sigmoid(x)) : f32x4.pmax(x, f32x4.splat(0));
}

/** dy times the derivative of {@link activated} at x. */
// @ts-ignore: decorator
@inline
export function throughActivation(dy: v128, x: v128, swish: bool): v128 {
  if (!swish) return v128.and(dy, f32x4.gt(x, f32x4.splat(0)));
  const one = f32x4.splat(1);
  const s = sigmoid(x);
  return mul<v128>(dy, mul<v128>(s, mac<v128>(one, x, sub<v128>(one, s))));
}
