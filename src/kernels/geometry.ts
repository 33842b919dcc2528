import { checkOptions, type OptionKeys, rangeError, requireKind, requireTensor, typeError } from '../errors';

/** Sides of a batch of maps, or of a filter. */
export type Shape4 = [images: number, height: number, width: number, channels: number];

export { sizeOf } from '../data/shape';

/** Maps or signals after a window of odd sides with symmetric padding: every side over the stride, rounded up. */
export function strided<S extends readonly (number | null)[]>(
  shape: S,
  stride: number,
  filters: number | null = shape.at(-1)!,
): S {
  const last = shape.length - 1;
  return shape.map((size, i) =>
    i === last ? filters : i === 0 || size === null ? size : Math.ceil(size / stride),
  ) as unknown as S;
}

/** A window sliding over a map, with symmetric zero padding as in PyTorch. */
export interface WindowOptions {
  /** Step of the window in pixels, one number or [height, width]. Default 1. */
  readonly stride?: number | readonly [number, number];
  /** Distance between neighbouring taps in pixels. Default 1. */
  readonly dilation?: number;
  /**
   * Zeros added on each side in pixels, one number or [height, width]. Default: half the dilated kernel, so that
   * stride 1 keeps the size and stride s gives ceil(size / s).
   */
  readonly pad?: number | readonly [number, number];
}

/** A window in plain numbers, as kernels receive it. */
export type WindowAttributes = {
  strideHeight: number;
  strideWidth: number;
  dilation: number;
  padHeight: number;
  padWidth: number;
};

/** Fast bodies count in 32 bits. */
const MOST_PIXELS = 2 ** 15;

/** What strides and dilations may be, and what shifts and paddings. */
export const STEP = [1, MOST_PIXELS] as const;
export const SHIFT = [0, MOST_PIXELS] as const;

const KEYS = { stride: true, dilation: true, pad: true } satisfies OptionKeys<WindowOptions>;

const pair = (value: number | readonly [number, number]): readonly [number, number] =>
  Array.isArray(value) ? (value as unknown as readonly [number, number]) : [value as number, value as number];

/** Resolves window options against a kernel's height and width, and refuses what cannot be. */
export function windowAttributes(
  fn: string,
  kernel: readonly [number, number],
  options: WindowOptions,
): WindowAttributes {
  const { stride = 1, dilation = 1, pad } = checkOptions(fn, options, KEYS);
  const [strideHeight, strideWidth] = pair(stride);
  requireKind(fn, 'stride', strideHeight, STEP);
  requireKind(fn, 'stride', strideWidth, STEP);
  requireKind(fn, 'dilation', dilation, STEP);
  const [padHeight, padWidth] =
    pad === undefined ? [(dilation * (kernel[0] - 1)) / 2, (dilation * (kernel[1] - 1)) / 2] : pair(pad);
  for (const value of [padHeight, padWidth])
    requireKind(fn, 'padding', value, SHIFT, 'use an odd kernel, or give pad yourself');
  return { strideHeight, strideWidth, dilation, padHeight, padWidth };
}

/** Height and width of the output of a window: floor((size + 2 pad - dilation (kernel - 1) - 1) / stride) + 1. */
export function windowExtent(
  input: readonly [number, number],
  kernel: readonly [number, number],
  { strideHeight, strideWidth, dilation, padHeight, padWidth }: WindowAttributes,
): [height: number, width: number] {
  const out = (size: number, k: number, stride: number, pad: number) =>
    Math.floor((size + 2 * pad - dilation * (k - 1) - 1) / stride) + 1;
  return [out(input[0], kernel[0], strideHeight, padHeight), out(input[1], kernel[1], strideWidth, padWidth)];
}

/** {@link windowExtent} that refuses a window which does not fit. */
export function windowOutput(
  fn: string,
  input: readonly [number, number],
  kernel: readonly [number, number],
  window: WindowAttributes,
): [height: number, width: number] {
  const [height, width] = windowExtent(input, kernel, window);
  if (height < 1 || width < 1) {
    throw rangeError(
      fn,
      `a ${kernel.join('x')} window does not fit the map`,
      input,
      'use a larger image or fewer reductions',
    );
  }
  return [height, width];
}

/** Refuses a tensor that is not of rank 4 (NHWC). */
export function requireMap(fn: string, x: { readonly shape: readonly number[] }): void {
  requireTensor(fn, 'x', x);
  if (x.shape.length !== 4) {
    throw typeError(fn, 'x must be a batch of maps [N, H, W, C]', x.shape, 'reshape it to rank 4');
  }
}
