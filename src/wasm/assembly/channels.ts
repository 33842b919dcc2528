/**
 * Copies c numbers of every pixel; `xStep` and `yStep` bytes lie between the pixels of x and y. One end is a part of wider
 * pixels where maps are put together, or taken apart.
 */
export function copyChannels(x: usize, xStep: usize, y: usize, yStep: usize, pixels: usize, c: usize): void {
  const whole = (c & ~3) << 2;
  const end = c << 2;
  for (; pixels != 0; pixels--, x += xStep, y += yStep) {
    let q: usize = 0;
    for (; q < whole; q += 16) v128.store(y + q, v128.load(x + q));
    for (; q < end; q += 4) store<f32>(y + q, load<f32>(x + q));
  }
}
