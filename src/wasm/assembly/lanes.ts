// One body for four lanes and for the odd channels left over: T is v128 (four float32) or f32 (one).

// @ts-ignore: decorator
@inline
export function width<T>(): usize {
  return sizeof<T>();
}

// @ts-ignore: decorator
@inline
export function splat<T>(value: f32): T {
  if (isVector<T>()) return f32x4.splat(value);
  else return value as T;
}

// @ts-ignore: decorator
@inline
export function loadSplat<T>(p: usize): T {
  if (isVector<T>()) return v128.load32_splat(p);
  else return load<T>(p);
}

// @ts-ignore: decorator
@inline
export function add<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.add(a, b);
  // @ts-ignore: T is f32
  else return a + b;
}

// @ts-ignore: decorator
@inline
export function sub<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.sub(a, b);
  // @ts-ignore: T is f32
  else return a - b;
}

// @ts-ignore: decorator
@inline
export function mul<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.mul(a, b);
  // @ts-ignore: T is f32
  else return a * b;
}

// @ts-ignore: decorator
@inline
export function div<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.div(a, b);
  // @ts-ignore: T is f32
  else return a / b;
}

// @ts-ignore: decorator
@inline
export function root<T>(a: T): T {
  if (isVector<T>()) return f32x4.sqrt(a);
  // @ts-ignore: T is f32
  else return sqrt<f32>(a);
}

/** acc + a * b: rounded twice, or, of vectors in the build with relaxed SIMD, once where the machine can. */
// @ts-ignore: decorator
@inline
export function mac<T>(acc: T, a: T, b: T): T {
  if (ASC_FEATURE_RELAXED_SIMD) {
    // @ts-ignore: T is v128
    if (isVector<T>()) return f32x4.relaxed_madd(a, b, acc);
  }
  return add<T>(acc, mul<T>(a, b));
}

/** acc + (a0 * b0 + a1 * b1). */
// @ts-ignore: decorator
@inline
export function mac2(acc: v128, a0: v128, b0: v128, a1: v128, b1: v128): v128 {
  return f32x4.add(acc, mac<v128>(f32x4.mul(a0, b0), a1, b1));
}

/** (acc + a0 * b0) + (a1 * b1 + a2 * b2). */
// @ts-ignore: decorator
@inline
export function mac3(acc: v128, a0: v128, b0: v128, a1: v128, b1: v128, a2: v128, b2: v128): v128 {
  return f32x4.add(mac<v128>(acc, a0, b0), mac<v128>(f32x4.mul(a1, b1), a2, b2));
}

/** max(a, 0) that keeps NaN: one machine instruction, unlike f32x4.max. */
// @ts-ignore: decorator
@inline
export function relu<T>(a: T): T {
  if (isVector<T>()) return f32x4.pmax(a, f32x4.splat(0));
  // @ts-ignore: T is f32
  else return a < 0 ? (0 as T) : a;
}

/** min(a, ceiling) that keeps NaN. */
// @ts-ignore: decorator
@inline
export function atMost<T>(a: T, ceiling: T): T {
  if (isVector<T>()) return f32x4.pmin(a, ceiling);
  // @ts-ignore: T is f32
  else return ceiling < a ? ceiling : a;
}
