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

export const depthwiseKernels: readonly WebGPUKernel[] = [
  {
    name: 'NoisyDartsDepthwiseConv2d',
    body: (backend, { x, filter }, window: Window) => {
      const input = x!.shape as unknown as Shape4;
      const kernel = sides(filter!.shape);
      const out = windowExtent(input, kernel, window);
      return run(backend, {
        key: 'depthwise',
        inputs: { x: x!, taps: filter! },
        shape: [input[0], ...out, input[3]],
        uniforms: windowUniforms(input, kernel, out, window),
        code: `fn main(index : i32) {${coordinates('outHeight', 'outWidth')}
    var sum = 0.0;
    ${eachTap('sum = sum + x[at] * taps[(u * uniforms.kernelWidth + v) * uniforms.channels + c];')}
    result[index] = sum;
  }`,
      });
    },
  },
  {
    name: 'NoisyDartsDepthwiseConv2dInputGrad',
    body: (backend, { dy, filter }, { inputShape, ...window }: Window & { inputShape: Shape4 }) => {
      const out = [dy!.shape[1]!, dy!.shape[2]!] as const;
      return run(backend, {
        key: 'depthwise_input_grad',
        inputs: { dy: dy!, taps: filter! },
        shape: inputShape,
        uniforms: windowUniforms(inputShape, sides(filter!.shape), out, window),
        code: `fn main(index : i32) {${coordinates('height', 'width')}
    var sum = 0.0;
    ${eachWindow('sum = sum + dy[at] * taps[(u * uniforms.kernelWidth + v) * uniforms.channels + c];')}
    result[index] = sum;
  }`,
      });
    },
  },
  {
    name: 'NoisyDartsDepthwiseConv2dFilterGrad',
    body: (backend, { x, dy }, { filterShape, ...window }: Window & { filterShape: readonly number[] }) => {
      const input = x!.shape as unknown as Shape4;
      const kernel = sides(filterShape);
      const out = [dy!.shape[1]!, dy!.shape[2]!] as const;
      const { channels, ...uniforms } = windowUniforms(input, kernel, out, window);
      return sums(backend, {
        key: 'depthwise_filter_grad',
        inputs: { x: x!, dy: dy! },
        shape: filterShape,
        rows: sizeOf(dy!.shape) / channels!,
        channels: channels!,
        planes: kernel[0] * kernel[1],
        uniforms,
        code: `${SOURCE_OF}
  fn term(plane : i32, pixel : i32, channel : i32) -> f32 {
    let source = sourceOf(pixel, plane);
    if (source < 0) { return 0.0; }
    return x[source * uniforms.channels + channel] * dy[pixel * uniforms.channels + channel];
  }`,
      });
    },
  },
];
