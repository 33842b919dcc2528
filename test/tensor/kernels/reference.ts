// The kernels once more, in double precision and as plainly as their definitions read.

export type Shape4 = readonly [batch: number, height: number, width: number, channels: number];

export interface Window {
  readonly stride: readonly [number, number];
  readonly dilation: number;
  readonly pad: readonly [number, number];
}

/** Side of the output of a window. */
export const outputSide = (side: number, kernel: number, stride: number, pad: number, dilation: number) =>
  Math.floor((side + 2 * pad - dilation * (kernel - 1) - 1) / stride) + 1;

export const sizeOf = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);

/** Calls back for every output pixel and every tap of the window that lies on the map. */
function eachTap(
  [, height, width]: Shape4,
  [kh, kw]: readonly [number, number],
  { stride, dilation, pad }: Window,
  visit: (i: number, j: number, u: number, v: number, y: number, x: number) => void,
): [number, number] {
  const oh = outputSide(height, kh, stride[0], pad[0], dilation);
  const ow = outputSide(width, kw, stride[1], pad[1], dilation);
  for (let i = 0; i < oh; i++)
    for (let j = 0; j < ow; j++)
      for (let u = 0; u < kh; u++)
        for (let v = 0; v < kw; v++) {
          const y = i * stride[0] + u * dilation - pad[0];
          const x = j * stride[1] + v * dilation - pad[1];
          if (y >= 0 && y < height && x >= 0 && x < width) visit(i, j, u, v, y, x);
        }
  return [oh, ow];
}

export interface Maps {
  readonly shape: Shape4;
  readonly data: Float64Array;
}

/** Dense convolution; filter [kh, kw, in, out]. */
export function conv2d(
  x: ArrayLike<number>,
  shape: Shape4,
  filter: ArrayLike<number>,
  filterShape: Shape4,
  window: Window,
): Maps {
  const [n, height, width, inputs] = shape;
  const [kh, kw, , outputs] = filterShape;
  const oh = outputSide(height, kh, window.stride[0], window.pad[0], window.dilation);
  const ow = outputSide(width, kw, window.stride[1], window.pad[1], window.dilation);
  const data = new Float64Array(n * oh * ow * outputs);
  eachTap(shape, [kh, kw], window, (i, j, u, v, y, xx) => {
    for (let b = 0; b < n; b++)
      for (let c = 0; c < inputs; c++)
        for (let o = 0; o < outputs; o++)
          data[((b * oh + i) * ow + j) * outputs + o]! +=
            x[((b * height + y) * width + xx) * inputs + c]! *
            filter[((u * kw + v) * inputs + c) * outputs + o]!;
  });
  return { shape: [n, oh, ow, outputs], data };
}

/** Depthwise convolution; filter [kh, kw, channels, 1]. */
export function depthwiseConv2d(
  x: ArrayLike<number>,
  shape: Shape4,
  filter: ArrayLike<number>,
  filterShape: Shape4,
  window: Window,
): Maps {
  const [n, height, width, channels] = shape;
  const [kh, kw] = filterShape;
  const oh = outputSide(height, kh, window.stride[0], window.pad[0], window.dilation);
  const ow = outputSide(width, kw, window.stride[1], window.pad[1], window.dilation);
  const data = new Float64Array(n * oh * ow * channels);
  eachTap(shape, [kh, kw], window, (i, j, u, v, y, xx) => {
    for (let b = 0; b < n; b++)
      for (let c = 0; c < channels; c++)
        data[((b * oh + i) * ow + j) * channels + c]! +=
          x[((b * height + y) * width + xx) * channels + c]! * filter[(u * kw + v) * channels + c]!;
  });
  return { shape: [n, oh, ow, channels], data };
}

/** Pooling of a square window, padding left out; also the gradient with respect to x of sum(y * dy). */
export function pool(
  kind: 'max' | 'avg',
  x: ArrayLike<number>,
  shape: Shape4,
  size: number,
  stride: number,
  dy: (index: number) => number,
): Maps & { readonly dx: Float64Array } {
  const [n, height, width, channels] = shape;
  const pad = (size - 1) / 2;
  const window: Window = { stride: [stride, stride], dilation: 1, pad: [pad, pad] };
  const members = new Map<string, number[]>();
  const [oh, ow] = eachTap(shape, [size, size], window, (i, j, _u, _v, y, xx) => {
    const key = `${i},${j}`;
    members.set(key, [...(members.get(key) ?? []), y * width + xx]);
  });
  const data = new Float64Array(n * oh * ow * channels);
  const dx = new Float64Array(sizeOf(shape));
  for (let b = 0; b < n; b++)
    for (let i = 0; i < oh; i++)
      for (let j = 0; j < ow; j++)
        for (let c = 0; c < channels; c++) {
          const at = ((b * oh + i) * ow + j) * channels + c;
          const sources = members
            .get(`${i},${j}`)!
            .map((pixel) => (b * height * width + pixel) * channels + c);
          if (kind === 'avg') {
            for (const source of sources) {
              data[at]! += x[source]! / sources.length;
              dx[source]! += dy(at) / sources.length;
            }
          } else {
            // The first of equals in row-major order.
            const winner = sources.reduce((best, source) => (x[source]! > x[best]! ? source : best));
            data[at] = x[winner]!;
            dx[winner]! += dy(at);
          }
        }
  return { shape: [n, oh, ow, channels], data, dx };
}

/** Batch normalisation by the batch's statistics, channels last. */
export function batchNorm(
  x: ArrayLike<number>,
  channels: number,
  scale: ArrayLike<number> | undefined,
  offset: ArrayLike<number> | undefined,
  epsilon: number,
): { readonly y: Float64Array; readonly mean: Float64Array; readonly variance: Float64Array } {
  const rows = x.length / channels;
  const y = new Float64Array(x.length);
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let i = 0; i < x.length; i++) mean[i % channels]! += x[i]! / rows;
  for (let i = 0; i < x.length; i++) variance[i % channels]! += (x[i]! - mean[i % channels]!) ** 2 / rows;
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    y[i] =
      ((x[i]! - mean[c]!) / Math.sqrt(variance[c]! + epsilon)) * (scale ? scale[c]! : 1) +
      (offset ? offset[c]! : 0);
  }
  return { y, mean, variance };
}

/** The gradient of a smooth function of doubles by central differences. */
export function numericGradient(
  f: (x: Float64Array) => number,
  x: ArrayLike<number>,
  step = 1e-4,
): Float64Array {
  const at = Float64Array.from(x);
  return Float64Array.from(x, (value, i) => {
    at[i] = value + step;
    const ahead = f(at);
    at[i] = value - step;
    const behind = f(at);
    at[i] = value;
    return (ahead - behind) / (2 * step);
  });
}

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};
