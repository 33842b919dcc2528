import type { DepthwiseKernels } from '../../kernels/depthwise-conv2d';
import { sizeOf, windowExtent } from '../../kernels/geometry';
import { run, type WebGPUKernels } from '../shader';
import { sums } from '../sums';
import { coordinates, eachTap, eachWindow, SOURCE_OF, sides, windowUniforms } from '../window';

export const depthwiseKernels: WebGPUKernels<DepthwiseKernels> = {
  NoisyDartsDepthwiseConv2d: (backend, { x, filter }, window) => {
    const input = x.shape;
    const kernel = sides(filter.shape);
    const out = windowExtent([input[1], input[2]], kernel, window);
    return run(backend, {
      key: 'depthwise',
      inputs: { x, taps: filter },
      shape: [input[0], ...out, input[3]],
      uniforms: windowUniforms(input, kernel, out, window),
      code: `fn main(index : i32) {${coordinates('outHeight', 'outWidth')}
    var sum = 0.0;
    ${eachTap('sum = sum + x[at] * taps[(u * uniforms.kernelWidth + v) * uniforms.channels + c];')}
    result[index] = sum;
  }`,
    });
  },
  NoisyDartsDepthwiseConv2dInputGrad: (backend, { dy, filter }, { inputShape, ...window }) => {
    const out = [dy.shape[1], dy.shape[2]] as const;
    return run(backend, {
      key: 'depthwise_input_grad',
      inputs: { dy, taps: filter },
      shape: inputShape,
      uniforms: windowUniforms(inputShape, sides(filter.shape), out, window),
      code: `fn main(index : i32) {${coordinates('height', 'width')}
    var sum = 0.0;
    ${eachWindow('sum = sum + dy[at] * taps[(u * uniforms.kernelWidth + v) * uniforms.channels + c];')}
    result[index] = sum;
  }`,
    });
  },
  NoisyDartsDepthwiseConv2dFilterGrad: (backend, { x, dy }, { filterShape, ...window }) => {
    const input = x.shape;
    const kernel = sides(filterShape);
    const out = [dy.shape[1], dy.shape[2]] as const;
    const { channels, ...uniforms } = windowUniforms(input, kernel, out, window);
    return sums(backend, {
      key: 'depthwise_filter_grad',
      inputs: { x, dy },
      shape: filterShape,
      rows: sizeOf(dy.shape) / channels!,
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
};
