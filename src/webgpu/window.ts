import { type Shape4, type WindowAttributes, windowAttributes } from '../kernels/geometry';

/** Height and width of a filter [height, width, ...]. */
export const sides = ([height, width]: Shape4) => [height, width] as const;

/** A window over maps, as a shader reads it. */
export const windowUniforms = (
  [, height, width, channels]: Shape4,
  [kernelHeight, kernelWidth]: readonly [number, number],
  [outHeight, outWidth]: readonly [number, number],
  { strideHeight, strideWidth, dilation, padHeight, padWidth }: WindowAttributes,
): Record<string, number> => ({
  height,
  width,
  channels,
  kernelHeight,
  kernelWidth,
  outHeight,
  outWidth,
  strideHeight,
  strideWidth,
  dilation,
  padHeight,
  padWidth,
});

/**
 * WGSL: the coordinates n, i, j, c of element `of` of maps [N, `height`, `width`, `channels`], each side named by its
 * uniform; `channel` is another name for c.
 */
export const unravel = (
  of: string,
  height: string,
  width: string,
  { channels = 'channels', channel = 'c' }: { readonly channels?: string; readonly channel?: string } = {},
): string => `
    let ${channel} = ${of} % uniforms.${channels};
    let j = ${of} / uniforms.${channels} % uniforms.${width};
    let i = ${of} / uniforms.${channels} / uniforms.${width} % uniforms.${height};
    let n = ${of} / uniforms.${channels} / uniforms.${width} / uniforms.${height};`;

/** WGSL: {@link unravel} of a thread's own element of the output; a thread without one ends here. */
export const coordinates = (
  ...[height, width, names]: [string, string, { channels?: string; channel?: string }?]
): string => `
    if (index >= uniforms.size) { return; }${unravel('index', height, width, names)}`;

/** WGSL: the function `tapOf`, which is `sourceOf` for a window of any sides. */
export const TAP_OF = `
  fn tapOf(pixel : i32, tap : i32, kernelWidth : i32, dilation : i32, padHeight : i32, padWidth : i32) -> i32 {
    let j = pixel % uniforms.outWidth;
    let i = pixel / uniforms.outWidth % uniforms.outHeight;
    let n = pixel / uniforms.outWidth / uniforms.outHeight;
    let row = i * uniforms.strideHeight + tap / kernelWidth * dilation - padHeight;
    let column = j * uniforms.strideWidth + tap % kernelWidth * dilation - padWidth;
    if (row < 0 || row >= uniforms.height || column < 0 || column >= uniforms.width) { return -1; }
    return (n * uniforms.height + row) * uniforms.width + column;
  }`;

/**
 * WGSL: the function `sourceOf(pixel, tap)`: which pixel of the input tap u * kernelWidth + v of the window at an output
 * pixel reads, both counted over all images; negative if it is off the map.
 */
export const SOURCE_OF = `
  fn sourceOf(pixel : i32, tap : i32) -> i32 {
    return tapOf(pixel, tap, uniforms.kernelWidth, uniforms.dilation, uniforms.padHeight, uniforms.padWidth);
  }${TAP_OF}`;

/** WGSL: the sides of a window. */
export type WindowCode = Readonly<
  Record<'kernelHeight' | 'kernelWidth' | 'dilation' | 'padHeight' | 'padWidth', string | number>
>;

/** A window whose sides are uniforms. */
const GIVEN: WindowCode = {
  kernelHeight: 'uniforms.kernelHeight',
  kernelWidth: 'uniforms.kernelWidth',
  dilation: 'uniforms.dilation',
  padHeight: 'uniforms.padHeight',
  padWidth: 'uniforms.padWidth',
};

/** A window with half the kernel around it, whose sides are part of the code. */
export const windowCode = (kernel: readonly [number, number], dilation: number): WindowCode => {
  const { padHeight, padWidth } = windowAttributes('fusedEdge', kernel, { dilation });
  return { kernelHeight: kernel[0], kernelWidth: kernel[1], dilation, padHeight, padWidth };
};

/**
 * WGSL: runs `body` for every tap (u, v) of the window at the output pixel (i, j) that lies on the map, at `at` of the
 * input.
 */
export const eachTap = (body: string, window: WindowCode = GIVEN): string => `
    for (var u = 0; u < ${window.kernelHeight}; u = u + 1) {
      let row = i * uniforms.strideHeight + u * ${window.dilation} - ${window.padHeight};
      if (row < 0 || row >= uniforms.height) { continue; }
      for (var v = 0; v < ${window.kernelWidth}; v = v + 1) {
        let column = j * uniforms.strideWidth + v * ${window.dilation} - ${window.padWidth};
        if (column < 0 || column >= uniforms.width) { continue; }
        let at = ((n * uniforms.height + row) * uniforms.width + column) * uniforms.channels + c;
        ${body}
      }
    }`;

/**
 * WGSL: runs `body` for every window that covers the input pixel (i, j), by its tap (u, v), at `at` of the output.
 */
export const eachWindow = (body: string, window: WindowCode = GIVEN): string => `
    for (var u = 0; u < ${window.kernelHeight}; u = u + 1) {
      let down = i + ${window.padHeight} - u * ${window.dilation};
      let row = down / uniforms.strideHeight;
      if (down < 0 || down % uniforms.strideHeight != 0 || row >= uniforms.outHeight) { continue; }
      for (var v = 0; v < ${window.kernelWidth}; v = v + 1) {
        let right = j + ${window.padWidth} - v * ${window.dilation};
        let column = right / uniforms.strideWidth;
        if (right < 0 || right % uniforms.strideWidth != 0 || column >= uniforms.outWidth) { continue; }
        let at = ((n * uniforms.outHeight + row) * uniforms.outWidth + column) * uniforms.channels + c;
        ${body}
      }
    }`;
