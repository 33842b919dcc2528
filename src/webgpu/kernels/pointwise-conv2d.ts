import { type Shape4, strided } from '../../kernels/geometry';
import type {
  PointwiseConv2d,
  PointwiseConv2dFilterGrad,
  PointwiseConv2dInputGrad,
  Sampling,
} from '../../kernels/pointwise-conv2d';
import { run, type WebGPUKernels } from '../shader';
import { sums } from '../sums';

/** Pixels that share a read of the filter in one thread. */
const PIXELS = 4;

/** Sides of the map that is read, [H, W], and of the one that is made, [H', W']. */
const uniformsOf = (input: Shape4, outputs: number, { stride, offset }: Sampling) => {
  const [, height, width, inputs] = input;
  const [, outHeight, outWidth] = strided(input, stride);
  return { height, width, inputs, outputs, outHeight, outWidth, stride, offset };
};

const rectified = (value: string, rectify: boolean) => (rectify ? `max(${value}, 0.0)` : value);

/** WGSL: where the pixel of the input that output pixel `pixel` reads begins; negative where it is off the map. */
const SOURCE = `
  fn sourceOf(pixel : i32) -> i32 {
    let column = pixel % uniforms.outWidth * uniforms.stride + uniforms.offset;
    let row = pixel / uniforms.outWidth % uniforms.outHeight * uniforms.stride + uniforms.offset;
    let n = pixel / uniforms.outWidth / uniforms.outHeight;
    if (row >= uniforms.height || column >= uniforms.width) { return -1; }
    return ((n * uniforms.height + row) * uniforms.width + column) * uniforms.inputs;
  }`;

const eachPixel = (line: (k: number) => string) =>
  Array.from({ length: PIXELS }, (_, k) => line(k)).join('\n    ');

export const pointwiseKernels: WebGPUKernels<
  PointwiseConv2d | PointwiseConv2dFilterGrad | PointwiseConv2dInputGrad
> = {
  NoisyDartsPointwiseConv2d: (backend, { x, filter }, sampling) => {
    const input = x.shape;
    const outputs = filter.shape[3];
    const uniforms = uniformsOf(input, outputs, sampling);
    const pixels = input[0] * uniforms.outHeight * uniforms.outWidth;
    return run(backend, {
      key: `pointwise_${sampling.rectify}`,
      inputs: { x, taps: filter },
      shape: [input[0], uniforms.outHeight, uniforms.outWidth, outputs],
      uniforms: { ...uniforms, pixels },
      workgroups: Math.ceil((Math.ceil(pixels / PIXELS) * outputs) / 64),
      // A pixel that is not there reads the first one and is left out at the end.
      code: `${SOURCE}
  fn main(index : i32) {
    let o = index % uniforms.outputs;
    let first = index / uniforms.outputs * ${PIXELS};
    ${eachPixel(
      (k) => `let at${k} = select(-1, sourceOf(first + ${k}), first + ${k} < uniforms.pixels);
    let source${k} = max(at${k}, 0);
    var sum${k} = 0.0;`,
    )}
    for (var c = 0; c < uniforms.inputs; c = c + 1) {
      let tap = taps[c * uniforms.outputs + o];
      ${eachPixel((k) => `sum${k} = sum${k} + ${rectified(`x[source${k} + c]`, sampling.rectify)} * tap;`)}
    }
    ${eachPixel(
      (k) => `if (first + ${k} < uniforms.pixels) {
      result[(first + ${k}) * uniforms.outputs + o] = select(0.0, sum${k}, at${k} >= 0);
    }`,
    )}
  }`,
    });
  },
  NoisyDartsPointwiseConv2dInputGrad: (backend, { dy, x, filter }, sampling) => {
    const input = x.shape;
    const { rectify } = sampling;
    return run(backend, {
      key: `pointwise_input_grad_${rectify}`,
      inputs: { dy, taps: filter, ...(rectify ? { x } : {}) },
      shape: input,
      uniforms: uniformsOf(input, filter.shape[3], sampling),
      code: `fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let c = index % uniforms.inputs;
    let right = index / uniforms.inputs % uniforms.width - uniforms.offset;
    let down = index / uniforms.inputs / uniforms.width % uniforms.height - uniforms.offset;
    let n = index / uniforms.inputs / uniforms.width / uniforms.height;
    var sum = 0.0;
    if (${rectify ? 'x[index] > 0.0 && ' : ''}right >= 0 && down >= 0
        && right % uniforms.stride == 0 && down % uniforms.stride == 0) {
      let i = down / uniforms.stride;
      let j = right / uniforms.stride;
      let source = ((n * uniforms.outHeight + i) * uniforms.outWidth + j) * uniforms.outputs;
      for (var o = 0; o < uniforms.outputs; o = o + 1) {
        sum = sum + dy[source + o] * taps[c * uniforms.outputs + o];
      }
    }
    result[index] = sum;
  }`,
    });
  },
  NoisyDartsPointwiseConv2dFilterGrad: (backend, { x, dy }, sampling) => {
    const [n, outHeight, outWidth, outputs] = dy.shape;
    const { outputs: _, ...uniforms } = uniformsOf(x.shape, outputs, sampling);
    return sums(backend, {
      key: `pointwise_filter_grad_${sampling.rectify}`,
      inputs: { x, dy },
      shape: [1, 1, uniforms.inputs, outputs],
      rows: n * outHeight * outWidth,
      channels: outputs,
      planes: uniforms.inputs,
      uniforms,
      code: `${SOURCE}
  fn term(plane : i32, row : i32, channel : i32) -> f32 {
    let source = sourceOf(row);
    if (source < 0) { return 0.0; }
    return ${rectified('x[source + plane]', sampling.rectify)} * dy[row * uniforms.channels + channel];
  }`,
    });
  },
};
