import { add, div, mac, mul, root, splat, sub } from './lanes';
import { Nullable } from './memory';

// @ts-ignore: decorator
@inline
function sgdStep<T>(w: usize, g: usize, v: usize, rate: f32, momentum: f32, decay: f32, factor: f32): void {
  const value = load<T>(w);
  let d = mac<T>(mul<T>(splat<T>(factor), load<T>(g)), splat<T>(decay), value);
  if (v != 0) {
    d = mac<T>(d, splat<T>(momentum), load<T>(v));
    store<T>(v, d);
  }
  store<T>(w, sub<T>(value, mul<T>(splat<T>(rate), d)));
}

/**
 * One step of stochastic gradient descent over n numbers: d = factor g + decay w; v = momentum v + d; w -= rate v.
 * Without velocity (`v` null) w -= rate d.
 */
export function sgd(w: usize, g: usize, v: Nullable, n: usize, rate: f32, momentum: f32, decay: f32, factor: f32): void {
  let p: usize = 0;
  if (v != 0) {
    for (const end = (n & ~3) << 2; p < end; p += 16) sgdStep<v128>(w + p, g + p, v + p, rate, momentum, decay, factor);
    for (const end = n << 2; p < end; p += 4) sgdStep<f32>(w + p, g + p, v + p, rate, momentum, decay, factor);
  } else {
    for (const end = (n & ~3) << 2; p < end; p += 16) sgdStep<v128>(w + p, g + p, 0, rate, momentum, decay, factor);
    for (const end = n << 2; p < end; p += 4) sgdStep<f32>(w + p, g + p, 0, rate, momentum, decay, factor);
  }
}

// @ts-ignore: decorator
@inline
function adamStep<T>(
  w: usize, g: usize, m: usize, v: usize,
  rate: f32, beta1: f32, beta2: f32, epsilon: f32, decay: f32, rootCorrection: f32,
): void {
  const value = load<T>(w);
  const d = mac<T>(load<T>(g), splat<T>(decay), value);
  const first = mac<T>(mul<T>(splat<T>(beta1), load<T>(m)), splat<T>(1 - beta1), d);
  const second = mac<T>(mul<T>(splat<T>(beta2), load<T>(v)), splat<T>(1 - beta2), mul<T>(d, d));
  store<T>(m, first);
  store<T>(v, second);
  const scale = add<T>(div<T>(root<T>(second), splat<T>(rootCorrection)), splat<T>(epsilon));
  store<T>(w, sub<T>(value, mul<T>(splat<T>(rate), div<T>(first, scale))));
}

/**
 * One step of Adam over n numbers, weight decay added to the gradient: d = g + decay w; m = beta1 m + (1 - beta1) d;
 * v = beta2 v + (1 - beta2) d^2; w -= rate m / (sqrt(v) / rootCorrection + epsilon), with rate = learning rate /
 * (1 - beta1^t) and rootCorrection = sqrt(1 - beta2^t).
 */
export function adam(
  w: usize, g: usize, m: usize, v: usize, n: usize,
  rate: f32, beta1: f32, beta2: f32, epsilon: f32, decay: f32, rootCorrection: f32,
): void {
  let p: usize = 0;
  for (const end = (n & ~3) << 2; p < end; p += 16) {
    adamStep<v128>(w + p, g + p, m + p, v + p, rate, beta1, beta2, epsilon, decay, rootCorrection);
  }
  for (const end = n << 2; p < end; p += 4) {
    adamStep<f32>(w + p, g + p, m + p, v + p, rate, beta1, beta2, epsilon, decay, rootCorrection);
  }
}
