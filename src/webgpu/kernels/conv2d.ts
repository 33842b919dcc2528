import { run, sizeOf, type WebGPUKernel } from '../shader';
import { sums } from '../sums';
import {
  coordinates,
  eachTap,
  eachWindow,
  type Shape4,
  SOURCE_OF,
  sides,
  type Window,
  windowExtent,
  windowUniforms,
} from '../window';

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
        code: `fn main(index : i32) {${coordinates('outHeight', 'outWidth', { channels: 'outputs', channel: 'o' })}
    // Every channel of a pixel counts, from the first on.
    let c = 0;
    var sum = 0.0;
    ${eachTap(`let tap = (u * uniforms.kernelWidth + v) * uniforms.channels;
        for (var k = 0; k < uniforms.channels; k = k + 1) {
          sum = sum + x[at + k] * taps[(tap + k) * uniforms.outputs + o];
        }`)}
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
        // The windows are looked for on the gradient's map, whose channels are the filter's outputs.
        uniforms: {
          ...windowUniforms(inputShape, sides(filter!.shape), out, window),
          inputs: inputShape[3],
          channels: filter!.shape[3]!,
        },
        code: `fn main(index : i32) {${coordinates('height', 'width', { channels: 'inputs', channel: 'input' })}
    let c = 0;
    var sum = 0.0;
    ${eachWindow(`let tap = ((u * uniforms.kernelWidth + v) * uniforms.inputs + input) * uniforms.channels;
        for (var k = 0; k < uniforms.channels; k = k + 1) { sum = sum + dy[at + k] * taps[tap + k]; }`)}
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
        code: `${SOURCE_OF}
  fn term(plane : i32, pixel : i32, channel : i32) -> f32 {
    let source = sourceOf(pixel, plane / uniforms.inputs);
    if (source < 0) { return 0.0; }
    return x[source * uniforms.inputs + plane % uniforms.inputs] * dy[pixel * uniforms.channels + channel];
  }`,
      });
    },
  },
];
