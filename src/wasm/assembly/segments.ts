import { add } from './lanes';
import { clear } from './memory';

/** y[s] = the sum of those of `rows` rows x of n numbers whose segment is s, for s < count; other rows are left out. */
export function segmentSum(x: usize, segments: usize, rows: usize, n: usize, count: usize, y: usize): void {
  const whole = (n & ~3) << 2;
  const step = n << 2;
  clear(y, count * step);
  for (; rows != 0; rows--, segments += 4, x += step) {
    // A negative segment is a large one.
    const segment = load<u32>(segments) as usize;
    if (segment >= count) continue;
    const out = y + segment * step;
    let q: usize = 0;
    for (; q < whole; q += 16) v128.store(out + q, add<v128>(v128.load(out + q), v128.load(x + q)));
    for (; q < step; q += 4) store<f32>(out + q, load<f32>(out + q) + load<f32>(x + q));
  }
}
