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

/** y[groups j + g] = x[g c / groups + j] in every pixel of c numbers. */
export function shuffleChannels(x: usize, y: usize, pixels: usize, c: usize, groups: usize): void {
  const block = c / groups;
  const step = groups << 2;
  for (; pixels != 0; pixels--, y += c << 2) {
    for (let g: usize = 0; g < groups; g++) {
      let to = y + (g << 2);
      for (const end = x + (block << 2); x < end; x += 4, to += step) store<f32>(to, load<f32>(x));
    }
  }
}
