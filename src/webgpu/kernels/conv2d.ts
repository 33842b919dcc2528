import { run, sizeOf, type WebGPUKernel } from '../shader';
import { sums } from '../sums';
import { type Shape4, type Window, windowExtent, windowUniforms } from '../window';

const sides = ([height, width]: readonly number[]) => [height!, width!] as const;

export const convKernels: readonly WebGPUKernel[] = [
  {
    name: 'NoisyDartsConv2d',
    body: (backend, { x, filter }, window: Window) => {
      const input = x!.shape as unknown as Shape4;
      const kernel = sides(filter!.shape);
      const out = windowExtent(input, kernel, window);
      const outputs = filter!.shape[3]!;
      return run(backend, {
        key: 'conv',
        inputs: { x: x!, taps: filter! },
        shape: [input[0], ...out, outputs],
        uniforms: { ...windowUniforms(input, kernel, out, window), outputs },
        code: `fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let o = index % uniforms.outputs;
    let j = index / uniforms.outputs % uniforms.outWidth;
    let i = index / uniforms.outputs / uniforms.outWidth % uniforms.outHeight;
    let n = index / uniforms.outputs / uniforms.outWidth / uniforms.outHeight;
    var sum = 0.0;
    for (var u = 0; u < uniforms.kernelHeight; u = u + 1) {
      let row = i * uniforms.strideHeight + u * uniforms.dilation - uniforms.padHeight;
      if (row < 0 || row >= uniforms.height) { continue; }
      for (var v = 0; v < uniforms.kernelWidth; v = v + 1) {
        let column = j * uniforms.strideWidth + v * uniforms.dilation - uniforms.padWidth;
        if (column < 0 || column >= uniforms.width) { continue; }
        let at = ((n * uniforms.height + row) * uniforms.width + column) * uniforms.channels;
        let tap = (u * uniforms.kernelWidth + v) * uniforms.channels;
        for (var c = 0; c < uniforms.channels; c = c + 1) {
          sum = sum + x[at + c] * taps[(tap + c) * uniforms.outputs + o];
        }
      }
    }
    result[index] = sum;
  }`,
      });
    },
  },
  {
    name: 'NoisyDartsConv2dInputGrad',
    body: (backend, { dy, filter }, { inputShape, ...window }: Window & { inputShape: Shape4 }) => {
      const out = [dy!.shape[1]!, dy!.shape[2]!] as const;
      return run(backend, {
        key: 'conv_input_grad',
        inputs: { dy: dy!, taps: filter! },
        shape: inputShape,
        uniforms: {
          ...windowUniforms(inputShape, sides(filter!.shape), out, window),
          outputs: filter!.shape[3]!,
        },
        code: `fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let c = index % uniforms.channels;
    let j = index / uniforms.channels % uniforms.width;
    let i = index / uniforms.channels / uniforms.width % uniforms.height;
    let n = index / uniforms.channels / uniforms.width / uniforms.height;
    var sum = 0.0;
    for (var u = 0; u < uniforms.kernelHeight; u = u + 1) {
      let down = i + uniforms.padHeight - u * uniforms.dilation;
      let row = down / uniforms.strideHeight;
      if (down < 0 || down % uniforms.strideHeight != 0 || row >= uniforms.outHeight) { continue; }
      for (var v = 0; v < uniforms.kernelWidth; v = v + 1) {
        let right = j + uniforms.padWidth - v * uniforms.dilation;
        let column = right / uniforms.strideWidth;
        if (right < 0 || right % uniforms.strideWidth != 0 || column >= uniforms.outWidth) { continue; }
        let at = ((n * uniforms.outHeight + row) * uniforms.outWidth + column) * uniforms.outputs;
        let tap = ((u * uniforms.kernelWidth + v) * uniforms.channels + c) * uniforms.outputs;
        for (var o = 0; o < uniforms.outputs; o = o + 1) { sum = sum + dy[at + o] * taps[tap + o]; }
      }
    }
    result[index] = sum;
  }`,
      });
    },
  },
  {
    name: 'NoisyDartsConv2dFilterGrad',
    body: (backend, { x, dy }, { filterShape, ...window }: Window & { filterShape: readonly number[] }) => {
      const input = x!.shape as unknown as Shape4;
      const kernel = sides(filterShape);
      const out = [dy!.shape[1]!, dy!.shape[2]!] as const;
      const [, , inputs, outputs] = filterShape as unknown as Shape4;
      const { channels: _, ...uniforms } = windowUniforms(input, kernel, out, window);
      return sums(backend, {
        key: 'conv_filter_grad',
        inputs: { x: x!, dy: dy! },
        shape: filterShape,
        rows: sizeOf(dy!.shape) / outputs,
        channels: outputs,
        planes: kernel[0] * kernel[1] * inputs,
        uniforms: { ...uniforms, inputs },
        code: `fn term(plane : i32, pixel : i32, channel : i32) -> f32 {
    let j = pixel % uniforms.outWidth;
    let i = pixel / uniforms.outWidth % uniforms.outHeight;
    let n = pixel / uniforms.outWidth / uniforms.outHeight;
    let c = plane % uniforms.inputs;
    let v = plane / uniforms.inputs % uniforms.kernelWidth;
    let u = plane / uniforms.inputs / uniforms.kernelWidth;
    let row = i * uniforms.strideHeight + u * uniforms.dilation - uniforms.padHeight;
    let column = j * uniforms.strideWidth + v * uniforms.dilation - uniforms.padWidth;
    if (row < 0 || row >= uniforms.height || column < 0 || column >= uniforms.width) { return 0.0; }
    return x[((n * uniforms.height + row) * uniforms.width + column) * uniforms.inputs + c]
      * dy[pixel * uniforms.channels + channel];
  }`,
      });
    },
  },
];
